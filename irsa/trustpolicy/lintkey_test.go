package trustpolicy_test

import (
	"strings"
	"testing"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

func TestLintFindsKeysThatNoTokenHas(t *testing.T) {
	const (
		aud = `"$I:aud":"sts.amazonaws.com"`
		sub = `"$I:sub":"system:serviceaccount:payments:api"`
	)
	for name, row := range map[string]lintRow{
		"a key with a scheme": {
			allow(`"StringEquals":{` + aud + `,"https://$I:sub":"system:serviceaccount:payments:api"}`),
			trustpolicy.Request{}, false, `the key is the issuer without https:// and nothing else in front`,
		},
		"a key with a part of the ARN": {
			allow(`"StringEquals":{` + aud + `,"oidc-provider/$I:sub":"system:serviceaccount:payments:api"}`),
			trustpolicy.Request{}, false, `the key is the issuer without https:// and nothing else in front`,
		},
		"a key with a slash at the end": {
			allow(`"StringEquals":{` + aud + `,"$I/:sub":"system:serviceaccount:payments:api"}`),
			trustpolicy.Request{}, false, `an EKS cluster's has no slash at the end`,
		},
		"a key with a variable": {
			allow(`"StringEquals":{` + aud + `,"${OIDC}:sub":"system:serviceaccount:payments:api"}`),
			trustpolicy.Request{}, false, `a variable was left in "${OIDC}"`,
		},
		"a key of the cluster's id alone": {
			allow(`"StringEquals":{` + aud + `,"EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"system:serviceaccount:payments:api"}`),
			pod, false, `the id alone is not the issuer`,
		},
		"a key without a claim": {
			allow(`"StringEquals":{` + aud + `,"$I":"system:serviceaccount:payments:api"}`), pod, false,
			`a key names a claim: write ` + issuer + `:sub or ` + issuer + `:aud`,
		},
		"a key with a letter that only looks alike": {
			allow(`"StringEquals":{` + aud + `,"oidc.e\u212as` + strings.TrimPrefix(issuer, "oidc.eks") +
				`:sub":"system:serviceaccount:payments:api"},"StringLike":{` + sub + `}`),
			pod, false, `no such key comes with the token`,
		},
		"a key with an ARN": {
			allow(`"StringEquals":{` + aud + `,"$P:sub":"system:serviceaccount:payments:api"}`), pod, false,
			`the key is the issuer without https://`,
		},
		"a key with a space": {
			allow(`"StringEquals":{` + aud + `,"$I:sub ":"system:serviceaccount:payments:api"}`), pod, false,
			`the key has a space or an invisible character`,
		},
		"a key of another issuer": {
			allow(`"StringEquals":{` + aud + `,"$Ix:sub":"system:serviceaccount:payments:api"}`),
			trustpolicy.Request{}, false, `the key is of another issuer than the statement's principal`,
		},
		"a key of another cluster": {
			allow(`"StringEquals":{` + aud + `,"$Ix:sub":"system:serviceaccount:payments:api"}`), pod, false,
			`no such key comes with the token: it has another cluster's issuer id`,
		},
		"a key with a claim misspelt": {
			allow(
				`"StringEquals":{` + aud + `,"$I:subj":"system:serviceaccount:payments:api"},"StringLike":{` +
					sub + `}`,
			),
			pod, false, `a token has the keys ` + issuer + `:sub and ` + issuer + `:aud, not "subj"`,
		},
	} {
		t.Run(name, row.test)
	}
}
