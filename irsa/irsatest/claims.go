package irsatest

import (
	"cmp"
	"maps"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// DefaultAudience is the audience that the EKS webhook requests tokens for: the same in every
// partition, China's too, although STS has other host names there.
const DefaultAudience = "sts.amazonaws.com"

// Claims say what is in a token. The zero Claims are those of a healthy token for the service
// account "default" in the namespace "default".
type Claims struct {
	Namespace      string        // default "default"
	ServiceAccount string        // default "default"
	Pod            string        // default the service account's name and "-0"
	Node           string        // default "ip-10-0-0-1.ec2.internal"
	Audience       []string      // default DefaultAudience
	IssuedAt       time.Time     // default now; NotBefore is the same
	Lifetime       time.Duration // default 24h, as the EKS webhook asks; negative: it has expired when it is issued

	// Set replaces claims and adds others; a nil value takes the claim out. It is how bad tokens
	// are made: {"sub": nil}, {"aud": []string{}}, {"exp": "soon"}.
	Set map[string]any
}

// Subject is the subject of a service account: "system:serviceaccount:<namespace>:<service
// account>".
func (c Claims) Subject() string {
	return "system:serviceaccount:" + c.namespace() + ":" + c.serviceAccount()
}

// In a pod without a serviceAccountName the admission controller puts "default".
func (c Claims) namespace() string      { return cmp.Or(c.Namespace, "default") }
func (c Claims) serviceAccount() string { return cmp.Or(c.ServiceAccount, "default") }

// claims are those of a token projected into a pod by Kubernetes 1.32 and later: Claims in
// k8s.io/kubernetes/pkg/serviceaccount/claims.go. Times are whole seconds there.
func (c Claims) claims(issuer string) jwt.MapClaims {
	issued, lifetime := c.IssuedAt, c.Lifetime
	if issued.IsZero() {
		issued = time.Now()
	}
	if lifetime == 0 {
		lifetime = 24 * time.Hour
	}
	audience := c.Audience
	if audience == nil {
		audience = []string{DefaultAudience}
	}
	named := func(kind, name string) map[string]any {
		return map[string]any{"name": name, "uid": uid(kind, c.namespace(), name)}
	}
	m := jwt.MapClaims{
		"iss": issuer,
		"sub": c.Subject(),
		"aud": audience,
		"iat": issued.Unix(),
		"nbf": issued.Unix(),
		"exp": issued.Add(lifetime).Unix(),
		"jti": newUUID(),
		"kubernetes.io": map[string]any{
			"namespace":      c.namespace(),
			"serviceaccount": named("serviceaccount", c.serviceAccount()),
			"pod":            named("pod", cmp.Or(c.Pod, c.serviceAccount()+"-0")),
			"node":           named("node", cmp.Or(c.Node, "ip-10-0-0-1.ec2.internal")),
		},
	}
	maps.Copy(m, c.Set)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
	return m
}
