package irsatest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

const (
	eks     = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	roleARN = "arn:aws:iam::111122223333:role/teams/payments/reader"
	subject = "system:serviceaccount:payments:api"
)

// issuer is one for all tests that don't change it: a key takes a while to make.
var issuer = irsatest.NewIssuer(eks)

var apiPod = irsatest.Claims{Namespace: "payments", ServiceAccount: "api"}

func trusting(t testing.TB, issuer *irsatest.Issuer) *irsatest.STS {
	t.Helper()
	s := new(irsatest.STS)
	require.NoError(t, s.Trust(roleARN, issuer, subject))
	return s
}

// client is the SDK's own, without retries.
func client(s *irsatest.STS) *sts.Client {
	return sts.New(sts.Options{Region: "eu-west-1", HTTPClient: s.Client(), Retryer: aws.NopRetryer{}})
}

func exchange(token string) *sts.AssumeRoleWithWebIdentityInput {
	return &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(roleARN), RoleSessionName: aws.String("payments.api-0"),
		WebIdentityToken: aws.String(token),
	}
}

func TestATokenIsExchangedForASession(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run("signed with "+alg, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				issuer := irsatest.NewIssuer(eks)
				issuer.Algorithm = alg
				s := trusting(t, issuer)
				out, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
				require.NoError(t, err)
				assert.Equal(t, "arn:aws:sts::111122223333:assumed-role/reader/payments.api-0",
					*out.AssumedRoleUser.Arn)
				assert.Regexp(t, `^AROA[0-9A-F]{17}:payments.api-0$`, *out.AssumedRoleUser.AssumedRoleId)
				assert.Equal(t, "sts.amazonaws.com", *out.Audience)
				assert.Equal(t, subject, *out.SubjectFromWebIdentityToken)
				assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/"+strings.TrimPrefix(eks, "https://"),
					*out.Provider)
				assert.Regexp(t, `^ASIA[A-Z2-7]{16}$`, *out.Credentials.AccessKeyId)
				assert.Len(t, *out.Credentials.SecretAccessKey, 40)
				assert.NotEmpty(t, *out.Credentials.SessionToken)
				assert.Equal(t, time.Hour, out.Credentials.Expiration.Sub(time.Now().UTC()))

				id, err := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: s.Client(),
					Credentials: static(out.Credentials)}).
					GetCallerIdentity(t.Context(), nil)
				require.NoError(t, err)
				assert.Equal(t, *out.AssumedRoleUser.Arn, *id.Arn)
				assert.Equal(t, *out.AssumedRoleUser.AssumedRoleId, *id.UserId)
				assert.Equal(t, "111122223333", *id.Account)
				s.Wait()
			})
		})
	}
	t.Run("by stscreds over a real server", func(t *testing.T) {
		server := httptest.NewServer(trusting(t, issuer))
		defer server.Close()
		pod, err := irsatest.WritePod(t.TempDir(),
			irsatest.PodOptions{Issuer: issuer, RoleARN: roleARN, Claims: apiPod})
		require.NoError(t, err)
		c := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &server.URL})
		creds, err := stscreds.NewWebIdentityRoleProvider(c, roleARN,
			stscreds.IdentityTokenFile(pod.TokenFile())).Retrieve(t.Context())
		require.NoError(t, err)
		assert.True(t, creds.HasKeys())
		assert.Equal(t, "111122223333", creds.AccountID)
	})
}

func static(c *types.Credentials) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

func TestABadExchangeIsRefusedInSTSsWords(t *testing.T) {
	s := trusting(t, issuer)
	good := issuer.Token(apiPod)
	with := func(name string, value any) string {
		c := apiPod
		c.Set = map[string]any{name: value}
		return issuer.Token(c)
	}
	const (
		badRequest = http.StatusBadRequest
		notJWT     = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
		noKey      = "Couldn't retrieve verification key from your identity provider,  please reference " +
			"AssumeRoleWithWebIdentity documentation for requirements"
		denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
	)
	for _, tc := range []struct {
		name    string
		token   string
		change  func(*sts.AssumeRoleWithWebIdentityInput)
		code    string
		status  int
		message string
	}{
		{"no subject", with("sub", nil), nil, "InvalidIdentityToken", badRequest, "Missing a required claim: sub"},
		{"no audience", with("aud", nil), nil, "InvalidIdentityToken", badRequest, "Missing a required claim: aud"},
		{"no issue time", with("iat", nil), nil, "InvalidIdentityToken", badRequest, "Missing a required claim: iat"},
		{"no end", with("exp", nil), nil, "InvalidIdentityToken", badRequest, "Missing a required claim: exp"},
		{"an end in words", with("exp", "soon"), nil, "InvalidIdentityToken", badRequest, notJWT},
		{"an end in fractions", with("exp", 4e9+0.5), nil, "InvalidIdentityToken", badRequest, notJWT},
		{"an audience that is a number", with("aud", 1), nil, "InvalidIdentityToken", badRequest,
			"Incorrect token audience"},
		{"several audiences", with("aud", []string{"sts.amazonaws.com", "b"}), nil, "InvalidIdentityToken", badRequest,
			"Token audience contains more than one audience while authorized party is not present"},
		{"another audience", with("aud", []string{"sts.amazon.com"}), nil, "InvalidIdentityToken", badRequest,
			"Incorrect token audience"},
		{"no audience in the list", with("aud", []string{}), nil, "InvalidIdentityToken", badRequest,
			"Incorrect token audience"},
		{"not yet valid", with("nbf", time.Now().Add(time.Hour).Unix()), nil, "InvalidIdentityToken", badRequest,
			"The ID Token provided is not yet valid"},
		{"another issuer", with("iss", "https://other.example"), nil, "InvalidIdentityToken", badRequest,
			"No OpenIDConnect provider found in your account for https://other.example"},
		{"another key", irsatest.NewIssuer(eks).Token(apiPod), nil, "InvalidIdentityToken", badRequest, noKey},
		{"a forged signature", good[:len(good)-8] + "AAAAAAAA", nil, "InvalidIdentityToken", badRequest, notJWT},
		{"garbage", "garbage", nil, "InvalidIdentityToken", badRequest, notJWT},
		{"no algorithm", "eyJhbGciOiJub25lIn0." + strings.Split(good, ".")[1] + ".", nil, "InvalidIdentityToken",
			badRequest, notJWT},
		{"another service account", with("sub", "system:serviceaccount:payments:web"), nil, "AccessDenied",
			http.StatusForbidden, denied},
		{"an unknown role", good, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String("arn:aws:iam::111122223333:role/unknown")
		}, "AccessDenied", http.StatusForbidden, denied},
		{"a role ARN with a colon too many", good, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleArn = aws.String("arn:aws:iam::::111122223333:role/reader")
		}, "ValidationError", badRequest, "Request ARN is invalid"},
		{"a short role ARN", good, func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleArn = aws.String("reader") },
			"ValidationError", badRequest,
			"1 validation error detected: Value 'reader' at 'roleArn' failed to satisfy constraint: Member must " +
				"have length greater than or equal to 20"},
		{"an illegal session name", good, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleSessionName = aws.String("a:b")
		}, "ValidationError", badRequest,
			`1 validation error detected: Value 'a:b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{"a long session name and a short token", "abc", func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.RoleSessionName = aws.String(strings.Repeat("a", 65))
		}, "ValidationError", badRequest,
			"2 validation errors detected: Value '" + strings.Repeat("a", 65) + "' at 'roleSessionName' failed " +
				"to satisfy constraint: Member must have length less than or equal to 64; " +
				"Value at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than " +
				"or equal to 4"},
		{"a token of 20001 bytes", strings.Repeat("a", 20001), nil, "ValidationError", badRequest,
			"1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must " +
				"have length less than or equal to 20000"},
		{"a duration of 14 minutes", good, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.DurationSeconds = aws.Int32(840)
		}, "ValidationError", badRequest,
			"1 validation error detected: Value '840' at 'durationSeconds' failed to satisfy constraint: Member " +
				"must have value greater than or equal to 900"},
		{"a duration of 13 hours", good, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.DurationSeconds = aws.Int32(46800)
		}, "ValidationError", badRequest,
			"1 validation error detected: Value '46800' at 'durationSeconds' failed to satisfy constraint: " +
				"Member must have value less than or equal to 43200"},
		{"a duration above the role's", good, func(in *sts.AssumeRoleWithWebIdentityInput) {
			in.DurationSeconds = aws.Int32(7200)
		}, "ValidationError", badRequest,
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{"a session policy that is not JSON", good,
			func(in *sts.AssumeRoleWithWebIdentityInput) { in.Policy = aws.String("{") }, "MalformedPolicyDocument",
			badRequest,
			"This policy contains invalid Json"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := exchange(tc.token)
			if tc.change != nil {
				tc.change(in)
			}
			_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), in)
			requireAPIError(t, err, tc.code, tc.status, tc.message)
		})
	}
	t.Run("a token older than a day, whatever its end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := apiPod
			c.Lifetime = 365 * 24 * time.Hour
			token := issuer.Token(c)
			time.Sleep(24 * time.Hour)
			_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(token))
			require.NoError(t, err)
			time.Sleep(4 * 24 * time.Hour)
			_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(token))
			requireAPIError(t, err, "ExpiredTokenException", badRequest, "Token too old: 432000")
		})
	})
	t.Run("an expired token, with the clock of STS in the words", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			token := issuer.Token(apiPod)
			time.Sleep(24 * time.Hour)
			_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(token))
			requireAPIError(t, err, "ExpiredTokenException", badRequest,
				"Token expired: current date/time 946771200 must be before the expiration date/time 946771200")
			var typed *types.ExpiredTokenException
			require.ErrorAs(t, err, &typed)
		})
	})
}

func requireAPIError(t *testing.T, err error, code string, status int, message string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, code, api.ErrorCode())
	assert.Equal(t, message, api.ErrorMessage())
	var response *awshttp.ResponseError
	require.True(t, errors.As(err, &response))
	assert.Equal(t, status, response.HTTPStatusCode())
	assert.Len(t, response.ServiceRequestID(), 36)
}
