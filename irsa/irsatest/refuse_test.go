package irsatest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func digest(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// signed is a POST with this body, signed for a service and a region.
func signed(t *testing.T, creds aws.CredentialsProvider, url, service, region, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("X-Amz-Content-Sha256", digest(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	keys, err := creds.Retrieve(t.Context())
	require.NoError(t, err)
	require.NoError(t, v4.NewSigner().SignHTTP(context.Background(), keys, r, digest(body), service, region, time.Now(),
		func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }))
	return r
}

func TestASignatureIsForOneServiceOneRegionAndAllThatMatters(t *testing.T) {
	s := trusting(t, issuer)
	creds := static(session(t, s, issuer))
	const bucket, loopback = "https://b.s3.eu-west-1.amazonaws.com/k", "http://127.0.0.1:9000/b/k"
	for _, tc := range []struct {
		name, url, service, region string
		change                     func(*http.Request)
		code                       string
	}{
		{"a signature for this service and region", bucket, "s3", "eu-west-1", nil, ""},
		{"a host that isn't AWS's says no region", loopback, "s3", "mars-north-1", nil, ""},
		{"a global host says no region", "https://s3.amazonaws.com/b/k", "s3", "eu-west-1", nil, ""},
		{"another AWS service", "https://dynamodb.eu-west-1.amazonaws.com/", "dynamodb", "eu-west-1", nil, ""},
		{"a service whose name isn't its host's", "https://email.eu-west-1.amazonaws.com/", "ses", "eu-west-1", nil,
			""},
		{"a signature for another service", bucket, "dynamodb", "eu-west-1", nil, "AuthorizationHeaderMalformed"},
		{"a signature for another region", bucket, "s3", "us-east-1", nil, "AuthorizationHeaderMalformed"},
		{"a dual-stack host", "https://b.s3.dualstack.eu-west-1.amazonaws.com/k", "s3", "eu-west-1", nil, ""},
		{"a FIPS host", "https://s3-fips.us-gov-west-1.amazonaws.com/b/k", "s3", "us-gov-west-1", nil, ""},
		{"a header added after it was signed", bucket, "s3", "eu-west-1", func(r *http.Request) {
			r.Header.Set("x-amz-acl", "public-read")
		}, "AccessDenied"},
		{"a value added to a header that is signed", bucket, "s3", "eu-west-1", func(r *http.Request) {
			r.Header.Add("X-Amz-Date", "20260101T000000Z")
		}, "SignatureDoesNotMatch"},
		{"a header that proxies add", bucket, "s3", "eu-west-1", func(r *http.Request) {
			r.Header.Set("X-Amzn-Trace-Id", "Root=1-0-0")
			r.Header.Set("X-Forwarded-For", "192.0.2.1")
		}, ""},
		{"a signature of version 2", bucket, "s3", "eu-west-1", func(r *http.Request) {
			r.Header.Set("Authorization", "AWS ASIA0:signature")
		}, "InvalidRequest"},
		{"another body than was signed", bucket, "s3", "eu-west-1", func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("ydob"))
		}, "XAmzContentSHA256Mismatch"},
		{"a body that ends early", bucket, "s3", "eu-west-1", func(r *http.Request) {
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("bo"), failing{}))
		}, "IncompleteBody"},
		{"another body of a service that hashes it itself", "https://sqs.eu-west-1.amazonaws.com/", "sqs", "eu-west-1",
			func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("ydob")) }, "SignatureDoesNotMatch"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := signed(t, creds, tc.url, tc.service, tc.region, "body")
			if tc.change != nil {
				tc.change(r)
			}
			err := s.Authorize(r)
			if tc.code != "" {
				requireCode(t, err, tc.code)
				return
			}
			require.NoError(t, err)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			assert.Equal(t, "body", string(body), "the body is put back")
		})
	}
}

// failing is a body that breaks off.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestSTSRefusesWhatWasSignedForAnotherServiceRegionOrBody(t *testing.T) {
	s := trusting(t, issuer)
	creds := static(session(t, s, issuer))
	const who = "Action=GetCallerIdentity&Version=2011-06-15"
	for _, tc := range []struct {
		name, url, service, region, sent, code, message string
	}{
		{"what was signed for it", "https://sts.eu-west-1.amazonaws.com/", "sts", "eu-west-1", who, "", ""},
		{"the global endpoint is in us-east-1", "https://sts.amazonaws.com/", "sts", "us-east-1", who, "", ""},
		{"on loopback any region is as good", "http://127.0.0.1:4566/", "sts", "eu-central-1", who, "", ""},
		{"another service", "https://sts.eu-west-1.amazonaws.com/", "s3", "eu-west-1", who,
			"SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'."},
		{"another service on loopback", "http://127.0.0.1:4566/", "dynamodb", "eu-west-1", who,
			"SignatureDoesNotMatch", "Credential should be scoped to correct service: 'sts'."},
		{"another region", "https://sts.eu-west-1.amazonaws.com/", "sts", "us-east-1", who,
			"SignatureDoesNotMatch", "Credential should be scoped to a valid region."},
		{"another body", "https://sts.eu-west-1.amazonaws.com/", "sts", "eu-west-1",
			"Version=2011-06-15&Action=GetCallerIdentity",
			"SignatureDoesNotMatch", "The request signature we calculated does not match"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := signed(t, creds, tc.url, tc.service, tc.region, who)
			r.Body = io.NopCloser(strings.NewReader(tc.sent)) // as long as what was signed
			resp, err := s.Client().Do(r)
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			if tc.code == "" {
				assert.Equal(t, http.StatusOK, resp.StatusCode, string(body))
				return
			}
			assert.Contains(t, string(body), "<Code>"+tc.code+"</Code>")
			assert.Contains(t, strings.ReplaceAll(string(body), "&#39;", "'"), tc.message)
		})
	}
}

func TestATokenWithALineFeedIsNone(t *testing.T) {
	s := trusting(t, issuer)
	token := issuer.Token(apiPod)
	for name, text := range map[string]string{
		"at the end": token + "\n", "at the beginning": "\n" + token, "in the middle": token[:40] + "\r\n" + token[40:],
		"in the signature": token[:len(token)-8] + "\n" + token[len(token)-8:], "a space": token + " ",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(text))
			requireAPIError(t, err, "InvalidIdentityToken", http.StatusBadRequest,
				"The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
		})
	}
}

func TestAnIssuersSlashIsPartOfItsName(t *testing.T) {
	const url = "https://tenant.example.com/"
	with, without := irsatest.NewIssuer(url), irsatest.NewIssuer(strings.TrimSuffix(url, "/"))
	assert.Equal(t, url, with.URL())
	s := trusting(t, with)
	out, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(with.Token(apiPod)))
	require.NoError(t, err)
	assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/tenant.example.com/", *out.Provider)
	_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(without.Token(apiPod)))
	requireAPIError(t, err, "InvalidIdentityToken", http.StatusBadRequest,
		"No OpenIDConnect provider found in your account for https://tenant.example.com")

	// A policy that lacks the slash names another provider.
	s.AddProvider(irsatest.OIDCProvider{Issuer: with})
	require.NoError(t, s.AddRole(irsatest.Role{ARN: roleARN, TrustPolicy: `{"Version":"2012-10-17","Statement":{
		"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/tenant.example.com"},
		"Action":"sts:AssumeRoleWithWebIdentity"}}`}))
	_, err = client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(with.Token(apiPod)))
	requireAPIError(t, err, "AccessDenied", http.StatusForbidden,
		"Not authorized to perform sts:AssumeRoleWithWebIdentity")

	fetched := new(irsatest.STS)
	fetched.HTTPClient = with.Client()
	fetched.AddProvider(irsatest.OIDCProvider{URL: url})
	require.NoError(t, fetched.AddRole(irsatest.Role{ARN: roleARN, TrustPolicy: `{"Version":"2012-10-17","Statement":{
		"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/tenant.example.com/"},
		"Action":"sts:AssumeRoleWithWebIdentity"}}`}))
	_, err = client(fetched).AssumeRoleWithWebIdentity(t.Context(), exchange(with.Token(apiPod)))
	require.NoError(t, err, "its documents are below the URL without the slash")
}

func TestRolesOfOtherStoresAreTrusted(t *testing.T) {
	for _, arn := range []string{
		"arn:aws:iam:::role/S3Access", "arn:aws:iam::RGW11111111111111111:role/S3Access",
		"arn:minio:iam:::role/bWluaW8",
	} {
		t.Run(arn, func(t *testing.T) {
			s := new(irsatest.STS)
			require.NoError(t, s.Trust(arn, issuer, subject))
			in := exchange(issuer.Token(apiPod))
			in.RoleArn = &arn
			out, err := client(s).AssumeRoleWithWebIdentity(t.Context(), in)
			require.NoError(t, err)
			me, err := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: s.Client(),
				Credentials: static(out.Credentials)}).
				GetCallerIdentity(t.Context(), nil)
			require.NoError(t, err)
			assert.Equal(t, *out.AssumedRoleUser.Arn, *me.Arn)
		})
	}
}
