package irsatest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestRequestsAreKeptWithoutTheirSecrets(t *testing.T) {
	s := trusting(t, issuer)
	one, two := issuer.Token(apiPod), issuer.Token(apiPod)
	for _, token := range []string{one, one, two, "garbage"} {
		_, _ = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(token))
	}
	creds := session(t, s, issuer)
	c := signedBy(s, static(creds))
	_, err := c.GetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	presigned, err := sts.NewPresignClient(c).PresignGetCallerIdentity(t.Context(), nil)
	require.NoError(t, err)
	resp, err := s.Client().Get(presigned.URL)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())

	requests := s.Requests()
	require.Len(t, requests, 7)
	first := requests[0]
	assert.Equal(t, "AssumeRoleWithWebIdentity", first.Op)
	assert.Equal(t, roleARN, first.Params.Get("RoleArn"))
	assert.Equal(t, "payments.api-0", first.Params.Get("RoleSessionName"))
	assert.Equal(t, "sts.eu-west-1.amazonaws.com", first.Host)
	assert.Contains(t, first.UserAgent, "aws-sdk-go-v2")
	assert.False(t, first.Received.IsZero())
	assert.Empty(t, first.Code)
	token := func(i int) string { return requests[i].Params.Get("WebIdentityToken") }
	assert.Regexp(t, "^sha256:[0-9a-f]{16}$", token(0))
	assert.Equal(t, token(0), token(1))
	assert.NotEqual(t, token(0), token(2))
	assert.Equal(t, "InvalidIdentityToken", requests[3].Code)
	assert.Equal(t, "GetCallerIdentity", requests[5].Op)
	assert.Equal(t, *creds.AccessKeyId, requests[5].AccessKey)
	assert.Equal(t, "eu-west-1", requests[5].Region)
	assert.Empty(t, first.AccessKey+first.Region, "it isn't signed")
	assert.Equal(t, *creds.AccessKeyId, requests[6].AccessKey, "presigned")
	assert.Equal(t, http.StatusOK, resp.StatusCode)

	text, err := json.Marshal(requests)
	require.NoError(t, err)
	for _, secret := range []string{one, two, *creds.SecretAccessKey, *creds.SessionToken, "Signature="} {
		assert.NotContains(t, string(text), secret)
		assert.NotContains(t, string(text), url.QueryEscape(secret))
	}
}

func post(t testing.TB, s *irsatest.STS, contentType, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://sts.eu-west-1.amazonaws.com/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	answer, err := io.ReadAll(w.Result().Body)
	require.NoError(t, err)
	return w.Code, string(answer)
}

const form = "application/x-www-form-urlencoded"

func TestARequestThatIsNoneIsRefused(t *testing.T) {
	s := trusting(t, issuer)
	for _, tc := range []struct {
		name, contentType, body, want string
		status                        int
	}{
		{"nothing", "", "", "<Code>MissingAction</Code>", 400},
		{"an unknown action", form, "Action=GetSessionToken&Version=2011-06-15",
			"Could not find operation GetSessionToken for version 2011-06-15", 400},
		{"another version", form, "Action=GetCallerIdentity&Version=2010-01-01",
			"Could not find operation GetCallerIdentity for version 2010-01-01", 400},
		{"no version", form, "Action=GetCallerIdentity", "for version NO_VERSION_SPECIFIED", 400},
		{"a form that is none", form, "a=%zz", "<Code>MalformedQueryString</Code>", 400},
		{"a body of 2 MB", form, strings.Repeat("a", 2<<20), "<Code>RequestEntityTooLarge</Code>", 413},
		{"no parameters", form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15",
			"3 validation errors detected: Value null at &#39;roleArn&#39; failed to satisfy constraint: Member " +
				"must not be null; ", 400},
		{"a duration in words", form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&DurationSeconds=hour",
			"<Code>MalformedInput</Code>", 400},
		{"a policy ARN that is none", form, url.Values{
			"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "RoleArn": {roleARN},
			"RoleSessionName":  {"ab"},
			"WebIdentityToken": {"abcd"}, "PolicyArns.member.1.arn": {"ReadOnlyAccess"},
		}.Encode(), "Request ARN is invalid", 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, answer := post(t, s, tc.contentType, tc.body)
			assert.Equal(t, tc.status, status)
			assert.Contains(t, answer, tc.want)
			assert.Contains(t, answer, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`)
		})
	}
}

func TestARoleThatCantBeIsRefused(t *testing.T) {
	var s irsatest.STS
	trust := statement(`"*"`, "")
	for want, role := range map[string]irsatest.Role{
		"not 20 to 2048":          {ARN: "reader", TrustPolicy: trust},
		"line 1":                  {ARN: roleARN, TrustPolicy: "{"},
		"add role " + roleARN:     {ARN: roleARN},
		"30m0s is not 1h to 12h":  {ARN: roleARN, TrustPolicy: trust, MaxSessionDuration: 1800e9},
		"13h0m0s is not 1h to 12": {ARN: roleARN, TrustPolicy: trust, MaxSessionDuration: 13 * 3600e9},
	} {
		require.ErrorContains(t, s.AddRole(role), want)
	}
	require.ErrorContains(t, s.Trust(roleARN, nil, subject), "issuer is required")
	require.ErrorContains(t, s.Trust("reader", issuer, subject), "not 20 to 2048")
}

func TestProvidersBelongToAccounts(t *testing.T) {
	s := trusting(t, issuer)
	s.AddProvider(irsatest.OIDCProvider{Issuer: issuer, Account: "111122223333", Audiences: []string{"vault"}})
	in := exchange(issuer.Token(apiPod))
	_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), in)
	require.ErrorContains(t, err, "Incorrect token audience", "the account's own comes first")
	s.AddProvider(irsatest.OIDCProvider{Issuer: issuer, Account: "111122223333",
		Audiences: []string{"vault", "sts.amazonaws.com"}})
	_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), in)
	require.NoError(t, err, "the second takes the first's place")

	var other irsatest.STS
	require.NoError(t, other.AddRole(irsatest.Role{ARN: roleARN, TrustPolicy: statement(`"*"`, "")}))
	other.AddProvider(irsatest.OIDCProvider{Issuer: issuer, Account: "444455556666"})
	_, err = client(&other).AssumeRoleWithWebIdentity(t.Context(), in)
	require.ErrorContains(t, err, "No OpenIDConnect provider found in your account for "+eks)
	in.RoleArn = aws.String("arn:aws:iam::444455556666:role/reader")
	_, err = client(&other).AssumeRoleWithWebIdentity(t.Context(), in)
	requireCode(t, err, "AccessDenied")
}

func FuzzServeHTTP(f *testing.F) {
	es := irsatest.NewIssuer(eks)
	es.Algorithm = "ES256"
	s := trusting(f, es)
	f.Add(form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="+url.QueryEscape(roleARN)+"&RoleSessionName=ab&WebIdentityToken=a.b.c")
	f.Add(form, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn="+url.QueryEscape(roleARN)+"&RoleSessionName=ab&WebIdentityToken=eyJhbGciOiJFUzI1NiJ9.e30.")
	f.Add(form, "Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=a&PolicyArns.member.1.arn=b&DurationSeconds=-1")
	f.Add("text/plain", "\x00")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		status, answer := post(t, s, contentType, body)
		require.GreaterOrEqual(t, status, 400, "nobody forges a token")
		require.Contains(t, answer, "<ErrorResponse")
	})
}
