package trustpolicy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

func TestEachNearMissIsToldInWords(t *testing.T) {
	generated, err := trustpolicy.Generate(pod)
	require.NoError(t, err)
	right := generated.String()
	const (
		sub     = "system:serviceaccount:payments:api"
		account = "arn:aws:iam::111122223333:"
		id      = "EXAMPLED539D4633E53DE1B71EXAMPLE"
	)
	for name, row := range map[string]struct {
		from, to string // what is changed in the right policy, everywhere
		why      []string
	}{
		"a wildcard under StringEquals": {sub, "system:serviceaccount:payments:*",
			[]string{
				`the token's sub is "system:serviceaccount:payments:api"`,
				"StringEquals compares * and ? literally: use StringLike",
			}},
		"a question mark under StringEquals": {sub, "system:serviceaccount:payments:ap?",
			[]string{"use StringLike"}},
		"the scheme in the condition key": {`"` + issuer + ":", `"https://` + issuer + ":",
			[]string{`the request has no key "https://oidc.eks`, "https:// doesn't belong there"}},
		"an ARN in the condition key": {`"` + issuer + ":sub", `"` + provider + ":sub",
			[]string{"an ARN doesn't belong there, but the issuer without https://"}},
		"another cluster's issuer id in the condition key": {id + ":sub", "ANOTHER8539D4633E53DE1B71EXAMPLE:sub",
			[]string{"it has another cluster's issuer id, ANOTHER8539D4633E53DE1B71EXAMPLE and not " + id}},
		"an issuer id one edit away in the condition key": {id + ":sub", "EXAMPLED539D4633E53DE1B71EXAMPLF:sub",
			[]string{"another cluster's issuer id", "(one edit apart)"}},
		"another region in the condition key": {`"oidc.eks.eu-west-1`, `"oidc.eks.eu-central-1`,
			[]string{"it is of another region, eu-central-1 and not eu-west-1"}},
		"another partition in the condition key": {
			`"oidc.eks.eu-west-1.amazonaws.com`, `"oidc.eks.cn-north-1.amazonaws.com.cn`,
			[]string{"it is of another partition, aws-cn and not aws"}},
		"the other form of the cluster's issuer": {`"oidc.eks.eu-west-1.amazonaws.com`, `"oidc-eks.eu-west-1.api.aws`,
			[]string{"it is the other form of the same cluster's issuer, and the token has " +
				"oidc.eks.eu-west-1.amazonaws.com"}},
		"a host misspelt in the condition key": {`"oidc.eks.eu-west-1`, `"oidc.eu-west-1.eks`,
			[]string{`the request has no key "oidc.eu-west-1.eks`, `the token's issuer is "` + issuer + `"`}},
		"a slash at the end in the condition key": {id + ":sub", id + "/:sub",
			[]string{"differ only by a slash at the end"}},
		"no claim in the condition key": {`"` + issuer + ":sub", `"` + issuer,
			[]string{"it names no claim: a key is the issuer, a colon, and sub or aud"}},
		"the cluster's id alone in the condition key": {`"` + issuer + ":sub", `"` + id + ":sub",
			[]string{"the id alone is not the issuer: write " + issuer}},
		"a part of the ARN in the condition key": {`"` + issuer + ":sub", `"oidc-provider/` + issuer + ":sub",
			[]string{`the request has no key "oidc-provider/oidc.eks`, "oidc-provider/ doesn't belong there"}},
		"a shell variable in the condition key": {`"` + issuer + ":sub", `"${OIDC_PROVIDER}:sub`,
			[]string{"a variable was left in, which nobody fills in here"}},
		"nothing before the colon of the condition key": {`"` + issuer + ":sub", `":sub`,
			[]string{"the issuer is missing"}},
		"a space in the condition key": {`"` + issuer + ":sub", `" ` + issuer + ":sub",
			[]string{"differ only by white space or an invisible character"}},
		"an invisible rune in the condition key": {id + ":sub", id + "\u200b:sub",
			[]string{`EXAMPLE\u200b:sub`, "differ only by white space or an invisible character"}},
		"a space after the colon of the condition key": {id + `:sub"`, id + `:sub "`,
			[]string{"a space or an invisible character after the colon"}},
		"aud and sub swapped by value": {`"sts.amazonaws.com"`, `"` + sub + `"`,
			[]string{`the token's aud is "sts.amazonaws.com"`, "that is a subject: aud and sub are swapped"}},
		"an audience under sub": {`"` + sub + `"`, `"sts.amazonaws.com"`,
			[]string{"that is an audience: aud and sub are swapped"}},
		"sts:AssumeRole for the web-identity action": {`"sts:AssumeRoleWithWebIdentity"`, `"sts:AssumeRole"`,
			[]string{
				"sts:AssumeRoleWithWebIdentity is not covered by",
				"sts:AssumeRole is for AWS principals; a web identity needs sts:AssumeRoleWithWebIdentity",
			}},
		"the action for SAML": {`"sts:AssumeRoleWithWebIdentity"`, `"sts:AssumeRoleWithSAML"`,
			[]string{"a service account's token is no SAML assertion"}},
		"the action misspelt": {`"sts:AssumeRoleWithWebIdentity"`, `"sts:AssumeRoleWithWebIdentiy"`,
			[]string{`"sts:AssumeRoleWithWebIdentiy" (one edit apart)`}},
		"an invisible rune in the action": {`"sts:AssumeRoleWithWebIdentity"`,
			"\"sts:AssumeRoleWithWebIdentity\u200b\"",
			[]string{`\u200b`, "differ only by white space or an invisible character"}},
		"a namespace one edit away": {sub, "system:serviceaccount:payment:api",
			[]string{`the namespace is "payments" and not "payment" (one edit apart)`}},
		"another namespace": {sub, "system:serviceaccount:kube-system:api",
			[]string{`the namespace is "payments" and not "kube-system"`}},
		"a service account one edit away": {sub, "system:serviceaccount:payments:aip",
			[]string{`the service account is "api" and not "aip" (one edit apart)`}},
		"another service account": {sub, "system:serviceaccount:payments:default",
			[]string{`the service account is "api" and not "default"`}},
		"namespace and service account nearly right": {sub, "system:serviceaccount:payment:apis",
			[]string{`the namespace "payment" and the service account "apis" both nearly match`}},
		"namespace and service account swapped": {sub, "system:serviceaccount:api:payments",
			[]string{"namespace and service account are swapped"}},
		"a slash between namespace and service account": {sub, "system:serviceaccount:payments/api",
			[]string{"separated by a colon, not by a slash"}},
		"a subject without its account": {sub, "system:serviceaccount:payments",
			[]string{"a part is missing"}},
		"a subject without its prefix": {sub, "payments:api",
			[]string{`the subject of a service account starts with "system:serviceaccount:"`}},
		"a service account's name for a subject": {sub, "api",
			[]string{`starts with "system:serviceaccount:"`}},
		"a prefix misspelt": {sub, "system:serviceaccounts:payments:api",
			[]string{`"system:serviceaccounts:payments:api" (one edit apart)`}},
		"case": {sub, "system:serviceaccount:Payments:api",
			[]string{"differ only by upper and lower case"}},
		"a slash at the end of a value": {`"sts.amazonaws.com"`, `"sts.amazonaws.com/"`,
			[]string{"differ only by a slash at the end"}},
		"a space at the end of a value": {sub, sub + " ",
			[]string{`"system:serviceaccount:payments:api "`, "differ only by white space or an invisible character"}},
		"an invisible rune in a value": {sub, "system:serviceaccount:\u200bpayments:api",
			[]string{`"system:serviceaccount:\u200bpayments:api"`,
				"differ only by white space or an invisible character"}},
		"a no-break space in a value": {sub, sub + "\u00a0",
			[]string{`\u00a0`, "differ only by white space or an invisible character"}},
		"a look-alike letter in a value": {sub, "system:serviceaccount:p\u0430yments:api",
			[]string{`"p\u0430yments"`, "one edit apart"}},
		"an audience misspelt": {`"sts.amazonaws.com"`, `"sts.amazon.com"`,
			[]string{`the token's aud is "sts.amazonaws.com", and the policy wants "sts.amazon.com"`}},
		"an audience one edit away": {`"sts.amazonaws.com"`, `"sts.amazonaws.co"`,
			[]string{"(one edit apart)"}},
		"the provider of another account": {account, "arn:aws:iam::444455556666:",
			[]string{"it is in another account, 444455556666, and the role is in 111122223333"}},
		"an account one edit away": {account, "arn:aws:iam::111122223332:",
			[]string{"it is in another account, 111122223332, and the role is in 111122223333 (one edit apart)"}},
		"the provider of another partition": {account, "arn:aws-cn:iam::111122223333:",
			[]string{"it is in another partition, aws-cn and not aws"}},
		"the provider of another cluster": {
			provider, account + "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ANOTHER8539D4633E53DE1B71EXAMPLE",
			[]string{"another cluster's issuer id"}},
		"the provider of another region": {provider, strings.Replace(provider, "eu-west-1", "eu-west-3", 1),
			[]string{"it is of another region, eu-west-3 and not eu-west-1"}},
		"the scheme in the provider's ARN": {provider, account + "oidc-provider/https://" + issuer,
			[]string{"https:// doesn't belong there"}},
		"a slash at the end of the provider's ARN": {provider, provider + "/",
			[]string{"differ only by a slash at the end"}},
		"an invisible rune in the provider's ARN": {provider, provider + "\u200b",
			[]string{`\u200b`, "differ only by white space or an invisible character"}},
		"the provider in another case": {provider, strings.ToLower(provider),
			[]string{"differ only by upper and lower case"}},
		"a wildcard in the provider's ARN": {provider, account + "oidc-provider/*",
			[]string{"a principal is compared literally, without wildcards"}},
		"the issuer for the provider's ARN": {`"` + provider + `"`, `"` + issuer + `"`,
			[]string{"it is not the provider's ARN"}},
		"something else for the provider's ARN": {provider, account + "role/other",
			[]string{"it is not the ARN of an OIDC identity provider"}},
		"the provider under AWS": {`"Federated"`, `"AWS"`,
			[]string{"an identity provider stands under Federated, not under AWS"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, right, row.from)
			policy, err := trustpolicy.Parse([]byte(strings.ReplaceAll(right, row.from, row.to)))
			require.NoError(t, err)
			d := policy.Evaluate(pod)
			assert.Equal(t, denied, d.Outcome, "%s", d)
			for _, why := range row.why {
				assert.Contains(t, d.String(), why)
			}
			for _, hidden := range []string{"\u200b", "\u00a0", "\u0430"} {
				assert.NotContains(t, d.String(), hidden, "what doesn't show is escaped")
			}
		})
	}
}

func TestWhatAdmitsEveryPodIsSaid(t *testing.T) {
	for _, condition := range []string{
		``,
		`"StringEquals":{"$I:aud":"sts.amazonaws.com"}`,
		`"StringLike":{"$I:sub":"*"}`,
		`"StringLike":{"$I:sub":"system:serviceaccount:*"}`,
		`"StringNotEquals":{"$I:sub":"system:serviceaccount:kube-system:default"}`,
		`"ForAllValues:StringEquals":{"https://$I:sub":"system:serviceaccount:payments:other"}`,
	} {
		d := evaluate(t, allow(condition), pod)
		assert.Equal(t, allowed, d.Outcome)
		assert.Contains(t, d.String(), "and every other pod of the cluster", condition)
	}
	for _, condition := range []string{
		`"StringEquals":{"$I:sub":"system:serviceaccount:payments:api"}`,
		`"StringLike":{"$I:sub":"system:serviceaccount:payments:*"}`,
	} {
		d := evaluate(t, allow(condition), pod)
		assert.Equal(t, allowed, d.Outcome)
		assert.NotContains(t, d.String(), "every other pod", condition)
	}
	d := evaluate(t, allow(`"ForAllValues:StringEquals":{"https://$I:sub":"system:serviceaccount:payments:other"}`),
		pod)
	assert.Contains(t, d.String(), "ForAllValues lets that pass")
}
