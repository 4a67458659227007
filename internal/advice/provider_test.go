package advice_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// notAdmitted are the facts of a pod and of a trust policy.
func notAdmitted(policy string) advice.Facts {
	return advice.Facts{RoleARN: testRole, Trusts: policy, Token: &advice.Token{
		Issuer: eksIssuer, Subject: "system:serviceaccount:payments:api", Audience: []string{"sts.amazonaws.com"}}}
}

func TestAKnownTrustPolicyKeepsItsStatementsAndGetsTheOneThatItLacks(t *testing.T) {
	const lambda = `{"Sid": "Lambda", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, ` +
		`"Action": "sts:AssumeRole", "Condition": {"StringLike": {"aws:PrincipalTag/it's": "<a&b>"}}}`
	for name, c := range map[string]struct {
		policy string
		kept   int
	}{
		"a list":     {`{"Version": "2012-10-17", "Id": "mine", "Statement": [` + lambda + `]}`, 1},
		"one":        {`{"Version": "2012-10-17", "Statement": ` + lambda + `}`, 1},
		"an old one": {`{"Statement": [` + lambda + `]}`, 1},
		"none":       {`{"Version": "2012-10-17", "Statement": []}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, shell := range shells(t) {
				command := advice.NotAdmitted.Steps(notAdmitted(c.policy))[0].Commands[0]
				args := paste(t, shell, command)[0]
				document := args[len(args)-1]
				policy, err := trustpolicy.Parse([]byte(document))
				require.NoError(t, err)
				assert.Equal(t, trustpolicy.Allowed, policy.Evaluate(trustpolicy.Request{
					RoleARN: testRole, Issuer: eksIssuer, Audience: "sts.amazonaws.com",
					Subject: "system:serviceaccount:payments:api",
				}).Outcome)
				var was, is struct {
					Version, ID string
					Statement   []json.RawMessage
				}
				require.NoError(t, json.Unmarshal([]byte(document), &is))
				require.Len(t, is.Statement, c.kept+1)
				if c.kept > 0 {
					assert.JSONEq(t, lambda, string(is.Statement[0]))
					assert.Contains(t, string(is.Statement[0]), "<a&b>", "as it was written")
				}
				_ = json.Unmarshal([]byte(c.policy), &was) // of Statement there may be one
				assert.Equal(t, was.Version, is.Version)
				assert.Equal(t, was.ID, is.ID)
			}
		})
	}
}

func TestNoStatementIsAddedToAPolicyThatDeniesThePod(t *testing.T) {
	deny := `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", ` +
		`"Action": "sts:AssumeRoleWithWebIdentity"}}`
	text := advice.NotAdmitted.Fix(notAdmitted(deny))
	assert.Contains(t, text, "narrow that Deny")
	assert.NotContains(t, text, "update-assume-role-policy")
}

func TestWhatIsPutIntoATrustPolicyIsAddedToTheOneThatIsFetched(t *testing.T) {
	f := notAdmitted("")
	for _, topic := range []*advice.Topic{advice.TrustDenied, advice.HopDenied} {
		f.Hop = &advice.Hop{Number: 1, From: "arn:aws:iam::111122223333:role/other"}
		put := 0
		var before string
		for _, step := range topic.Steps(f) {
			for _, command := range step.Commands {
				if strings.Contains(command, "update-assume-role-policy") {
					put++
					assert.Regexp(t, `^test -s policy\.json && aws iam .*file://policy\.json`, command)
					assert.Contains(t, before, "> policy.json && cat policy.json")
				}
				before += command
			}
		}
		assert.Equal(t, 1, put)
	}
}
