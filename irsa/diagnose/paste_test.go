package diagnose

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/pastetest"
	"github.com/seed-15cba5db/irsa-go/internal/text"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A patient is a pod, and what it is told, in which a harmful value is put somewhere.
type patient struct {
	env    map[string]string
	claims irsatest.Claims
	code   string // of STS's refusal
	says   string // its message
	policy map[string]any
}

func variable(name, before, after string) func(*patient, string) {
	return func(p *patient, s string) { p.env[name] = before + s + after }
}

func claim(name, before string) func(*patient, string) {
	return func(p *patient, s string) { p.claims.Set = map[string]any{name: before + s} }
}

// statement is a trust policy's.
func statement(p *patient, key string, value any) {
	p.policy = map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
		"Principal": map[string]any{"Federated": "arn:aws:iam::111122223333:oidc-provider/" + eksIssuer[len("https://"):]},
	}}}
	p.policy["Statement"].([]any)[0].(map[string]any)[key] = value
}

// harmed are the places that others than the doctor fill.
var harmed = map[string]func(*patient, string){
	"a variable's name": func(p *patient, s string) {
		p.env["AWS_"+strings.ReplaceAll(s, "=", "")], p.env["AWS_PROFILE"] = "nope", "nope"
	},
	"the role":             variable("AWS_ROLE_ARN", "", ""),
	"the role's name":      variable("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/", ""),
	"the role's path":      variable("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/", "/reader"),
	"the role's account":   variable("AWS_ROLE_ARN", "arn:aws:iam::", ":role/reader"),
	"the role's partition": variable("AWS_ROLE_ARN", "arn:", ":iam::111122223333:role/reader"),
	"the token's file":     variable("AWS_WEB_IDENTITY_TOKEN_FILE", "/", ""),
	"the session's name":   variable("AWS_ROLE_SESSION_NAME", "", ""),
	"the region":           variable("AWS_REGION", "", ""),
	"a region like one":    variable("AWS_REGION", "eu-west-1", ""),
	"the profile":          variable("AWS_PROFILE", "", ""),
	"the config file":      variable("AWS_CONFIG_FILE", "/nowhere/", ""),
	"the CA bundle":        variable("AWS_CA_BUNDLE", "", ""),
	"STS's URL":            variable("AWS_ENDPOINT_URL_STS", "", ""),
	"STS's host":           variable("AWS_ENDPOINT_URL_STS", "https://", ""),
	"STS's path":           variable("AWS_ENDPOINT_URL_STS", "https://sts.eu-west-1.amazonaws.com/", ""),
	"an endpoint for all":  variable("AWS_ENDPOINT_URL", "https://minio/", ""),
	"a proxy":              variable("HTTPS_PROXY", "http://proxy/", ""),
	"what passes it":       func(p *patient, s string) { p.env["HTTPS_PROXY"], p.env["NO_PROXY"] = "http://proxy:3128", s },
	"a static key":         variable("AWS_ACCESS_KEY_ID", "", ""),
	"attempts":             variable("AWS_MAX_ATTEMPTS", "", ""),
	"the agent":            variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "", ""),
	"the agent's token":    variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/", ""),
	"the namespace":        func(p *patient, s string) { p.claims.Namespace = s },
	"the service account":  func(p *patient, s string) { p.claims.ServiceAccount = s },
	"the pod":              func(p *patient, s string) { p.claims.Pod = s },
	"a Deployment's pod":   func(p *patient, s string) { p.claims.Pod = s + "-7c9f4d8b6-x2x5q" },
	"the node":             func(p *patient, s string) { p.claims.Node = s },
	"the audience":         func(p *patient, s string) { p.claims.Audience = []string{s} },
	"the issuer":           claim("iss", ""),
	"the issuer's host":    claim("iss", "https://"),
	"the issuer's path":    claim("iss", eksIssuer+"/"),
	"the subject":          claim("sub", ""),
	"a part of it":         claim("sub", "system:serviceaccount:payments:"),
	"STS's code":           func(p *patient, s string) { p.code = s },
	"STS's message":        func(p *patient, s string) { p.says = s },
	"what it says of whom": func(p *patient, s string) {
		p.says = "User: arn:aws:sts::111122223333:assumed-role/" + s + "/x is not authorized to perform: sts:" + s
	},
	"the policy's principal": func(p *patient, s string) { statement(p, "Principal", map[string]any{"Federated": s}) },
	"the policy's provider": func(p *patient, s string) {
		statement(p, "Principal", map[string]any{"Federated": "arn:aws:iam::111122223333:oidc-provider/" + s})
	},
	"the policy's key": func(p *patient, s string) {
		statement(p, "Condition", map[string]any{"StringEquals": map[string]any{s + ":sub": "x"}})
	},
	"the policy's value": func(p *patient, s string) {
		statement(p, "Condition", map[string]any{"StringEquals": map[string]any{eksIssuer[len("https://"):] + ":sub": s}})
	},
	"the policy's action": func(p *patient, s string) { statement(p, "Action", s) },
	"the policy's Sid":    func(p *patient, s string) { statement(p, "Sid", s) },
}

// report is what the doctor says of the patient.
func (p *patient) report(t *testing.T, issuer *irsatest.Issuer) (r *Report) {
	synctest.Test(t, func(t *testing.T) {
		sts := new(irsatest.STS)
		require.NoError(t, sts.Trust(role, issuer, "system:serviceaccount:payments:web"))
		irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, RoleARN: role, Claims: p.claims})
		t.Setenv("KUBERNETES_SERVICE_HOST", "10.100.0.1")
		for name, value := range p.env {
			t.Setenv(name, value)
		}
		if p.code != "" || p.says != "" {
			code := p.code
			if code == "" {
				code = "AccessDenied"
			}
			sts.Inject(irsatest.Fault{Do: irsatest.Error(code, p.says)})
		}
		var policy []byte
		if p.policy != nil {
			var err error
			policy, err = json.Marshal(p.policy)
			require.NoError(t, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), runTime)
		defer cancel()
		client := irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": sts})
		r = gather(ctx, Options{TrustPolicy: policy}, config.WithHTTPClient(client)).run(ctx)
		sts.ClearFaults()
		client.CloseIdleConnections()
		sts.Wait()
	})
	return r
}

// toPaste are the blocks of lines of a fix that are indented.
func toPaste(fix string) (blocks []string) {
	inside := false
	for line := range strings.SplitSeq(fix, "\n") {
		command, indented := strings.CutPrefix(line, "    ")
		switch {
		case indented && inside:
			blocks[len(blocks)-1] += "\n" + command
		case indented:
			blocks = append(blocks, command)
		}
		inside = indented
	}
	return blocks
}

// A report is read in a terminal and pasted from by whoever repairs the pod, with the rights of an
// administrator.
func TestNothingThatAReportGivesToPasteRunsWhatAStrangerWrote(t *testing.T) {
	shells := pastetest.Shells(t)
	issuer := irsatest.NewIssuer(eksIssuer)
	blocks := 0
	for _, place := range slices.Sorted(maps.Keys(harmed)) {
		t.Run(place, func(t *testing.T) {
			var commands []string
			for _, harmful := range pastetest.Harmful {
				p := &patient{env: map[string]string{}, claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api"}}
				statement(p, "Condition", map[string]any{})
				harmed[place](p, harmful)
				for _, check := range p.report(t, issuer).Checks {
					assert.Equal(t, text.Line(check.Detail), check.Detail, "%s, %q", check.Name, harmful)
					assert.Equal(t, text.Lines(check.Fix), check.Fix, "%s, %q", check.Name, harmful)
					commands = append(commands, toPaste(check.Fix)...)
				}
			}
			slices.Sort(commands)
			commands = slices.Compact(commands)
			blocks += len(commands)
			for _, shell := range shells {
				for _, call := range pastetest.Paste(t, shell, commands, "kubectl", "aws", "jq", "cat", "openssl", "sed", "tr") {
					assert.NotEqual(t, pastetest.Intruder, call[0], "in %s", shell)
					for _, argument := range call[1:] {
						told := strings.HasPrefix(argument, "-") && strings.Contains(argument, pastetest.Mark)
						assert.False(t, told, "%q to %s", argument, call[0])
					}
				}
			}
		})
	}
	assert.Greater(t, blocks, 100, "most reports have something to paste")
}
