package advice

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// Facts are what is known of a pod and of what failed in it. Whoever asks for advice fills in what
// it has; the zero value of each field says that it isn't known. They hold no secret.
type Facts struct {
	RoleARN   string
	TokenFile string // "" where the token is not from a file
	Token     *Token // claims of the token in question; nil where none could be read
	Own       *Token // claims of Kubernetes' own token, for the pod's names alone
	Profile   string // of the shared config, where that names role and token file
	Region    string // the config's

	// What the pod's volumes and environment show.
	WebhookFile string   // where the EKS webhook mounts its token
	Mounted     bool     // a token is mounted there
	Present     string   // of half a web identity: the variable that is set
	PodIdentity bool     // EKS Pod Identity's variables are set
	Variables   []string // those that are to be taken out
	STSEndpoint string   // AWS_ENDPOINT_URL_STS
	AnyEndpoint string   // AWS_ENDPOINT_URL
	NoProxy     string   // NO_PROXY, else no_proxy

	// What the exchange learned.
	Hop       *Hop         // of a chain; nil for the pod's own identity
	Scheme    string       // of the URL that was asked
	Endpoint  string       // its host
	Phase     string       // "connect to", say: where a request stood that got no answer
	Addresses []netip.Addr // that the host has
	Proxy     string       // that the request took, without a password
	Connected bool         // to the endpoint, or to the proxy
	Clock     time.Time    // this machine's, when it asked
	Code      string       // STS's error code
	Message   string       // STS's message
	Status    int          // of the answer; 0 without one
	Partial   bool         // the answer's end did not arrive in time
	RequestID string

	Trusts string // the role's trust policy as it is; "" where it isn't known

	Denied *Denied // what a policy denied; nil where none did, or nothing is known of it
}

// A Token is what a service account token claims. Its fields are those of irsa.Token in their
// order, so that Go converts one into the other.
type Token struct {
	Issuer, Subject                              string
	Audience                                     []string
	IssuedAt, NotBefore, ExpiresAt               time.Time
	Namespace, ServiceAccount, Pod, PodUID, Node string
	ID                                           string
}

// DefaultAudience is what the EKS webhook asks for in every partition (eks-pod-identity-webhook,
// main.go: token-audience).
const DefaultAudience = "sts.amazonaws.com"

// lines are the facts as an explanation shows them. Values are quoted in ASCII, so that what
// doesn't show does.
func (f Facts) lines() []string {
	var out []string
	add := func(name, format string, args ...any) {
		out = append(out, fmt.Sprintf("  %-11s "+format, append([]any{name}, args...)...))
	}
	if f.RoleARN != "" {
		add("role", "%+q", f.RoleARN)
	}
	if f.Hop != nil {
		add("hop", "%d", f.Hop.Number)
		switch {
		case f.from() != "":
			add("assumed by", "%+q", f.from())
		case f.Denied != nil && f.Denied.Principal != "":
			add("STS names", "%+q", f.Denied.Principal)
		}
	}
	if f.TokenFile != "" {
		add("token file", "%+q", f.TokenFile)
	}
	if t := f.Token; t != nil {
		add("issuer", "%+q", t.Issuer)
		add("subject", "%+q", t.Subject)
		add("audience", "%+q", t.Audience)
		if t.Pod != "" {
			add("pod", "%+q", t.Pod)
		}
		if !t.ExpiresAt.IsZero() {
			add("token", "issued %s, expires %s", utc(t.IssuedAt), utc(t.ExpiresAt))
		}
	}
	if f.Denied != nil && f.Denied.Service != "" {
		f.Denied.lines(add)
	}
	if f.Endpoint != "" {
		add("endpoint", "%+q", f.Endpoint)
	}
	switch {
	case f.Code != "":
		add("answer", "%+q, status %d, request id %+q", f.Code, f.Status, f.RequestID)
	case f.Status != 0 && f.Partial:
		add("answer", "status %d, incomplete: the rest did not arrive in time", f.Status)
	case f.Status == http.StatusOK:
		add("answer", "status %d, without usable credentials", f.Status)
	case f.Status != 0:
		add("answer", "status %d, not an answer of STS", f.Status)
	case f.Phase != "":
		add("answer", "none; the last step was to %s %+q", f.Phase, f.Endpoint)
	}
	return out
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// role is the role's ARN, taken apart; zero where it can't be.
func (f Facts) role() partition.RoleARN {
	r, _ := partition.ParseRoleARN(f.RoleARN)
	return r
}

// roleName is the role's name without its path, as the IAM commands want it.
func (f Facts) roleName() string { return roleWord(f.role()) }

func roleWord(r partition.RoleARN) string {
	return Word(r.BaseName(), "ROLE_NAME")
}

// account is the role's, in words.
func (f Facts) account() string { return accountOf(f.role()) }

func accountOf(r partition.RoleARN) string {
	if r.Account == "" {
		return "the role's account"
	}
	return "account " + r.Account
}

// iam is a command of the AWS CLI for IAM in the role's partition.
func (f Facts) iam(args ...string) string { return iamOf(f.role(), args...) }

// iamOf is that of any role. Outside the commercial partition the CLI finds IAM by a region.
func iamOf(r partition.RoleARN, args ...string) string {
	command := "aws iam " + strings.Join(args, " ")
	if p, ok := partition.ByID(r.Partition); ok && p.ID != "aws" {
		command += " --region " + p.DefaultRegion
	}
	return command
}

// issuer is the token's, byte for byte: IAM compares it with the provider's URL.
func (f Facts) issuer() string {
	if f.Token == nil {
		return ""
	}
	return f.Token.Issuer
}

// ProviderARN is the ARN of the identity provider for the token's issuer in the role's account.
func (f Facts) ProviderARN() string {
	r := f.role()
	return partition.ProviderARN(r.Partition, r.Account, f.issuer())
}

// inAWS reports whether role and issuer are known, and in AWS: only then is there an IAM to repair.
func (f Facts) inAWS() bool { return f.issuer() != "" && f.roleInAWS() }

func (f Facts) roleInAWS() bool { return strings.HasPrefix(f.role().Partition, "aws") }

// pod is the one that commands are about, by the token for STS, else by Kubernetes' own.
func (f Facts) pod() Pod {
	t := f.Token
	if t == nil || t.ServiceAccount == "" {
		t = f.Own
	}
	if t == nil {
		return Pod{}
	}
	return Pod{Namespace: t.Namespace, ServiceAccount: t.ServiceAccount, Name: t.Pod}
}

// audience is the token's, or the webhook's default.
func (f Facts) audience() string {
	if f.Token != nil && len(f.Token.Audience) > 0 {
		return f.Token.Audience[0]
	}
	return DefaultAudience
}

// TrustPolicy is the policy that the role needs: it admits this service account and nobody else.
func (f Facts) TrustPolicy() (*trustpolicy.Policy, error) {
	return trustpolicy.Generate(f.trustRequest())
}

// trustRequest is what the role's trust policy decides on.
func (f Facts) trustRequest() trustpolicy.Request {
	r := trustpolicy.Request{RoleARN: f.RoleARN, Issuer: f.issuer(), Audience: f.audience()}
	if f.Token != nil {
		r.Subject = f.Token.Subject
	}
	return r
}

var regionalSTS = regexp.MustCompile(`^sts(?:-fips)?\.([a-z0-9-]+-\d+)\.`)

// region is that of the STS that was asked, else the cluster's, else the config's.
func (f Facts) region() string {
	if m := regionalSTS.FindStringSubmatch(f.Endpoint); m != nil {
		return m[1]
	}
	return cmp.Or(f.clusterRegion(), f.Region)
}

// clusterRegion is where the cluster is whose issuer the token names.
func (f Facts) clusterRegion() string {
	i, _ := partition.ParseIssuer(f.issuer())
	return i.Region
}

// regionWord is the region as a word of a command.
func (f Facts) regionWord() string { return Word(only(regionForm, f.region()), "REGION") }

// host is the endpoint, or the one that it would have been.
func (f Facts) host() string {
	return cmp.Or(f.Endpoint, "sts."+cmp.Or(only(regionForm, f.region()), "us-east-1")+".amazonaws.com")
}

// fromWebhook reports whether the token file is the one that the EKS webhook mounts.
func (f Facts) fromWebhook() bool { return f.TokenFile != "" && f.TokenFile == f.WebhookFile }
