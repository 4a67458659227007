package trustpolicy_test

import "testing"

func TestAKeyThatOnlyNearlyIsTheTokensIsNotInTheRequest(t *testing.T) {
	testConditions(t, []conditionRow{
		{`"StringEquals":{"$I":"$ME"}`, denied},
		{`"StringEquals":{"sub":"$ME"}`, denied},
		{`"StringEquals":{":sub":"$ME"}`, denied},
		{`"StringEquals":{"EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"$ME"}`, denied},
		{`"StringEquals":{"oidc-provider/$I:sub":"$ME"}`, denied},
		{`"StringEquals":{"${OIDC_PROVIDER}:sub":"$ME"}`, denied},
		{`"StringEquals":{"$OIDC_PROVIDER:sub":"$ME"}`, denied},
		{`"StringEquals":{"oidc.eks.${AWS_REGION}.amazonaws.com/id/A:sub":"$ME"}`, denied},
		{`"StringEquals":{"<OIDC_PROVIDER>:sub":"$ME"}`, denied},
		{`"StringNotEquals":{"$I":"$ME"}`, allowed},
		{`"StringNotEquals":{"EXAMPLED539D4633E53DE1B71EXAMPLE:sub":"$ME"}`, allowed},
		{`"StringEqualsIfExists":{"oidc-provider/$I:sub":"other"}`, allowed},
		{`"Null":{"${OIDC_PROVIDER}:sub":"true"}`, allowed},
		{`"Null":{"${OIDC_PROVIDER}:sub":"false"}`, denied},
		// A word before the colon may be a service's.
		{`"StringEquals":{"oidc:sub":"$ME"}`, unknown},
		{`"StringNotEquals":{"oidc:sub":"$ME"}`, unknown},
		{`"StringNotEquals":{"\u017fts:RoleSessionName":"x"}`, unknown},
	})
}

func TestAnEmptyListOfValuesMatchesAsTheSetOperatorsSay(t *testing.T) {
	testConditions(t, []conditionRow{
		// There is none in an empty list, whatever the request has.
		{`"ForAnyValue:StringEquals":{"$S":[]}`, denied},
		{`"ForAnyValue:StringLike":{"$S":[]}`, denied},
		{`"ForAnyValue:StringEqualsIfExists":{"$S":[]}`, denied},
		{`"ForAnyValue:StringEqualsIfExists":{"$X":[]}`, unknown},
		{`"ForAnyValue:StringEquals":{"$X":[]}`, denied},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":[]}`, denied},
		{`"ForAnyValue:StringNotEquals":{"$X":[]}`, denied},
		{`"ForAnyValue:StringNotEquals":{"$S":[]}`, unknown},
		// None of the request's can be in an empty list, so that only an absent key matches.
		{`"ForAllValues:StringEquals":{"$S":[]}`, denied},
		{`"ForAllValues:StringLikeIfExists":{"$S":[]}`, denied},
		{`"ForAllValues:StringEquals":{"$X":[]}`, allowed},
		{`"ForAllValues:StringNotEquals":{"$X":[]}`, allowed},
		{`"ForAllValues:StringNotEquals":{"$S":[]}`, unknown},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":[]}`, unknown},
		// Without a set operator that is open, but for a key that the request lacks.
		{`"StringNotEquals":{"$S":[]}`, unknown},
		{`"StringEquals":{"$X":[]}`, denied},
		{`"StringNotEquals":{"$X":[]}`, allowed},
		{`"Null":{"$X":[]}`, unknown},
	})
}
