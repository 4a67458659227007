package trustpolicy_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// lint parses a policy, completed by fill, and returns its findings.
func lint(t *testing.T, doc string, r trustpolicy.Request) []trustpolicy.Finding {
	t.Helper()
	policy, err := trustpolicy.Parse(fill(doc))
	require.NoError(t, err, doc)
	return policy.Lint(r)
}

func TestLintFindsNothingInARightPolicy(t *testing.T) {
	policy, err := trustpolicy.Generate(pod)
	require.NoError(t, err)
	assert.Empty(t, policy.Lint(pod))
	assert.Empty(t, policy.Lint(trustpolicy.Request{}))
	assert.Empty(t, lint(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"Federated":"$P"},"Action":"sts:AssumeRoleWithWebIdentity",
		 "Condition":{"StringEquals":{"$I:aud":"sts.amazonaws.com"},
		              "StringLike":{"$I:sub":["system:serviceaccount:a:b","system:serviceaccount:c:d"]}}},
		{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","AWS":"111122223333"},"Action":"sts:AssumeRole"},
		{"Effect":"Deny","Principal":"*","Action":"sts:*",
		 "Condition":{"StringLike":{"$I:sub":"system:serviceaccount:dev-*:*"}}}]}`, pod),
		"a role may trust others beside the pod, and a Deny may be as wide as it likes")
}

// A lintRow is a policy with one finding.
type lintRow struct {
	doc     string
	request trustpolicy.Request
	danger  bool
	want    string // a part of the finding
}

func (row lintRow) test(t *testing.T) {
	findings := lint(t, row.doc, row.request)
	require.Len(t, findings, 1, "%v", findings)
	assert.Contains(t, findings[0].String(), row.want)
	assert.Equal(t, row.danger, findings[0].Danger)
	assert.NotContains(t, findings[0].String(), "\u200b")
}

func TestLint(t *testing.T) {
	const (
		aud    = `"$I:aud":"sts.amazonaws.com"`
		sub    = `"$I:sub":"system:serviceaccount:payments:api"`
		web    = `"Action":"sts:AssumeRoleWithWebIdentity"`
		ours   = `"Principal":{"Federated":"$P"}`
		both   = `"Condition":{"StringEquals":{` + aud + `,` + sub + `}}`
		danger = true
	)
	right := allow(`"StringEquals":{` + aud + `,` + sub + `}`)
	statement := func(s string) string { return `{"Version":"2012-10-17","Statement":{` + s + `}}` }
	for name, row := range map[string]lintRow{
		"no statement": {
			`{"Version":"2012-10-17","Statement":[]}`, pod, false,
			"policy (line 1, column 1): there is no statement: nobody can assume the role",
		},

		"no sub": {
			allow(`"StringEquals":{` + aud + `}`), pod, danger,
			"statement 1 (line 1, column 37): every pod of the cluster is admitted: add StringEquals " +
				issuer + ":sub",
		},
		"any sub": {
			allow(`"StringEquals":{` + aud + `},"StringLike":{"$I:sub":"system:serviceaccount:*"}`), pod, danger,
			"every pod of the cluster is admitted: what is compared with " + issuer +
				":sub also matches other subjects",
		},
		"a negated sub": {
			allow(`"StringEquals":{` + aud + `},"StringNotEquals":{` + sub + `}`), pod, danger,
			"every pod of the cluster is admitted: what is compared",
		},
		"no aud": {
			allow(`"StringEquals":{` + sub + `}`), pod, danger,
			"tokens for any of the provider's audiences are admitted: add StringEquals " + issuer +
				`:aud "sts.amazonaws.com"`,
		},
		"any namespace": {
			allow(`"StringEquals":{` + aud + `},"StringLike":{"$I:sub":"system:serviceaccount:pay*:api"}`), pod,
			danger, "whoever may create a namespace of such a name gets the role",
		},
		"any account": {
			allow(`"StringEquals":{` + aud + `},"StringLike":{"$I:sub":"system:serviceaccount:payments:*"}`), pod,
			danger, "every such service account of the namespace payments gets the role",
		},
		"everyone": {
			statement(`"Effect":"Allow","Principal":"*",` + web + `,` + both), pod, danger,
			"everyone is trusted: name the identity provider as Federated",
		},
		"every AWS principal": {
			statement(`"Effect":"Allow","Principal":{"AWS":"*"},` + web + `,` + both), pod, danger,
			"everyone is trusted",
		},
		"NotPrincipal": {
			statement(`"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},` + web + `,` + both), pod, danger,
			"NotPrincipal under Allow trusts everyone but those it names",
		},
		"NotAction": {
			statement(`"Effect":"Allow",` + ours + `,"NotAction":"sts:AssumeRole",` + both), pod, danger,
			"NotAction under Allow allows every action but those it names",
		},
		"ForAllValues on sub": {
			allow(`"StringEquals":{` + aud + `},"ForAllValues:StringEquals":{` + sub + `}`), pod, danger,
			"ForAllValues lets a request pass that lacks the key, and sub has one value: write StringEquals",
		},
		"IfExists on aud": {
			allow(`"StringEquals":{` + sub + `},"StringEqualsIfExists":{` + aud + `}`), pod, danger,
			"IfExists lets a request pass that lacks the key: write StringEquals",
		},
		"a wildcard compared": {
			allow(`"StringEquals":{` + aud + `,"$I:sub":"system:serviceaccount:payments:*"}`), pod, false,
			"StringEquals compares * and ? literally: use StringLike",
		},
		"an operator misspelt": {
			allow(`"StringEquals":{` + aud + `},"StringEqual":{` + sub + `}`), pod, false,
			`there is no operator "StringEqual": IAM writes it StringEquals`,
		},
		"an operator's case": {
			allow(`"StringEquals":{` + aud + `},"forAnyValue:stringlikeIfExists":{` + sub + `}`), pod, false,
			`IAM writes it forAnyValue:StringLikeIfExists`,
		},
		"an operator not known": {
			allow(`"StringEquals":{` + aud + `,` + sub + `},"ArnLike":{` + sub + `}`), pod, false,
			`the operator "ArnLike" can't be evaluated offline`,
		},

		"aud swapped": {
			allow(`"StringEquals":{"$I:aud":"system:serviceaccount:payments:api",` + sub + `}`), pod, false,
			`is a subject: aud and sub are swapped`,
		},
		"sub swapped": {
			allow(`"StringEquals":{` + aud + `,"$I:sub":"sts.amazonaws.com"}`), pod, false,
			`"sts.amazonaws.com" is an audience: aud and sub are swapped`,
		},
		"aud misspelt": {
			allow(`"StringEquals":{"$I:aud":"sts.amazon.com",` + sub + `}`), pod, false,
			`"sts.amazon.com": the EKS webhook's audience is sts.amazonaws.com, in every partition`,
		},
		"aud of China": {
			allow(`"StringEquals":{"$I:aud":"sts.amazonaws.com.cn",` + sub + `}`), pod, false,
			`in every partition`,
		},
		"sub without its prefix": {
			allow(`"StringEquals":{` + aud + `,"$I:sub":"payments:api"}`), pod, false,
			`"payments:api" is no service account's subject: system:serviceaccount:namespace:account, in ` +
				`lower case`,
		},
		"sub in upper case": {
			allow(`"StringEquals":{` + aud + `,"$I:sub":"system:serviceaccount:Payments:api"}`), pod, false,
			`in lower case`,
		},
		"an invisible rune in a value": {
			allow(`"StringEquals":{` + aud + `,"$I:sub":"system:serviceaccount:payments:api\u200b"}`), pod, false,
			`"system:serviceaccount:payments:api\u200b" has a space or an invisible character`,
		},
		"no value": {allow(`"StringEquals":{` + aud + `,"$I:sub":[]}`), pod, false,
			`there is no value to compare with`},
		"variables without version": {
			strings.Replace(allow(`"StringEquals":{`+aud+`,"$I:sub":"${aws:x}"}`), "2012", "2008", 1), pod, false,
			`"${aws:x}": only "Version": "2012-10-17" has policy variables`,
		},

		"the action of AWS principals": {
			statement(`"Effect":"Allow",` + ours + `,"Action":"sts:AssumeRole",` + both), pod, false,
			`"sts:AssumeRole" doesn't let a web identity in: sts:AssumeRole is for AWS principals`,
		},
		"an invisible rune in an action": {
			statement(
				`"Effect":"Allow",` + ours +
					`,"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession\u200b"],` + both,
			),
			pod, false, `"sts:TagSession\u200b" has a space or an invisible character`,
		},
		"no action": {statement(`"Effect":"Allow",` + ours + `,"Action":[],` + both), pod, false, `there is no action`},
		"nobody":    {statement(`"Effect":"Allow","Principal":{},` + web + `,` + both), pod, false, `it names nobody`},
		"the provider under AWS": {
			statement(`"Effect":"Allow","Principal":{"AWS":"$P"},` + web + `,` + both), pod, false,
			`an identity provider stands under Federated, not under AWS`,
		},
		"the issuer for the ARN": {
			statement(`"Effect":"Allow","Principal":{"Federated":"$I"},` + web + `,` + both), pod, false,
			`is not the ARN of an identity provider`,
		},
		"the scheme in the ARN": {
			statement(`"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/https://$I"},` +
				web + `,` + both),
			pod, false, `the issuer stands in the ARN without https://`,
		},
		"a wildcard in the ARN": {
			statement(`"Effect":"Allow","Principal":{"Federated":"$P*"},` + web), trustpolicy.Request{}, false,
			`a principal is compared literally`,
		},
		"an invisible rune in the ARN": {
			statement(`"Effect":"Allow","Principal":{"Federated":"$P\u200b"},` + web + `,` + both), pod, false,
			`has a space or an invisible character`,
		},
		"another account": {
			strings.Replace(right, "$P", "arn:aws:iam::111122223334:oidc-provider/$I", 1),
			pod, false, `is in another account than the role, which is in 111122223333 (one edit apart)`,
		},
		"another partition": {
			strings.Replace(right, "$P", "arn:aws-cn:iam::111122223333:oidc-provider/$I", 1),
			pod, false, `is in another partition than the role, which is in aws`,
		},

		"a provider with a slash at the end": {
			strings.Replace(right, `"$P"`, `"$P/"`, 1), trustpolicy.Request{}, false,
			`an EKS cluster's issuer has no slash at the end`,
		},
		"a plain issuer": {
			right, trustpolicy.Request{RoleARN: pod.RoleARN, Issuer: "http://" + issuer}, false,
			`can't be a provider of IAM, which takes https issuers alone`,
		},
	} {
		t.Run(name, row.test)
	}
}

func TestLintFindsEachPlaceInTheOrderOfTheDocument(t *testing.T) {
	findings := lint(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"One","Effect":"Allow","Principal":{"Federated":"$P-OLD"},
		 "Action":"sts:AssumeRole"},
		{"Sid":"Two","Effect":"Allow","Principal":{"Federated":"$P"},
		 "Action":"sts:AssumeRoleWithWebIdentity",
		 "Condition":{"StringEquals":{
			"$I:sub":"system:serviceaccount:payments:*"}}}]}`, pod)
	var got []string
	for _, f := range findings {
		got = append(got, f.Place.String())
	}
	assert.Equal(t, []string{
		`statement 1 "One", Principal (line 2, column 33)`,
		`statement 1 "One", Action (line 3, column 4)`,
		`statement 2 "Two" (line 4, column 3)`,
		`statement 2 "Two", Condition StringEquals ` + issuer + `:sub (line 7, column 4)`,
	}, got, "%v", findings)
}
