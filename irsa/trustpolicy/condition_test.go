package trustpolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A conditionRow is what a condition alone makes of the pod's request. $S and $A are the token's
// keys sub and aud, $X is the sub of another issuer, which is not in the request; $ME is the
// token's subject.
type conditionRow struct {
	condition string
	want      any
}

// The rows follow the IAM User Guide: "Condition operators", "Multivalued context keys",
// "Condition", "Policy variables".
var conditionRows = []conditionRow{
	// No condition, and conditions that are empty.
	{``, allowed},
	{`"StringEquals":{}`, allowed},

	// StringEquals: exact, with case.
	{`"StringEquals":{"$S":"$ME"}`, allowed},
	{`"StringEquals":{"$S":["$ME"]}`, allowed},
	{`"StringEquals":{"$S":"system:serviceaccount:payments:Api"}`, denied},
	{`"StringEquals":{"$S":"system:serviceaccount:payments:ap"}`, denied},
	{`"StringEquals":{"$S":"system:serviceaccount:payments:apis"}`, denied},
	{`"StringEquals":{"$S":""}`, denied},
	{`"StringEquals":{"$A":"sts.amazonaws.com"}`, allowed},
	{`"StringEquals":{"$A":"STS.amazonaws.com"}`, denied},
	// A wildcard under StringEquals is a character.
	{`"StringEquals":{"$S":"system:serviceaccount:payments:*"}`, denied},
	{`"StringEquals":{"$S":"system:serviceaccount:payments:ap?"}`, denied},
	{`"StringEquals":{"$S":"*"}`, denied},
	// OR across values.
	{`"StringEquals":{"$S":["a","$ME"]}`, allowed},
	{`"StringEquals":{"$S":["$ME","b"]}`, allowed},
	{`"StringEquals":{"$S":["a","b"]}`, denied},
	// AND across keys and operators.
	{`"StringEquals":{"$S":"$ME","$A":"sts.amazonaws.com"}`, allowed},
	{`"StringEquals":{"$S":"$ME","$A":"other"}`, denied},
	{`"StringEquals":{"$S":"other","$A":"sts.amazonaws.com"}`, denied},
	{`"StringEquals":{"$A":"sts.amazonaws.com"},"StringLike":{"$S":"system:*"}`, allowed},
	{`"StringEquals":{"$A":"sts.amazonaws.com"},"StringLike":{"$S":"other:*"}`, denied},
	{`"StringEquals":{"$A":"other"},"StringLike":{"$S":"system:*"}`, denied},
	// Names of keys have no case.
	{`"StringEquals":{"$I:SUB":"$ME"}`, allowed},
	{`"StringEquals":{"$I:Aud":"sts.amazonaws.com"}`, allowed},
	{`"StringEquals":{"OIDC.EKS.EU-WEST-1.AMAZONAWS.COM/ID/EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"$ME"}`, allowed},
	// How IAM folds letters outside ASCII isn't documented: the long s, the Kelvin sign.
	{`"StringEquals":{"$I:\u017fub":"$ME"}`, unknown},
	{`"StringEquals":{"oidc.e\u212as.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"$ME"}`, unknown},
	{
		`"StringNotEquals":{"oidc.e\u212as.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"other"}`,
		unknown,
	},
	{`"Null":{"oidc.e\u212as.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"true"}`, unknown},
	// Numbers and booleans stand for their text.
	{`"StringEquals":{"$S":7}`, denied},
	{`"StringEquals":{"$S":[true,"$ME"]}`, allowed},
	// A key that isn't in the request doesn't match.
	{`"StringEquals":{"$X":"$ME"}`, denied},
	{`"StringLike":{"$X":"*"}`, denied},
	{`"StringEqualsIgnoreCase":{"$X":"$ME"}`, denied},
	{`"StringEquals":{"$I/:sub":"$ME"}`, denied},
	{`"StringEquals":{"https://$I:sub":"$ME"}`, denied},
	{`"StringEquals":{"$P:sub":"$ME"}`, denied},
	{`"StringEquals":{"accounts.google.com:sub":"$ME"}`, denied},
	{`"StringEquals":{"localhost:8080:sub":"$ME"}`, denied},

	// StringNotEquals: none of the values; an absent key matches.
	{`"StringNotEquals":{"$S":"$ME"}`, denied},
	{`"StringNotEquals":{"$S":"other"}`, allowed},
	{`"StringNotEquals":{"$S":["other","$ME"]}`, denied},
	{`"StringNotEquals":{"$S":["other","another"]}`, allowed},
	{`"StringNotEquals":{"$S":"system:serviceaccount:payments:Api"}`, allowed},
	{`"StringNotEquals":{"$S":"system:*"}`, allowed},
	{`"StringNotEquals":{"$X":"$ME"}`, allowed},
	{`"StringNotLike":{"$X":"*"}`, allowed},
	{`"StringNotEqualsIgnoreCase":{"$X":"$ME"}`, allowed},

	// …IgnoreCase.
	{`"StringEqualsIgnoreCase":{"$S":"SYSTEM:serviceaccount:payments:Api"}`, allowed},
	{`"StringEqualsIgnoreCase":{"$S":"$ME"}`, allowed},
	{`"StringEqualsIgnoreCase":{"$S":"SYSTEM:serviceaccount:payments:apis"}`, denied},
	{`"StringEqualsIgnoreCase":{"$S":"system:serviceaccount:payments:*"}`, denied},
	{`"StringNotEqualsIgnoreCase":{"$S":"SYSTEM:serviceaccount:payments:api"}`, denied},
	{`"StringNotEqualsIgnoreCase":{"$S":"other"}`, allowed},
	{`"StringNotEqualsIgnoreCase":{"$S":["other","SYSTEM:serviceaccount:payments:API"]}`, denied},
	{`"StringEqualsIgnoreCase":{"$S":"\u017fystem:serviceaccount:payments:api"}`, unknown},
	{
		`"StringEqualsIgnoreCase":{"$S":["\u017fystem:serviceaccount:payments:api",` +
			`"SYSTEM:serviceaccount:payments:api"]}`,
		allowed,
	},
	{`"StringNotEqualsIgnoreCase":{"$S":"\u017fystem:serviceaccount:payments:api"}`, unknown},

	// StringLike: * is any number of characters, ? is one; with case.
	{`"StringLike":{"$S":"$ME"}`, allowed},
	{`"StringLike":{"$S":"*"}`, allowed},
	{`"StringLike":{"$S":"**"}`, allowed},
	{`"StringLike":{"$S":"?*"}`, allowed},
	{`"StringLike":{"$S":""}`, denied},
	{`"StringLike":{"$S":"?"}`, denied},
	{`"StringLike":{"$S":"system:serviceaccount:payments:*"}`, allowed},
	{`"StringLike":{"$S":"system:serviceaccount:*:api"}`, allowed},
	{`"StringLike":{"$S":"system:*:api"}`, allowed},
	{`"StringLike":{"$S":"*payments*"}`, allowed},
	{`"StringLike":{"$S":"*payments"}`, denied},
	{`"StringLike":{"$S":"payments*"}`, denied},
	{`"StringLike":{"$S":"system:serviceaccount:payments:api*"}`, allowed},
	{`"StringLike":{"$S":"system:serviceaccount:payments:api?"}`, denied},
	{`"StringLike":{"$S":"system:serviceaccount:payments:ap?"}`, allowed},
	{`"StringLike":{"$S":"system:serviceaccount:payments:???"}`, allowed},
	{`"StringLike":{"$S":"system:serviceaccount:payments:????"}`, denied},
	{`"StringLike":{"$S":"System:*"}`, denied},
	{`"StringLike":{"$S":"system:serviceaccount:pay*:a*"}`, allowed},
	{`"StringLike":{"$S":"system:serviceaccount:pay*:b*"}`, denied},
	{`"StringLike":{"$S":["a*","*api"]}`, allowed},
	{`"StringLike":{"$S":["a*","b*"]}`, denied},
	{`"StringLike":{"$A":"sts.*"}`, allowed},
	{`"StringNotLike":{"$S":"system:*"}`, denied},
	{`"StringNotLike":{"$S":"system:serviceaccount:kube-system:*"}`, allowed},
	{`"StringNotLike":{"$S":["x*","*:api"]}`, denied},
	{`"StringNotLike":{"$S":["x*","y*"]}`, allowed},

	// IfExists: an absent key matches; one that is there is compared.
	{`"StringEqualsIfExists":{"$S":"$ME"}`, allowed},
	{`"StringEqualsIfExists":{"$S":"other"}`, denied},
	{`"StringEqualsIfExists":{"$X":"other"}`, allowed},
	{`"StringLikeIfExists":{"$S":"*:api"}`, allowed},
	{`"StringLikeIfExists":{"$S":"*:other"}`, denied},
	{`"StringLikeIfExists":{"$X":"*:other"}`, allowed},
	{`"StringEqualsIgnoreCaseIfExists":{"$S":"SYSTEM:serviceaccount:payments:api"}`, allowed},
	{`"StringEqualsIgnoreCaseIfExists":{"$X":"x"}`, allowed},
	{`"StringNotEqualsIfExists":{"$S":"$ME"}`, denied},
	{`"StringNotEqualsIfExists":{"$S":"other"}`, allowed},
	{`"StringNotEqualsIfExists":{"$X":"other"}`, allowed},
	{`"StringNotLikeIfExists":{"$S":"*api"}`, denied},
	{`"StringNotLikeIfExists":{"$X":"*"}`, allowed},
	{`"StringNotEqualsIgnoreCaseIfExists":{"$S":"System:serviceaccount:payments:api"}`, denied},

	// Null: true wants the key absent, false wants it there.
	{`"Null":{"$S":"false"}`, allowed},
	{`"Null":{"$S":false}`, allowed},
	{`"Null":{"$S":"true"}`, denied},
	{`"Null":{"$S":true}`, denied},
	{`"Null":{"$X":"true"}`, allowed},
	{`"Null":{"$X":"false"}`, denied},
	{`"Null":{"$A":["true","false"]}`, allowed},
	{`"Null":{"$S":"false","$X":"true"}`, allowed},
	{`"Null":{"$S":"false","$X":"false"}`, denied},
	{`"Null":{"$S":"maybe"}`, unknown},
	{`"NullIfExists":{"$S":"false"}`, unknown},
	{`"ForAllValues:Null":{"$S":"false"}`, unknown},
	{`"Null":{"aws:SourceIp":"false"}`, unknown},

	// ForAnyValue: one of the request's values matches; an absent key does not.
	{`"ForAnyValue:StringEquals":{"$S":["a","$ME"]}`, allowed},
	{`"ForAnyValue:StringEquals":{"$S":["a","b"]}`, denied},
	{`"ForAnyValue:StringEquals":{"$X":["a","b"]}`, denied},
	{`"ForAnyValue:StringLike":{"$S":"*:api"}`, allowed},
	{`"ForAnyValue:StringLike":{"$A":"*.com"}`, allowed},
	{`"ForAnyValue:StringNotEquals":{"$S":"$ME"}`, denied},
	{`"ForAnyValue:StringNotEquals":{"$S":"other"}`, allowed},
	{`"ForAnyValue:StringNotEquals":{"$X":"other"}`, denied},
	{`"ForAnyValue:StringNotLike":{"$X":"other"}`, denied},
	{`"ForAnyValue:StringEqualsIgnoreCase":{"$S":"SYSTEM:serviceaccount:payments:api"}`, allowed},
	{`"ForAnyValue:StringEqualsIfExists":{"$S":"$ME"}`, allowed},
	{`"ForAnyValue:StringEqualsIfExists":{"$X":"a"}`, unknown},

	// ForAllValues: all of the request's values match; also none at all.
	{`"ForAllValues:StringEquals":{"$S":["a","$ME"]}`, allowed},
	{`"ForAllValues:StringEquals":{"$S":["a","b"]}`, denied},
	{`"ForAllValues:StringEquals":{"$X":["a","b"]}`, allowed},
	{`"ForAllValues:StringLike":{"$S":"*:api"}`, allowed},
	{`"ForAllValues:StringLike":{"$X":"*:api"}`, allowed},
	{`"ForAllValues:StringNotEquals":{"$S":"$ME"}`, denied},
	{`"ForAllValues:StringNotEquals":{"$S":"other"}`, allowed},
	{`"ForAllValues:StringNotEquals":{"$X":"other"}`, allowed},
	{`"ForAllValues:StringNotLike":{"$S":"*api"}`, denied},
	{`"ForAllValues:StringEqualsIfExists":{"$S":"other"}`, denied},
	{`"ForAllValues:StringEqualsIfExists":{"$X":"other"}`, allowed},

	// What can't be known here is Unknown where it matters.
	{`"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}`, unknown},
	{`"StringEquals":{"aws:SourceVpc":"vpc-1"}`, unknown},
	{`"StringNotEquals":{"aws:SourceVpc":"vpc-1"}`, unknown},
	{`"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}`, unknown},
	{`"ForAllValues:StringEquals":{"aws:TagKeys":"a"}`, unknown},
	{`"StringEquals":{"sts:RoleSessionName":"payments.api"}`, unknown},
	{`"StringEquals":{"aws:RequestTag/a.b:sub":"$ME"}`, unknown},
	{`"StringEquals":{"aws:RequestTag/https://a.b/c:sub":"$ME"}`, unknown},
	{`"StringNotEquals":{"aws:RequestTag/https://a.b/c:sub":"$ME"}`, unknown},
	{`"StringEquals":{"$I:amr":"$ME"}`, unknown},
	{`"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}`, unknown},
	{`"ArnLike":{"$S":"$ME"}`, unknown},
	{`"Bool":{"aws:SecureTransport":"true"}`, unknown},
	{`"NumericLessThan":{"sts:DurationSeconds":3600}`, unknown},
	{`"stringequals":{"$S":"$ME"}`, unknown},
	{`"StringEqual":{"$S":"$ME"}`, unknown},
	{`"ForSomeValues:StringEquals":{"$S":"$ME"}`, unknown},
	{`"StringEquals":{"$S":[]}`, unknown},
	// … and doesn't matter where another condition decides.
	{`"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"StringEquals":{"$S":"other"}`, denied},
	{`"StringEquals":{"$S":"other","aws:SourceVpc":"vpc-1"}`, denied},
	{`"StringEquals":{"$S":"$ME","aws:SourceVpc":"vpc-1"}`, unknown},

	// Policy variables: known are the three that stand for a character.
	{`"StringEquals":{"$S":"${aws:username}"}`, unknown},
	{`"StringLike":{"$S":"system:serviceaccount:${aws:PrincipalTag/ns}:*"}`, unknown},
	{`"StringEquals":{"$S":["${aws:username}","$ME"]}`, allowed},
	{`"StringNotEquals":{"$S":["${aws:username}","$ME"]}`, denied},
	{`"StringNotEquals":{"$S":["${aws:username}","other"]}`, unknown},
	{`"StringLike":{"$S":"${*}"}`, denied},
	{`"StringLike":{"$S":"system:serviceaccount:payments:ap${?}"}`, denied},
	{`"StringEquals":{"$S":"${$}"}`, denied},
	{`"StringNotLike":{"$S":"${*}"}`, allowed},
	{`"StringEquals":{"$S":"$$ME"}`, denied},
	{`"StringEquals":{"$S":"${"}`, unknown},
}

func TestConditions(t *testing.T) { testConditions(t, conditionRows) }

func testConditions(t *testing.T, rows []conditionRow) {
	fill := strings.NewReplacer("$S", "$I:sub", "$A\"", "$I:aud\"",
		"$X", "oidc.eks.eu-west-1.amazonaws.com/id/ANOTHER:sub", "$ME", "system:serviceaccount:payments:api")
	for i, row := range rows {
		t.Run(fmt.Sprintf("%d %s", i, row.condition), func(t *testing.T) {
			d := evaluate(t, allow(fill.Replace(row.condition)), pod)
			assert.Equal(t, row.want, d.Outcome, "%s", d)
		})
	}
}
