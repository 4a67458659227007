package trustpolicy_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

func TestWhatTheGrammarAllowsIsTaken(t *testing.T) {
	const body = `"Effect":"Allow","Principal":{"Federated":"$P"},"Action":"sts:*"`
	for name, doc := range map[string]string{
		"one statement without a list": `{"Statement":{"Effect":"Allow","Principal":{"Federated":"$P"},` +
			`"Action":"sts:AssumeRoleWithWebIdentity"}}`,
		"blocks in any order": `{"Statement":[{"Action":["sts:AssumeRoleWithWebIdentity"],"Condition":{},` +
			`"Principal":{"Federated":["$P"]},"Sid":"A1","Effect":"Allow"}],"Id":"x","Version":"2008-10-17"}`,
		"empty Sids twice": `{"Statement":[{"Sid":"",` + body + `},{"Sid":"",` + body + `}]}`,
		"spaces and lines": " \r\n\t{ \"Statement\" : { \"Effect\" : \"Allow\" ,\n\"Principal\" : " +
			"{ \"Federated\" : \"$P\" } , \"Action\" : \"sts:*\" } } \n",
		"escapes": `{"Statement":{"\u0045ffect":"Allow","Principal":{"Federated":"$P"},"Action":"sts:\u002a"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := evaluate(t, doc, pod)
			assert.Equal(t, allowed, d.Outcome, "%s", d)
		})
	}
}

func TestAPolicyMarshalsAsItWasWritten(t *testing.T) {
	doc := fill(allow(`"Null":{"$I:sub":false},"NumericLessThan":{"a:b":[1.50,"2"]},"StringEquals":{"$I:sub":"<&>"}`))
	policy, err := trustpolicy.Parse(doc)
	require.NoError(t, err)
	out, err := json.Marshal(policy)
	require.NoError(t, err)
	assert.JSONEq(t, string(doc), string(out))
	assert.JSONEq(t, string(doc), policy.String())
	doc[0] = 'x'
	assert.Equal(t, byte('{'), policy.String()[0], "the caller's slice stays the caller's")
	out, err = policy.MarshalJSON()
	require.NoError(t, err)
	out[0] = 'x'
	assert.Equal(t, byte('{'), policy.String()[0], "and what is handed out is the caller's too")
}

func TestAPlaceIsNamedInOneLine(t *testing.T) {
	doc := `{
  "Statement": [{
    "Sid": "Pods",
    "Effect": "Allow",
    "Principal": {"Federated": "$P"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringLike": {
      "$I:sub": "*"}}}]}`
	policy, err := trustpolicy.Parse(fill(doc))
	require.NoError(t, err)
	var places []string
	for _, r := range policy.Evaluate(pod).Reasons {
		places = append(places, r.Place.String())
	}
	assert.Equal(t, []string{
		`statement 1 "Pods" (line 2, column 17)`,
		`statement 1 "Pods", Principal (line 5, column 5)`,
		`statement 1 "Pods", Action (line 6, column 5)`,
		`statement 1 "Pods", Condition StringLike ` + issuer + `:sub (line 8, column 7)`,
	}, places)
}
