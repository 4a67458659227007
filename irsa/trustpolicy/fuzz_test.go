package trustpolicy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// FuzzParse: whatever the document, Parse answers a policy or a place in it, and
// a policy survives being written and read again.
func FuzzParse(f *testing.F) {
	for _, row := range conditionRows {
		f.Add(fill(allow(row.condition)))
	}
	for _, doc := range []string{
		``, `{`, `[]`, `null`, `{"Statement":[]}`, `{"Statement":{"Effect":"allow"}}`, "\xef\xbb\xbf{}",
		`{"Id":"\ud800"}`, `{"Id":1,"Id":2}`,
		`{"Statement":[{"Effect":"Deny","NotPrincipal":"*","NotAction":["sts:*"]}]}`, `%7B%22Version%22`,
		strings.Repeat("[", 100),
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		policy, err := trustpolicy.Parse(doc)
		if err != nil {
			var bad *trustpolicy.SyntaxError
			require.True(t, errors.As(err, &bad))
			require.Nil(t, policy)
			require.GreaterOrEqual(t, bad.Line, 1)
			require.LessOrEqual(t, bad.Line, 1+strings.Count(string(doc), "\n"))
			require.GreaterOrEqual(t, bad.Column, 1)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		require.True(t, json.Valid(doc))
		out, err := json.Marshal(policy)
		require.NoError(t, err)
		again, err := trustpolicy.Parse(out)
		require.NoError(t, err)
		d := policy.Evaluate(pod)
		require.Equal(t, d.Outcome, again.Evaluate(pod).Outcome)
		require.NotEmpty(t, d.String())
		require.Len(t, again.Lint(pod), len(policy.Lint(pod)))
		nothing := policy.Evaluate(trustpolicy.Request{})
		require.NotEqual(t, trustpolicy.Allowed, nothing.Outcome, "nothing is known about the request")
	})
}

// FuzzEvaluate: a policy that names a value admits it and, if it has no wildcard, nothing else.
func FuzzEvaluate(f *testing.F) {
	f.Add("system:serviceaccount:payments:api", "system:serviceaccount:payments:api")
	f.Add("system:serviceaccount:*:api", "system:serviceaccount:payments:api")
	f.Add("a?c*", "abc")
	f.Add("${*}", "*")
	f.Add("\u200b", "")
	f.Add("x", "\xff")
	f.Fuzz(func(t *testing.T, value, subject string) {
		quoted, err := json.Marshal(value)
		require.NoError(t, err)
		policy, err := trustpolicy.Parse(fill(allow(`"StringEquals":{"$I:sub":` + string(quoted) + `}`)))
		if err != nil {
			return // value is no Unicode
		}
		req := pod
		req.Subject = subject
		equal := policy.Evaluate(req)
		if !strings.Contains(value, "${") && subject != "" {
			require.Equal(t, value == subject, equal.Outcome == trustpolicy.Allowed, "%s", equal)
		}
		policy, err = trustpolicy.Parse(fill(allow(`"StringLike":{"$I:sub":` + string(quoted) + `}`)))
		require.NoError(t, err)
		like := policy.Evaluate(req)
		if equal.Outcome == trustpolicy.Allowed {
			require.Equal(t, trustpolicy.Allowed, like.Outcome, "what is equal is alike: %s", like)
		}
		policy, err = trustpolicy.Parse(fill(allow(`"StringNotLike":{"$I:sub":` + string(quoted) + `}`)))
		require.NoError(t, err)
		unlike := policy.Evaluate(req)
		require.Equal(t, trustpolicy.Allowed-like.Outcome, unlike.Outcome, "a negated operator turns the answer round")
	})
}

// FuzzIssuer: the policy that is generated for an issuer admits that one, byte for byte, and no
// other.
func FuzzIssuer(f *testing.F) {
	for _, issuer := range []string{
		pod.Issuer, pod.Issuer + "/", "https://tenant.example.com/", "https://tenant.example.com//",
		"https://Tenant.example.com", "http://tenant.example.com", "http://127.0.0.1:80/", "HTTPS://tenant.example.com",
		"tenant.example.com", "https://to\u212Aen.example.com", "",
		"https://://",
	} {
		f.Add("https://tenant.example.com", issuer)
		f.Add(issuer, issuer)
	}
	f.Fuzz(func(t *testing.T, issuer, other string) {
		req := pod
		req.Issuer = issuer
		policy, err := trustpolicy.Generate(req)
		if err != nil {
			return
		}
		require.Equal(t, trustpolicy.Allowed, policy.Evaluate(req).Outcome)
		require.Empty(t, policy.Lint(req))
		req.Issuer = other
		if strings.HasPrefix(issuer, "https://") && strings.HasPrefix(other, "https://") {
			require.Equal(t, issuer == other, policy.Evaluate(req).Outcome == trustpolicy.Allowed)
		}
	})
}
