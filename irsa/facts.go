package irsa

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// facts are what an error says of its pod, in the form that commands need.
type facts struct {
	*Error
	token  Token // zero where there is none
	role   partition.RoleARN
	issuer string // without a slash at the end
	region string // "" if not known
}

func factsOf(e *Error) facts {
	f := facts{Error: e}
	if e.Token != nil {
		f.token = *e.Token
	}
	f.issuer = strings.TrimSuffix(f.token.Issuer, "/")
	f.role, _ = partition.ParseRoleARN(e.RoleARN)
	if i, ok := partition.ParseIssuer(f.issuer); ok {
		f.region = i.Region
	}
	if m := regionalSTS.FindStringSubmatch(e.Endpoint); m != nil {
		f.region = m[1]
	}
	return f
}

var regionalSTS = regexp.MustCompile(`^sts(?:-fips)?\.([a-z0-9-]+-\d+)\.`)

// lines are the facts as Explain shows them. Values are quoted, so that what
// doesn't show does.
func (f facts) lines() []string {
	var out []string
	add := func(name, format string, args ...any) {
		out = append(out, fmt.Sprintf("  %-11s "+format, append([]any{name}, args...)...))
	}
	if f.RoleARN != "" {
		add("role", "%+q", f.RoleARN)
	}
	if f.link != nil {
		add("hop", "%d", f.link.number)
		if caller := f.caller(); caller != "" {
			add("assumed by", "%+q", caller)
		}
	}
	if f.tokenFile != "" {
		add("token file", "%+q", f.tokenFile)
	}
	if f.Token != nil {
		add("issuer", "%+q", f.token.Issuer)
		add("subject", "%+q", f.token.Subject)
		add("audience", "%+q", f.token.Audience)
		if f.token.Pod != "" {
			add("pod", "%+q", f.token.Pod)
		}
		if !f.token.ExpiresAt.IsZero() {
			add("token", "issued %s, expires %s", f.token.IssuedAt.UTC().Format(time.RFC3339), f.token.ExpiresAt.UTC().Format(time.RFC3339))
		}
	}
	if f.Endpoint != "" {
		add("endpoint", "%+q", f.Endpoint)
	}
	switch {
	case f.Code != "":
		add("answer", "%+q, status %d, request id %+q", f.Code, f.HTTPStatus, f.RequestID)
	case f.HTTPStatus != 0 && isTimeout(f.Err):
		add("answer", "status %d, of which the end did not come", f.HTTPStatus)
	case f.HTTPStatus == http.StatusOK:
		add("answer", "status %d, with nothing that can be used", f.HTTPStatus)
	case f.HTTPStatus != 0:
		add("answer", "status %d, and not in STS's words", f.HTTPStatus)
	case f.phase != "":
		add("answer", "none; the last step was to %s %s", f.phase, f.Endpoint)
	}
	return out
}

// roleName is the role's name without its path, as the IAM commands want it.
func (f facts) roleName() string {
	return f.role.Name[strings.LastIndexByte(f.role.Name, '/')+1:]
}

// account is the role's, in words.
func (f facts) account() string {
	if f.role.Account == "" {
		return "the role's account"
	}
	return "account " + f.role.Account
}

// iam is a command of the AWS CLI for IAM in the role's partition. Outside the
// commercial one the CLI finds IAM by a region of that partition.
func (f facts) iam(args ...string) string {
	command := "aws iam " + strings.Join(args, " ")
	if p, ok := partition.ByID(f.role.Partition); ok && p.ID != "aws" {
		command += " --region " + p.DefaultRegion
	}
	return command
}

func (f facts) providerARN() string {
	return partition.ProviderARN(f.role.Partition, f.role.Account, f.issuer)
}

// inAWS reports whether role and issuer are known, and in AWS: only then is there
// an IAM to repair.
func (f facts) inAWS() bool { return f.issuer != "" && strings.HasPrefix(f.role.Partition, "aws") }

// pod is the one that commands for kubectl are about.
func (f facts) pod() kubectl.Pod {
	return kubectl.Pod{Namespace: f.token.Namespace, ServiceAccount: f.token.ServiceAccount, Name: f.token.Pod}
}

// audience is the token's, or the webhook's default.
func (f facts) audience() string {
	if len(f.token.Audience) > 0 {
		return f.token.Audience[0]
	}
	return defaultAudience
}

const defaultAudience = "sts.amazonaws.com"

// trust is the policy that the role needs.
func (f facts) trust() (*trustpolicy.Policy, error) {
	return trustpolicy.Generate(trustpolicy.Request{
		RoleARN: f.RoleARN, Issuer: f.issuer, Audience: f.audience(), Subject: f.token.Subject,
	})
}

func (f facts) regionOr(words string) string { return cmp.Or(f.region, words) }
