package trustpolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

func TestPrincipalsActionsAndEffects(t *testing.T) {
	const (
		web       = `"Action":"sts:AssumeRoleWithWebIdentity"`
		ours      = `"Principal":{"Federated":"$P"}`
		allowOurs = `{"Effect":"Allow",` + ours // to be continued
		allowAll  = allowOurs + `,` + web + `}`
		denyOurs  = `,{"Effect":"Deny",` + ours // after another statement, and to be continued
		sub       = `"Condition":{"StringEquals":{"$I:sub":"system:serviceaccount:payments:api"}}`
		notSub    = `"Condition":{"StringNotEquals":{"$I:sub":"system:serviceaccount:payments:api"}}`
		vpc       = `"Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`
	)
	for name, row := range map[string]struct {
		statements string
		want       trustpolicy.Outcome
	}{
		"no statement allows nothing": {``, denied},
		"an allow alone":              {allowAll, allowed},

		"the provider among several": {
			`{"Effect":"Allow","Principal":{"Federated":["arn:aws:iam::111122223333:saml-provider/x","$P"]}` +
				`,` + web + `}`,
			allowed,
		},
		"the provider beside a service": {
			`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com","Federated":"$P"},` + web + `}`,
			allowed,
		},
		"a service alone": {`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},` + web + `}`, denied},
		"the role's own account": {
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},` + web + `}`, denied,
		},
		"the account by its number": {`{"Effect":"Allow","Principal":{"AWS":"111122223333"},` + web + `}`, denied},
		"a canonical user": {
			`{"Effect":"Allow","Principal":{"CanonicalUser":` +
				`"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},` + web + `}`,
			denied,
		},
		"a SAML provider": {
			`{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:saml-provider/x"},` + web + `}`,
			denied,
		},
		"another web identity provider": {
			`{"Effect":"Allow","Principal":{"Federated":"accounts.google.com"},` + web + `}`, denied,
		},
		"nobody":                         {`{"Effect":"Allow","Principal":{},` + web + `}`, denied},
		"an empty list of principals":    {`{"Effect":"Allow","Principal":{"Federated":[]},` + web + `}`, denied},
		"everyone may be allowed":        {`{"Effect":"Allow","Principal":"*",` + web + `}`, unknown},
		"every AWS principal":            {`{"Effect":"Allow","Principal":{"AWS":"*"},` + web + `}`, unknown},
		"every federated principal":      {`{"Effect":"Allow","Principal":{"Federated":"*"},` + web + `}`, unknown},
		"everyone, but another subject":  {`{"Effect":"Allow","Principal":"*",` + web + `,` + notSub + `}`, denied},
		"everyone, beside a clear allow": {`{"Effect":"Allow","Principal":"*",` + web + `},` + allowAll, allowed},

		"NotPrincipal that names the provider": {`{"Effect":"Allow","NotPrincipal":{"Federated":"$P"},` + web + `}`,
			denied},
		"NotPrincipal that names another, to allow": {
			`{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},` + web + `}`, unknown,
		},
		"NotPrincipal that names another, to deny": {
			allowAll + `,{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},` + web + `}`, denied,
		},
		"NotPrincipal that spares the provider": {
			allowAll + `,{"Effect":"Deny","NotPrincipal":{"Federated":"$P"},` + web + `}`, allowed,
		},
		"NotPrincipal everyone": {allowAll + `,{"Effect":"Deny","NotPrincipal":"*",` + web + `}`, allowed},
		"NotPrincipal every federated one": {
			allowAll + `,{"Effect":"Deny","NotPrincipal":{"Federated":"*"},` + web + `}`, unknown,
		},

		"the action in another case": {allowOurs + `,"Action":"STS:assumerolewithwebidentity"}`, allowed},
		"the action among several": {
			allowOurs + `,"Action":["sts:TagSession","sts:AssumeRoleWithWebIdentity"]}`,
			allowed,
		},
		"the action by a wildcard":        {allowOurs + `,"Action":"sts:AssumeRoleWith*"}`, allowed},
		"the action by one character":     {allowOurs + `,"Action":"sts:AssumeRoleWith???Identity"}`, allowed},
		"one character is not none":       {allowOurs + `,"Action":"sts:AssumeRoleWithWebIdentity?"}`, denied},
		"every action of the service":     {allowOurs + `,"Action":"sts:*"}`, allowed},
		"every action":                    {allowOurs + `,"Action":"*"}`, allowed},
		"every action of another service": {allowOurs + `,"Action":"s3:*"}`, denied},
		"another action":                  {allowOurs + `,"Action":"sts:AssumeRole"}`, denied},
		"no action":                       {allowOurs + `,"Action":[]}`, denied},
		"an action with a letter that folds": {
			allowOurs + `,"Action":"sts:AssumeRoleW\u0130thWebIdentity"}`, unknown,
		},
		"a deny with a letter that folds": {
			allowAll + denyOurs + `,"Action":"sts:AssumeRoleW\u0130thWebIdentity"}`, unknown,
		},
		"NotAction that names nothing":        {allowOurs + `,"NotAction":[]}`, unknown},
		"NotAction that names another":        {allowOurs + `,"NotAction":"sts:AssumeRole"}`, allowed},
		"NotAction that names it":             {allowOurs + `,"NotAction":"sts:AssumeRoleWithWebIdentity"}`, denied},
		"NotAction that names it by wildcard": {allowOurs + `,"NotAction":["s3:*","sts:*"]}`, denied},
		"a deny of a service with a letter that folds": {
			allowAll + denyOurs + `,"Action":"\u017fts:*"}`, unknown,
		},
		"a deny of everything of a service with a letter that folds to two": {
			allowAll + denyOurs + `,"Action":"\ufb06s:*"}`, unknown,
		},
		"a deny with a letter that folds to two": {
			allowAll + denyOurs + `,"Action":"sts:A\u00dfumeRole*"}`, unknown,
		},
		"a deny with a letter that folds to none of the action's": {
			allowAll + denyOurs + `,"Action":"sts:\u00c4ssumeRole*"}`, allowed,
		},
		"NotAction under Deny that names it": {
			allowAll + denyOurs + `,"NotAction":"sts:AssumeRoleWithWebIdentity"}`, allowed,
		},
		"NotAction under Deny, naming another": {
			allowAll + denyOurs + `,"NotAction":"sts:AssumeRole"}`, denied,
		},

		"a deny wins over an allow":        {allowAll + denyOurs + `,` + web + `}`, denied},
		"a deny wins whatever comes first": {`{"Effect":"Deny",` + ours + `,` + web + `},` + allowAll, denied},
		"a deny for everyone":              {allowAll + `,{"Effect":"Deny","Principal":"*","Action":"sts:*"}`, denied},
		"a deny for every AWS principal": {allowAll + `,{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"*"}`,
			denied},
		"a deny for another action": {
			allowAll + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}`, allowed,
		},
		"a deny for another provider": {
			allowAll + `,{"Effect":"Deny","Principal":{"Federated":"$Px"},` + web + `}`, allowed,
		},
		"a deny for this subject":               {allowAll + denyOurs + `,` + web + `,` + sub + `}`, denied},
		"a deny for all but this subject":       {allowAll + denyOurs + `,` + web + `,` + notSub + `}`, allowed},
		"a deny that can't be evaluated":        {allowAll + denyOurs + `,` + web + `,` + vpc + `}`, unknown},
		"a deny that can't be evaluated, alone": {`{"Effect":"Deny",` + ours + `,` + web + `,` + vpc + `}`, denied},
		"an allow that can't be evaluated":      {allowOurs + `,` + web + `,` + vpc + `}`, unknown},
		"an allow that can't be evaluated, denied": {
			allowOurs + `,` + web + `,` + vpc + `},{"Effect":"Deny",` + ours + `,` + web + `}`,
			denied,
		},
		"one of two allows": {
			allowOurs + `,` + web + `,` + notSub + `},{"Effect":"Allow",` + ours + `,` +
				web + `,` + sub + `}`,
			allowed,
		},
		"neither of two allows": {
			allowOurs + `,` + web + `,` + notSub +
				`},{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`,
			denied,
		},
		"a deny alone": {`{"Effect":"Deny","Principal":"*","Action":"s3:*"}`, denied},
	} {
		t.Run(name, func(t *testing.T) {
			d := evaluate(t, `{"Version":"2012-10-17","Statement":[`+row.statements+`]}`, pod)
			assert.Equal(t, row.want, d.Outcome, "%s", d)
			assert.Contains(t, d.String(),
				"service control policy (SCP), a resource control policy (RCP) or a permissions boundary may still deny")
			for _, r := range d.Reasons {
				assert.NotEmpty(t, r.Text, "%s", r.Place)
				assert.NotContains(t, r.Text, "\n")
			}
		})
	}
}

func TestWhatTheRequestLeavesOutIsUnknownWhereItMatters(t *testing.T) {
	policy, err := trustpolicy.Generate(pod)
	require.NoError(t, err)
	for name, row := range map[string]struct {
		change func(*trustpolicy.Request)
		want   trustpolicy.Outcome
	}{
		"everything known":                 {func(*trustpolicy.Request) {}, allowed},
		"no subject":                       {func(r *trustpolicy.Request) { r.Subject = "" }, unknown},
		"no audience":                      {func(r *trustpolicy.Request) { r.Audience = "" }, unknown},
		"no role":                          {func(r *trustpolicy.Request) { r.RoleARN = "" }, unknown},
		"no issuer":                        {func(r *trustpolicy.Request) { r.Issuer = "" }, unknown},
		"nothing":                          {func(r *trustpolicy.Request) { *r = trustpolicy.Request{} }, unknown},
		"no subject, but another audience": {func(r *trustpolicy.Request) { r.Subject, r.Audience = "", "x" }, denied},
		"no audience, but another subject": {func(r *trustpolicy.Request) { r.Subject, r.Audience = "x", "" }, denied},
		"no role, but another issuer": {
			func(r *trustpolicy.Request) { r.RoleARN, r.Issuer = "", "https://example.com" }, denied,
		},
		"a role ARN that can't be one":      {func(r *trustpolicy.Request) { r.RoleARN = "reader" }, unknown},
		"an issuer with a slash at the end": {func(r *trustpolicy.Request) { r.Issuer += "/" }, denied},
		"a plain issuer": {
			func(r *trustpolicy.Request) { r.Issuer = strings.Replace(r.Issuer, "https", "http", 1) }, denied,
		},
		"an issuer whose scheme is in another case": {
			func(r *trustpolicy.Request) { r.Issuer = strings.Replace(r.Issuer, "https", "HTTPS", 1) }, denied,
		},
		"an issuer without scheme": {
			func(r *trustpolicy.Request) { r.Issuer = strings.TrimPrefix(r.Issuer, "https://") }, denied,
		},
		"a role of another name": {func(r *trustpolicy.Request) { r.RoleARN += "2" }, allowed},
		"a role of another account": {
			func(r *trustpolicy.Request) { r.RoleARN = strings.Replace(r.RoleARN, "1111", "4444", 1) }, denied,
		},
		"a role of another partition": {
			func(r *trustpolicy.Request) { r.RoleARN = strings.Replace(r.RoleARN, "arn:aws:", "arn:aws-cn:", 1) },
			denied,
		},
		"a subject of another namespace": {
			func(r *trustpolicy.Request) { r.Subject = "system:serviceaccount:payment:api" }, denied,
		},
		"an audience in another case": {func(r *trustpolicy.Request) { r.Audience = "STS.amazonaws.com" }, denied},
		"an issuer in another region": {
			func(r *trustpolicy.Request) { r.Issuer = strings.Replace(r.Issuer, "eu-west-1", "eu-west-2", 1) },
			denied,
		},
		"the cluster's dual-stack issuer": {func(r *trustpolicy.Request) {
			r.Issuer = "https://oidc-eks.eu-west-1.api.aws/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
		}, denied},
		"an issuer id in another case": {
			func(r *trustpolicy.Request) { r.Issuer = strings.Replace(r.Issuer, "EXAMPLED", "exampled", 1) },
			denied,
		},
		"a subject that ends in an invisible one": {func(r *trustpolicy.Request) { r.Subject += "\u200b" }, denied},
	} {
		t.Run(name, func(t *testing.T) {
			req := pod
			row.change(&req)
			d := policy.Evaluate(req)
			assert.Equal(t, row.want, d.Outcome, "%s", d)
		})
	}
}

func TestAPolicyWithoutVersionHasNoVariables(t *testing.T) {
	doc := allow(`"StringEquals":{"$I:sub":["${aws:username}","system:serviceaccount:payments:api2"]}`)
	doc = strings.Replace(doc, `"Version":"2012-10-17",`, "", 1)
	d := evaluate(t, doc, pod)
	assert.Equal(t, denied, d.Outcome, "in version 2008-10-17, the default, ${aws:username} is compared literally: %s", d)
	req := pod
	req.Subject = "${aws:username}"
	assert.Equal(t, allowed, evaluate(t, doc, req).Outcome)
}

func TestTheZeroPolicyAllowsNothing(t *testing.T) {
	var policy trustpolicy.Policy
	assert.Equal(t, denied, policy.Evaluate(pod).Outcome)
	assert.Contains(t, policy.Evaluate(pod).String(), "no statement")
	again, err := trustpolicy.Parse([]byte(policy.String()))
	require.NoError(t, err)
	assert.Equal(t, denied, again.Evaluate(pod).Outcome)
	assert.Equal(t, "Denied Unknown Allowed Outcome(7)",
		fmt.Sprint(denied, " ", unknown, " ", allowed, " ", trustpolicy.Outcome(7)))
	assert.Equal(t, "doesn't match, may match, matches, Match(7)",
		fmt.Sprint(trustpolicy.NoMatch, ", ", trustpolicy.MayMatch, ", ", trustpolicy.Matches, ", ",
			trustpolicy.Match(7)))
}
