package irsatest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// agentURL is where the agent's credentials are on a node of EKS.
const agentURL = "http://169.254.170.23/v1/credentials"

// agentHosts are the agent's addresses: those that EKS gives it, and loopback, where a test serves
// it.
var agentHosts = []string{"169.254.170.23", "fd00:ec2::23", "127.0.0.1", "::1", "localhost"}

// A PodIdentity is the agent of EKS Pod Identity, which runs on every node: an http.Handler that
// gives pods the sessions of the roles that their service accounts are associated with. It judges
// tokens as the agent and the EKS Auth service behind it do, with their statuses and texts
// (github.com/aws/eks-pod-identity-agent).
//
// It repeats a session until three hours after it got it, or until 15 seconds before its end,
// whichever comes first, as the agent's cache does: sessions of 59 minutes are therefore the same
// for almost all of their life.
//
// Its methods are safe for concurrent use, also while it serves; its fields must be set before.
type PodIdentity struct {
	STS    *STS    // gives out the sessions, and knows the roles; required
	Issuer *Issuer // of the cluster, whose tokens are accepted; nil: see IssuerURL
	// IssuerURL is that of any other issuer, where Issuer is nil: a real cluster's, say. Its keys
	// are fetched with STS.HTTPClient when a token of it comes, as for OIDCProvider.URL.
	IssuerURL string

	Cluster string // the cluster's name, which is in the names of sessions; default "example"

	// SessionDuration is how long sessions last. Zero: six hours, or 59 minutes with a target role,
	// as EKS gives them; negative: they have expired when they begin.
	SessionDuration time.Duration

	mu           sync.Mutex // guards the associations and what is cached
	associations []Association
	cached       map[string]*session // by the pod's uid
	fetched      keySet              // of IssuerURL

	asked
	faults  fault.List[Request]
	log     requestLog
	traffic fault.Traffic
}

// An Association says which role the pods of a service account get.
type Association struct {
	Namespace      string // default "default"
	ServiceAccount string // default "default"
	RoleARN        string // required
	TargetRoleARN  string // a role that RoleARN is to assume for the pod, in another account say; empty: none
}

// Associate adds an association, or replaces the one of the same service account. Sessions that are
// cached go on until their time, as on EKS. A role that the STS doesn't know is added to it with
// the trust policy that EKS documents (User Guide, "EKS Pod Identity role"); the policy of one that
// it knows is judged. It is an error if STS is nil, or an ARN isn't that of a role.
func (a *PodIdentity) Associate(as Association) error {
	if a.STS == nil {
		return errors.New("associate: the sts is required")
	}
	c := Claims{Namespace: as.Namespace, ServiceAccount: as.ServiceAccount}
	as.Namespace, as.ServiceAccount = c.namespace(), c.serviceAccount()
	trust := map[string]string{as.RoleARN: `{"Service":"` + podIdentityAudience + `"}`}
	if as.TargetRoleARN != "" {
		trust[as.TargetRoleARN] = `{"AWS":"` + as.RoleARN + `"}`
	}
	for arn, principal := range trust {
		if a.STS.role(arn) != nil {
			continue
		}
		if err := a.STS.AddRole(Role{ARN: arn, TrustPolicy: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":` + principal + `,"Action":["sts:AssumeRole","sts:TagSession"]}]}`}); err != nil {
			return fmt.Errorf("associate %s/%s: %w", as.Namespace, as.ServiceAccount, err)
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.associations = slices.DeleteFunc(a.associations, as.sameAccount)
	a.associations = append(a.associations, as)
	return nil
}

func (as Association) sameAccount(other Association) bool {
	return as.Namespace == other.Namespace && as.ServiceAccount == other.ServiceAccount
}

// ServeHTTP implements http.Handler.
func (a *PodIdentity) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.traffic.Begin()
	defer a.traffic.End()
	logged, told := a.log.addAgent(r)
	p := a.faults.Plan(r, told.Op, told)
	now := time.Now().Add(p.Skew)
	credentials, err := a.credentials(r, now)
	if p.Error != nil {
		err = agentError(p.Error.Code, p.Error.Message)
	}
	code := ""
	if err != nil {
		code = err.logged()
	}
	a.log.answered(logged, code)
	if p.Begin(w, r, &a.traffic) {
		return
	}
	h := http.Header{}
	h.Set("Date", time.Now().Add(p.Skew).UTC().Format(http.TimeFormat))
	answer := &fault.Answer{Status: http.StatusOK, Header: h, Body: credentials}
	switch {
	case p.Error == nil && p.Reply != nil:
		answer.Status, answer.Body = p.Reply.Status, p.Reply.Body
		h.Set("Content-Type", p.Reply.ContentType)
	case err != nil: // as net/http's Error writes it
		answer.Status, answer.Body = err.status, []byte(err.Error()+"\n")
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("X-Content-Type-Options", "nosniff")
	default:
		h.Set("Content-Type", "application/json")
	}
	p.Send(w, r, &a.traffic, answer)
}

// credentials judges in the agent's order: the path, the address that it was called by, the token's
// form and times, and then what EKS Auth judges.
func (a *PodIdentity) credentials(r *http.Request, now time.Time) ([]byte, *agentFailure) {
	if r.URL.Path != "/v1/credentials" {
		return nil, &agentFailure{status: http.StatusNotFound, text: "404 page not found"}
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if !slices.Contains(agentHosts, unbracket(host)) {
		return nil, &agentFailure{status: http.StatusForbidden, message: fmt.Sprintf("Access Denied. "+
			"Called agent through invalid address, please use either %v address not %s", agentHosts[:2], host)}
	}
	token, failure := a.token(r.Context(), r.Header.Get("Authorization"), now)
	if failure != nil {
		return nil, failure
	}
	n, failure := a.session(token, now)
	if failure != nil {
		return nil, failure
	}
	// The agent's own type, with its members in their order: pkg/credentials/model.go there.
	body, err := json.Marshal(struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		AccountID       string `json:"AccountId"`
		Expiration      string
	}{
		n.keys.AccessKeyID, n.keys.SecretAccessKey, n.keys.SessionToken, n.account,
		n.keys.Expires.UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		panic("irsatest: write credentials: " + err.Error())
	}
	return append(body, '\n'), nil
}

func unbracket(host string) string {
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}

// session is the pod's: the one in the cache, or a new one.
func (a *PodIdentity) session(t *agentClaims, now time.Time) (*session, *agentFailure) {
	a.mu.Lock()
	defer a.mu.Unlock()
	uid := t.Kubernetes.Pod.UID
	if n := a.cached[uid]; n != nil && now.Before(n.renew) && n.keys.Expires.Sub(now) >= 15*time.Second {
		return n, nil
	}
	i := slices.IndexFunc(a.associations, Association{
		Namespace: t.Kubernetes.Namespace, ServiceAccount: t.Kubernetes.ServiceAccount.Name,
	}.sameAccount)
	if i < 0 {
		return nil, agentError("ResourceNotFoundException", "")
	}
	n := a.assume(a.associations[i], t, now)
	if n == nil {
		return nil, agentError("AccessDeniedException", "")
	}
	if a.cached == nil {
		a.cached = make(map[string]*session)
	}
	a.cached[uid] = n
	return n, nil
}

// assume starts a session of the association's role, nil where a trust policy doesn't let it.
func (a *PodIdentity) assume(as Association, t *agentClaims, now time.Time) *session {
	cluster, life := a.Cluster, a.SessionDuration
	if cluster == "" {
		cluster = "example"
	}
	if life == 0 {
		if life = 6 * time.Hour; as.TargetRoleARN != "" {
			life = 59 * time.Minute // role chaining is limited to an hour
		}
	}
	pod := t.Kubernetes.Pod
	name := "eks-" + cluster + "-" + pod.Name
	name = name[:min(len(name), 64-37)] + "-" + newUUID()
	q := query{caller: &session{service: podIdentityAudience}, context: map[string]string{
		"sts:rolesessionname":                       name,
		"aws:requesttag/eks-cluster-name":           cluster,
		"aws:requesttag/kubernetes-namespace":       t.Kubernetes.Namespace,
		"aws:requesttag/kubernetes-pod-name":        pod.Name,
		"aws:requesttag/kubernetes-pod-uid":         pod.UID,
		"aws:requesttag/kubernetes-service-account": t.Kubernetes.ServiceAccount.Name,
	}}
	arns := []string{as.RoleARN}
	if as.TargetRoleARN != "" {
		arns = append(arns, as.TargetRoleARN)
	}
	var n *session
	for _, arn := range arns {
		role := a.STS.role(arn)
		if role == nil || !role.admits.allows("sts:AssumeRole", q) || !role.admits.allows("sts:TagSession", q) {
			return nil
		}
		if r, err := partition.SplitRoleARN(arn); err == nil {
			q.context["aws:principalaccount"] = r.Account
		}
		n = a.STS.newSession(role, name, "", now, life)
		q.caller = n
	}
	n.renew = now.Add(min(life, 3*time.Hour))
	return n
}
