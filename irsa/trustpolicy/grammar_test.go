package trustpolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

func TestWhatBreaksTheGrammarIsNamedWithItsPlace(t *testing.T) {
	const ok = `"Effect":"Allow","Principal":{"Federated":"$P"},"Action":"sts:AssumeRoleWithWebIdentity"`
	for name, row := range map[string]struct{ doc, want string }{
		// Not JSON, or more than JSON.
		"nothing":           {"", "line 1, column 1: the document is empty"},
		"white space alone": {" \n\t", "line 1, column 1: the document is empty"},
		"text":              {"hello", "line 1, column 1: not JSON: invalid character 'h' looking for beginning of value"},
		"HTML":              {"<html>", "line 1, column 1: not JSON: invalid character '<'"},
		"a comma too many": {"{\n  \"Version\": \"2012-10-17\",\n}",
			"line 3, column 1: not JSON: invalid character '}'"},
		"a missing comma": {
			"{\"Version\": \"2012-10-17\"\n \"Statement\": []}",
			"line 2, column 2: not JSON: invalid character '\"'",
		},
		"characters count, not bytes": {`{"Id":"äöü" x`, "line 1, column 13: not JSON: invalid character 'x'"},
		"truncated": {"{\n  \"Statement\": [",
			"line 2, column 17: not JSON: unexpected end of JSON input"},
		"truncated in a string": {"{\n  \"Stat", "line 2, column 8: not JSON: unexpected end of JSON input"},
		"two documents": {"{}\n{}",
			"line 2, column 1: not JSON: invalid character '{' after top-level value"},
		"a byte-order mark": {"\xef\xbb\xbf{}",
			"line 1, column 1: the document starts with a byte-order mark"},
		"UTF-16":                   {"\xff\xfe{\x00}\x00", "line 1, column 1: a byte that is not UTF-8"},
		"a byte that is not UTF-8": {"{\n \"Id\": \"a\xffb\"}", "line 2, column 10: a byte that is not UTF-8"},
		"half a surrogate pair": {
			`{"Id": "\ud800"}`, `line 1, column 8: a string with a character that is not valid Unicode`,
		},
		"ten megabytes": {
			`{"Id":"` + strings.Repeat("a", 10<<20) + `"}`,
			"line 1, column 131073: the document is 10485769 bytes long, and iam takes at most 131072",
		},
		"ten megabytes of lines": {strings.Repeat("{\n", 5<<20),
			"line 65537, column 1: the document is 10485760 bytes long"},
		"nested too deeply": {
			strings.Repeat("[", 20000),
			"line 1, column 10001: not JSON: invalid character '[' exceeded max depth",
		},
		"nested deeply": {
			strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
			"line 1, column 1: a policy is an object, not a list",
		},
		"nested deeply inside": {
			`{"Statement":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
			`line 1, column 15: "Statement" is a list: iam takes an object, or a list of them`,
		},
		"url-encoded": {"%7B%22Version%22%3A%222012-10-17%22%7D", "line 1, column 1: the document is url-encoded"},

		// The policy.
		"a list":       {"[]", "line 1, column 1: a policy is an object, not a list"},
		"a string":     {`"{}"`, "line 1, column 1: a policy is an object, not a string"},
		"null":         {"null", "line 1, column 1: a policy is an object, not null"},
		"no Statement": {`{"Version":"2012-10-17"}`, "line 1, column 1: there is no Statement"},
		"the answer of get-role": {
			"{\n  \"Role\": {}}",
			"line 2, column 3: this is the output of aws iam get-role: the trust policy is its " +
				"AssumeRolePolicyDocument alone",
		},
		"an unknown element": {
			`{"Statements":[]}`, `line 1, column 2: unknown element "Statements": iam writes it Statement`,
		},
		"an element in lower case": {
			`{"version":"2012-10-17"}`, `line 1, column 2: unknown element "version": iam writes it Version`,
		},
		"an element of no meaning": {
			`{"Comment":"x","Statement":[]}`,
			`line 1, column 2: unknown element "Comment": iam knows Version, Id, Statement here`,
		},
		"an invisible rune": {
			"{\"Statement\u200b\":[]}",
			`line 1, column 2: unknown element "Statement\u200b": iam writes it Statement`,
		},
		"an unknown Version": {
			`{"Version":"2012-10-18","Statement":[]}`,
			`line 1, column 12: Version is "2012-10-18": iam knows "2012-10-17" and "2008-10-17"`,
		},
		"a Version that is no text": {`{"Version":2012,"Statement":[]}`,
			`line 1, column 12: Version is 2012: iam knows`},
		"an Id that is no text": {`{"Id":[],"Statement":[]}`, `line 1, column 7: Id is a list, not a string`},
		"a Statement that is text": {
			`{"Statement":"x"}`, `line 1, column 14: "Statement" is "x": iam takes an object, or a list of them`,
		},
		"a Statement that is null": {`{"Statement":[null]}`,
			`line 1, column 15: "Statement" is null: iam takes an object`},
		"two of an element": {
			"{\"Statement\":[],\n\"Statement\":[]}",
			`line 2, column 1: "Statement" comes twice; the first is at line 1, column 2`,
		},

		// Its statements.
		"an empty statement": {`{"Statement":{}}`, `line 1, column 14: statement 1: there is no Effect`},
		"Effect missing": {
			`{"Statement":[{"Principal":"*","Action":"sts:*"}]}`,
			`line 1, column 15: statement 1: there is no Effect`,
		},
		"Effect in another case": {
			`{"Statement":{"Effect":"allow"}}`,
			`line 1, column 24: statement 1: Effect is "allow": iam takes Allow or Deny, in this spelling`,
		},
		"Effect that is a list": {
			`{"Statement":{"Effect":["Allow"]}}`,
			`line 1, column 24: statement 1: Effect is a list: iam takes Allow or Deny`,
		},
		"Effect twice": {`{"Statement":{"Effect":"Allow","Effect":"Deny"}}`, `line 1, column 32: "Effect" comes twice`},
		"effect": {
			`{"Statement":{"effect":"Allow"}}`,
			`line 1, column 15: statement 1: unknown element "effect": iam writes it Effect`,
		},
		"no Action": {
			`{"Statement":{"Effect":"Allow","Principal":"*"}}`,
			`line 1, column 14: statement 1: there is no Action`,
		},
		"Actions": {
			`{"Statement":{"Actions":"sts:*"}}`,
			`line 1, column 15: statement 1: unknown element "Actions": iam writes it Action`,
		},
		"Action and NotAction": {
			`{"Statement":{` + ok + `,"NotAction":"s3:*"}}`,
			`statement 1: both Action and NotAction: a statement has one of them`,
		},
		"Action without a service": {
			`{"Statement":{"Action":"AssumeRoleWithWebIdentity"}}`,
			`line 1, column 24: statement 1: Action "AssumeRoleWithWebIdentity" names no service`,
		},
		"Action that is a number": {
			`{"Statement":{"Action":7}}`,
			`line 1, column 24: statement 1: "Action" is 7: iam takes a string, or a list of them`,
		},
		"Action that is an object": {
			`{"Statement":{"Action":{}}}`,
			`line 1, column 24: statement 1: "Action" is an object: iam takes a string`,
		},
		"no Principal": {
			`{"Statement":[{` + ok + `},{"Effect":"Allow","Action":"sts:*"}]}`,
			`statement 2: there is no Principal: a trust policy says whom it trusts`,
		},
		"Principal and NotPrincipal": {
			`{"Statement":{` + ok + `,"NotPrincipal":"*"}}`, `statement 1: both Principal and NotPrincipal`,
		},
		"Principal that is an ARN": {
			`{"Statement":{"Principal":"arn:aws:iam::1:root"}}`,
			`line 1, column 27: statement 1: Principal is "arn:aws:iam::1:root": iam takes "*" or an object`,
		},
		"Principal that is a list": {
			`{"Statement":{"Principal":["*"]}}`,
			`line 1, column 27: statement 1: Principal is a list: iam takes "*" or an object`,
		},
		"a kind of principal": {
			`{"Statement":{"Principal":{"federated":"x"}}}`,
			`line 1, column 28: statement 1: unknown element "federated": iam writes it Federated`,
		},
		"an unknown kind": {
			`{"Statement":{"Principal":{"OIDC":"x"}}}`,
			`unknown element "OIDC": iam knows AWS, Federated, Service, CanonicalUser here`,
		},
		"a principal that is null": {
			`{"Statement":{"Principal":{"AWS":null}}}`,
			`line 1, column 34: statement 1: "AWS" is null: iam takes a string`,
		},
		"Resource": {`{"Statement":{` + ok + `,"Resource":"*"}}`, `statement 1: Resource: a trust policy has none`},
		"NotResource": {`{"Statement":{` + ok + `,"NotResource":"*"}}`,
			`statement 1: NotResource: a trust policy has none`},
		"a Sid with a space": {
			`{"Statement":{"Sid":"a b"}}`,
			`line 1, column 21: statement 1: Sid is "a b": iam takes a string of letters and digits`,
		},
		"a Sid twice": {
			`{"Statement":[{"Sid":"a",` + ok + `},{"Sid":"a",` + ok + `}]}`,
			`statement 2: another statement has the Sid "a" too`,
		},

		// Conditions.
		"Condition that is a list": {
			`{"Statement":{"Condition":[]}}`,
			`line 1, column 27: statement 1: Condition is a list: iam takes an object of operators`,
		},
		"an operator without keys": {
			`{"Statement":{"Condition":{"StringEquals":"x"}}}`,
			`line 1, column 43: statement 1: StringEquals is "x": iam takes an object of condition keys`,
		},
		"a value that is an object": {
			`{"Statement":{"Condition":{"StringEquals":{"a:b":{}}}}}`,
			`line 1, column 50: statement 1: "a:b" is an object: iam takes a string`,
		},
		"a value that is null": {
			`{"Statement":{"Condition":{"StringEquals":{"a:b":null}}}}`,
			`line 1, column 50: statement 1: "a:b" is null`,
		},
		"an operator twice": {
			`{"Statement":{"Condition":{"StringLike":{},"StringLike":{}}}}`,
			`line 1, column 44: "StringLike" comes twice`,
		},
		"a key twice": {
			`{"Statement":{"Condition":{"StringLike":{"a:b":"x","a:b":"y"}}}}`,
			`line 1, column 52: "a:b" comes twice; the first is at line 1, column 42`,
		},
		"a key twice, by case": {
			`{"Statement":{"Condition":{"StringLike":{"a:b":"x","A:B":"y"}}}}`,
			`line 1, column 52: statement 1: the key "A:B" comes twice under StringLike, in another case`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := trustpolicy.Parse(fill(row.doc))
			require.Error(t, err)
			assert.Nil(t, policy)
			assert.Contains(t, err.Error(), row.want)
			assert.NotContains(t, err.Error(), "\n")
			assert.Less(t, len(err.Error()), 1000)
			var bad *trustpolicy.SyntaxError
			require.ErrorAs(t, err, &bad)
			assert.Contains(t, err.Error(),
				fmt.Sprintf("parse trust policy: line %d, column %d: %s", bad.Line, bad.Column, bad.Problem))
		})
	}
}
