package trustpolicy_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// partitions has the beginnings of an issuer and a role ARN in each partition.
var partitions = []trustpolicy.Request{
	{Issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/", RoleARN: "arn:aws:iam::"},
	{Issuer: "https://oidc-eks.eu-west-1.api.aws/id/", RoleARN: "arn:aws:iam::"},
	{Issuer: "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/", RoleARN: "arn:aws-cn:iam::"},
	{Issuer: "https://oidc.eks.us-gov-west-1.amazonaws.com/id/", RoleARN: "arn:aws-us-gov:iam::"},
	{Issuer: "https://oidc.eks.eusc-de-east-1.amazonaws.eu/id/", RoleARN: "arn:aws-eusc:iam::"},
	{Issuer: "https://oidc.eks.us-iso-east-1.c2s.ic.gov/id/", RoleARN: "arn:aws-iso:iam::"},
	{Issuer: "https://oidc.eks.us-isob-east-1.sc2s.sgov.gov/id/", RoleARN: "arn:aws-iso-b:iam::"},
	{Issuer: "https://oidc.eks.eu-isoe-west-1.cloud.adc-e.uk/id/", RoleARN: "arn:aws-iso-e:iam::"},
	{Issuer: "https://oidc.eks.us-isof-south-1.csp.hci.ic.gov/id/", RoleARN: "arn:aws-iso-f:iam::"},
	{Issuer: "https://clusters.s3.eu-west-1.amazonaws.com/", RoleARN: "arn:aws:iam::"},
}

// random returns the request of a random service account in a random cluster.
func random(r *rand.Rand) trustpolicy.Request {
	word := func(alphabet string, length int) string {
		var b strings.Builder
		for range length {
			b.WriteByte(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	req := partitions[r.IntN(len(partitions))]
	req.Issuer += word("0123456789ABCDEF", 32)
	req.RoleARN += word("0123456789", 12) + ":role/" + word(letters+"/_+=,.@", 1+r.IntN(20)) + "r"
	name := func() string { return word(letters+"0123456789-.", 1+r.IntN(63)) }
	req.Subject = "system:serviceaccount:" + name() + ":" + name()
	req.Audience = []string{"sts.amazonaws.com", "my-audience", "https://example.com/a"}[r.IntN(3)]
	return req
}

func TestGenerateAdmitsOneServiceAccountAndNoOther(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	// mutate changes one character to another that is as likely there.
	mutate := func(s string) string {
		at := r.IntN(len(s))
		with := "x"
		if s[at] == 'x' {
			with = "y"
		}
		return s[:at] + with + s[at+1:]
	}
	for range 2000 {
		req := random(r)
		policy, err := trustpolicy.Generate(req)
		require.NoError(t, err, "%+v", req)
		require.Equal(t, trustpolicy.Allowed, policy.Evaluate(req).Outcome, "%s\n%+v", policy, req)

		other := req
		other.Subject = mutate(req.Subject)
		require.Equal(t, trustpolicy.Denied, policy.Evaluate(other).Outcome, "%+v", other)
		other = req
		other.Audience = mutate(req.Audience)
		require.Equal(t, trustpolicy.Denied, policy.Evaluate(other).Outcome, "%+v", other)
		other = req
		other.Issuer = "https://" + mutate(strings.TrimPrefix(req.Issuer, "https://"))
		require.Equal(t, trustpolicy.Denied, policy.Evaluate(other).Outcome, "%+v", other)
		other = req
		account := strings.Split(req.RoleARN, ":")[4]
		another := strings.Map(func(r rune) rune { return '0' + ('9' - r) }, account)
		other.RoleARN = strings.Replace(req.RoleARN, account, another, 1)
		require.Equal(t, trustpolicy.Denied, policy.Evaluate(other).Outcome, "%+v", other)
	}
}

func TestGenerateIsRightInEachPartition(t *testing.T) {
	for _, req := range partitions {
		req.Issuer += "EXAMPLED539D4633E53DE1B71EXAMPLE"
		req.RoleARN += "111122223333:role/reader"
		req.Subject = pod.Subject
		policy, err := trustpolicy.Generate(req)
		require.NoError(t, err, req.Issuer)
		var doc struct {
			Version   string
			Statement []struct {
				Effect, Action string
				Principal      map[string]string
				Condition      map[string]map[string]string
			}
		}
		out, err := json.Marshal(policy)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(out, &doc))
		require.Len(t, doc.Statement, 1)
		name := strings.TrimPrefix(req.Issuer, "https://")
		assert.Equal(t, map[string]string{
			"Federated": strings.Join(strings.Split(req.RoleARN, ":")[:5], ":") + ":oidc-provider/" + name,
		}, doc.Statement[0].Principal)
		assert.Equal(t, map[string]map[string]string{"StringEquals": {
			name + ":aud": "sts.amazonaws.com",
			name + ":sub": "system:serviceaccount:payments:api",
		}}, doc.Statement[0].Condition, "the audience is the same in every partition")
	}
}

func TestTheSlashAtTheEndOfAnIssuerIsKept(t *testing.T) {
	req := pod
	req.Issuer = "https://tenant.example.com/"
	policy, err := trustpolicy.Generate(req)
	require.NoError(t, err)
	for _, want := range []string{
		`"arn:aws:iam::111122223333:oidc-provider/tenant.example.com/"`,
		`"tenant.example.com/:aud"`, `"tenant.example.com/:sub"`,
	} {
		assert.Contains(t, policy.String(), want)
	}
	assert.Equal(t, allowed, policy.Evaluate(req).Outcome)
	assert.Empty(t, policy.Lint(req))
	assert.Empty(t, policy.Lint(trustpolicy.Request{}))

	other := req
	other.Issuer = "https://tenant.example.com"
	assert.Equal(t, denied, policy.Evaluate(other).Outcome)
	assert.Len(t, policy.Lint(other), 3, "the principal and both keys are another issuer's")
	without, err := trustpolicy.Generate(other)
	require.NoError(t, err)
	assert.Equal(t, denied, without.Evaluate(req).Outcome)
	req.Issuer += "/"
	assert.Equal(t, denied, policy.Evaluate(req).Outcome, "one slash is not two")
}

func TestAnIssuerOnLoopbackMayBePlain(t *testing.T) {
	for _, issuer := range []string{"http://127.0.0.1:8080", "http://localhost/a/", "http://[::1]:80"} {
		req := pod
		req.Issuer = issuer
		policy, err := trustpolicy.Generate(req)
		require.NoError(t, err, issuer)
		assert.Equal(t, allowed, policy.Evaluate(req).Outcome, issuer)
	}
}

func TestGenerateRefusesWhatIAMCouldNotHold(t *testing.T) {
	for name, change := range map[string]func(*trustpolicy.Request){
		"no role": func(r *trustpolicy.Request) { r.RoleARN = "" },
		"a user for a role": func(r *trustpolicy.Request) {
			r.RoleARN = "arn:aws:iam::111122223333:user/reader"
		},
		"a role outside AWS":             func(r *trustpolicy.Request) { r.RoleARN = "arn:minio:iam:::role/abcdefghij" },
		"no issuer":                      func(r *trustpolicy.Request) { r.Issuer = "" },
		"an issuer without scheme":       func(r *trustpolicy.Request) { r.Issuer = "oidc.eks.eu-west-1.amazonaws.com/id/A" },
		"a plain issuer":                 func(r *trustpolicy.Request) { r.Issuer = "http://oidc.example.com" },
		"HTTP for http":                  func(r *trustpolicy.Request) { r.Issuer = "HTTP://localhost" },
		"an issuer with a query":         func(r *trustpolicy.Request) { r.Issuer += "?a=b" },
		"an issuer with a user":          func(r *trustpolicy.Request) { r.Issuer = "https://a:b@example.com" },
		"an issuer with a wildcard":      func(r *trustpolicy.Request) { r.Issuer = "https://example.com/*" },
		"an issuer with a space":         func(r *trustpolicy.Request) { r.Issuer = "https://example.com/ a" },
		"no subject":                     func(r *trustpolicy.Request) { r.Subject = "" },
		"a subject with a wildcard":      func(r *trustpolicy.Request) { r.Subject = "system:serviceaccount:payments:*" },
		"a user for a service account":   func(r *trustpolicy.Request) { r.Subject = "system:node:a:b" },
		"a subject with a part missing":  func(r *trustpolicy.Request) { r.Subject = "system:serviceaccount:payments" },
		"a subject with an empty part":   func(r *trustpolicy.Request) { r.Subject = "system:serviceaccount::api" },
		"a subject with a part too many": func(r *trustpolicy.Request) { r.Subject += ":x" },
		"an invisible rune in a subject": func(r *trustpolicy.Request) { r.Subject += "\u200b" },
		"an audience with a wildcard":    func(r *trustpolicy.Request) { r.Audience = "sts.*" },
		"an audience with a variable":    func(r *trustpolicy.Request) { r.Audience = "${aws:x}" },
		"an audience with a space":       func(r *trustpolicy.Request) { r.Audience = " sts.amazonaws.com" },
	} {
		t.Run(name, func(t *testing.T) {
			req := pod
			change(&req)
			policy, err := trustpolicy.Generate(req)
			require.ErrorContains(t, err, "generate trust policy: ")
			assert.NotContains(t, err.Error(), "\n")
			assert.Nil(t, policy)
		})
	}
}
