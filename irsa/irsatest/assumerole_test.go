package irsatest_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

const (
	auditARN = "arn:aws:iam::444455556666:role/audit"
	userARN  = "arn:aws:iam::111122223333:user/ci"
)

func signedBy(s *irsatest.STS, c aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{Region: "eu-west-1", HTTPClient: s.Client(), Credentials: c, Retryer: aws.NopRetryer{}})
}

// statement is a trust policy of one statement that allows sts:AssumeRole.
func statement(principal, rest string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":` + principal + `,"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]` + rest + `}}`
}

func assume(optFns ...func(*sts.AssumeRoleInput)) *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{RoleArn: aws.String(auditARN), RoleSessionName: aws.String("payments.api-0")}
	for _, fn := range optFns {
		fn(in)
	}
	return in
}

func TestASessionAssumesARoleThatTrustsIt(t *testing.T) {
	denied := func(action string) string {
		return "User: arn:aws:sts::111122223333:assumed-role/reader/payments.api-0 is not authorized to perform: " +
			action + " on resource: " + auditARN
	}
	external := func(id string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String(id) }
	}
	tagged := func(in *sts.AssumeRoleInput) {
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("payments")}}
	}
	onlyAssume := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`
	for _, tc := range []struct {
		name, policy string
		change       func(*sts.AssumeRoleInput)
		denied       string // action
	}{
		{"its role", statement(`{"AWS":"`+roleARN+`"}`, ""), nil, ""},
		{"its account", statement(`{"AWS":["arn:aws:iam::111122223333:root"]}`, ""), nil, ""},
		{"its account's number", onlyAssume, nil, ""},
		{"the session itself", statement(`{"AWS":"arn:aws:sts::111122223333:assumed-role/reader/payments.api-0"}`,
			""), nil, ""},
		{"everyone", statement(`"*"`, ""), nil, ""},
		{"everyone in AWS", statement(`{"AWS":"*"}`, ""), nil, ""},
		{"another role", statement(`{"AWS":"arn:aws:iam::111122223333:role/writer"}`, ""), nil, "sts:AssumeRole"},
		{"another account", statement(`{"AWS":"222233334444"}`, ""), nil, "sts:AssumeRole"},
		{"a service", statement(`{"Service":"ec2.amazonaws.com"}`, ""), nil, "sts:AssumeRole"},
		{"it with the external id", statement(`"*"`, `,"Condition":{"StringEquals":{"sts:ExternalId":"x-1"}}`),
			external("x-1"), ""},
		{"it with another external id", statement(`"*"`,
			`,"Condition":{"StringEquals":{"sts:ExternalId":["x-1","x-3"]}}`), external("x-2"), "sts:AssumeRole"},
		{"it with an external id, and it has none",
			statement(`"*"`, `,"Condition":{"StringEquals":{"sts:ExternalId":"x-1"}}`), nil, "sts:AssumeRole"},
		{"it by a pattern", statement(`"*"`, `,"Condition":{"StringLike":{"STS:RoleSessionName":"payments.*-?"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/teams/*"}}`), nil, ""},
		{"all but it", statement(`"*"`, `,"Condition":{"StringNotLike":{"sts:RoleSessionName":"payments.*"}}`), nil,
			"sts:AssumeRole"},
		{"it if it has an external id", statement(`"*"`,
			`,"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"x-1"}}`), nil, ""},
		{"it under what can't be judged", statement(`"*"`,
			`,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}`), nil, "sts:AssumeRole"},
		{"it under a key that can't be judged",
			statement(`"*"`, `,"Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}`), nil, "sts:AssumeRole"},
		{"it, and denies it", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},
			{"Effect":"Deny","Principal":{"AWS":"` + roleARN + `"},"Action":"sts:*"}]}`, nil, "sts:AssumeRole"},
		{"it, and denies all but others", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"},
			{"Effect":"Deny","NotPrincipal":{"AWS":"` + roleARN + `"},"Action":"sts:AssumeRole"}]}`, nil, "sts:AssumeRole"},
		{"it with tags", statement(`"*"`, `,"Condition":{"StringEquals":{"aws:RequestTag/team":"payments"}}`), tagged,
			""},
		{"it, but not with tags", onlyAssume, tagged, "sts:TagSession"},
		{"it, but not with a source identity", onlyAssume,
			func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("ada") }, "sts:SetSourceIdentity"},
	} {
		t.Run("the role trusts "+tc.name, func(t *testing.T) {
			s := trusting(t, issuer)
			require.NoError(t, s.AddRole(irsatest.Role{ARN: auditARN, TrustPolicy: tc.policy}))
			in := assume()
			if tc.change != nil {
				tc.change(in)
			}
			out, err := signedBy(s, static(session(t, s, issuer))).AssumeRole(t.Context(), in)
			if tc.denied != "" {
				requireAPIError(t, err, "AccessDenied", http.StatusForbidden, denied(tc.denied))
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "arn:aws:sts::444455556666:assumed-role/audit/payments.api-0", *out.AssumedRoleUser.Arn)
			id, err := signedBy(s, static(out.Credentials)).GetCallerIdentity(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, "444455556666", *id.Account)
		})
	}
	t.Run("the role does not exist", func(t *testing.T) {
		s := trusting(t, issuer)
		_, err := signedBy(s, static(session(t, s, issuer))).AssumeRole(t.Context(), assume())
		requireAPIError(t, err, "AccessDenied", http.StatusForbidden, denied("sts:AssumeRole"))
	})
	t.Run("a web identity is no AWS identity, nor the other way round", func(t *testing.T) {
		s := trusting(t, issuer)
		_, err := signedBy(s, static(session(t, s, issuer))).AssumeRole(t.Context(),
			assume(func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String(roleARN) }))
		require.ErrorContains(t, err, "sts:AssumeRole on resource")
		require.NoError(t, s.AddRole(irsatest.Role{ARN: roleARN, TrustPolicy: statement(`"*"`, "")}))
		_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
		requireCode(t, err, "AccessDenied")
	})
}

func TestAChainedSessionIsCappedAtOneHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		require.NoError(t, s.AddRole(irsatest.Role{ARN: auditARN,
			TrustPolicy: statement(`{"AWS":"111122223333"}`, ""), MaxSessionDuration: 12 * time.Hour}))
		require.NoError(t, s.AddUser(userARN, "AKIAUSER", "a user's secret"))
		lasting := func(d time.Duration) *sts.AssumeRoleInput {
			return assume(func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(int32(d / time.Second)) })
		}
		chained := signedBy(s, static(session(t, s, issuer)))
		out, err := chained.AssumeRole(t.Context(), lasting(time.Hour))
		require.NoError(t, err)
		assert.Equal(t, time.Hour, time.Until(*out.Credentials.Expiration))
		_, err = chained.AssumeRole(t.Context(), lasting(time.Hour+time.Second))
		requireAPIError(t, err, "ValidationError", http.StatusBadRequest,
			"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")

		user := signedBy(s, credentials.NewStaticCredentialsProvider("AKIAUSER", "a user's secret", ""))
		out, err = user.AssumeRole(t.Context(), lasting(12*time.Hour))
		require.NoError(t, err, "a user is no session")
		assert.Equal(t, 12*time.Hour, time.Until(*out.Credentials.Expiration))
		id, err := user.GetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		assert.Equal(t, userARN, *id.Arn)
	})
	require.Error(t, new(irsatest.STS).AddUser("arn:aws:iam::111122223333:role/ci", "a", "b"))
}

func TestASourceIdentityStaysForTheChain(t *testing.T) {
	s := trusting(t, issuer)
	require.NoError(t, s.AddRole(irsatest.Role{ARN: auditARN, TrustPolicy: statement(`"*"`, "")}))
	as := func(name string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String(name) }
	}
	first, err := signedBy(s, static(session(t, s, issuer))).AssumeRole(t.Context(), assume(as("ada")))
	require.NoError(t, err)
	assert.Equal(t, "ada", *first.SourceIdentity)
	second, err := signedBy(s, static(first.Credentials)).AssumeRole(t.Context(), assume())
	require.NoError(t, err)
	assert.Equal(t, "ada", *second.SourceIdentity)
	_, err = signedBy(s, static(second.Credentials)).AssumeRole(t.Context(), assume(as("eve")))
	requireCode(t, err, "AccessDenied")
}

func TestAssumeRolesParametersHaveLimits(t *testing.T) {
	s := trusting(t, issuer)
	require.NoError(t, s.AddRole(irsatest.Role{ARN: auditARN, TrustPolicy: statement(`"*"`, "")}))
	c := signedBy(s, static(session(t, s, issuer)))
	for want, change := range map[string]func(*sts.AssumeRoleInput){
		"Value 'x' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2":                func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("x") },
		`Value 'a b' at 'sourceIdentity' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`: func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("a b") },
		"at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256": func(in *sts.AssumeRoleInput) {
			in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String(strings.Repeat("v", 257))}}
		},
		"Duplicate tag keys": func(in *sts.AssumeRoleInput) {
			in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String("1")},
				{Key: aws.String("k"), Value: aws.String("2")}}
		},
		"at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10": func(in *sts.AssumeRoleInput) {
			in.PolicyArns = make([]types.PolicyDescriptorType, 11)
			for i := range in.PolicyArns {
				in.PolicyArns[i].Arn = aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")
			}
		},
	} {
		_, err := c.AssumeRole(t.Context(), assume(change))
		require.ErrorContains(t, err, want)
	}
}

func FuzzAddRole(f *testing.F) {
	f.Add(statement(`{"AWS":["111122223333"]}`, `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":[true,1,"x"]}}`))
	f.Add(statement(`{"Federated":"x","AWS":"*"}`, ""))
	f.Add(`{"Statement":[]}`)
	f.Fuzz(func(t *testing.T, policy string) {
		var s irsatest.STS
		_, err := trustpolicy.Parse([]byte(policy))
		if err != nil {
			require.Error(t, s.AddRole(irsatest.Role{ARN: auditARN, TrustPolicy: policy}))
			return
		}
		require.NoError(t, s.AddRole(irsatest.Role{ARN: auditARN, TrustPolicy: policy}),
			"what is a policy for one is one for the other")
	})
}
