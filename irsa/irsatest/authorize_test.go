package irsatest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// session exchanges a good token.
func session(t testing.TB, s *irsatest.STS, issuer *irsatest.Issuer) *types.Credentials {
	t.Helper()
	out, err := client(s).AssumeRoleWithWebIdentity(t.Context(), exchange(issuer.Token(apiPod)))
	require.NoError(t, err)
	return out.Credentials
}

// asking is a client for a service that only asks whether requests are authorized.
func asking(s *irsatest.STS) (*http.Client, *error) {
	var last error
	return irsatest.Client(map[string]http.Handler{"": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if last = s.Authorize(r); last != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = io.Copy(w, r.Body) // Authorize leaves the body
	})}), &last
}

func s3Client(h *http.Client, c aws.CredentialsProvider, optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{Region: "eu-west-1", HTTPClient: h, Credentials: c, Retryer: aws.NopRetryer{}}, optFns...)
}

// Keys with characters that are escaped, and signed, in ways of their own.
var oddKeys = []string{"plain", "a/b c+d%e=f&g", "ä/日本", "a//b", "trailing/", "~tilde'(x)*!"}

func TestRequestsSignedWithASessionAreAuthorized(t *testing.T) {
	s := trusting(t, issuer)
	h, last := asking(s)
	creds := static(session(t, s, issuer))
	c := s3Client(h, creds)
	for _, key := range oddKeys {
		t.Run("in headers, for the key "+key, func(t *testing.T) {
			_, err := c.GetObject(t.Context(), &s3.GetObjectInput{
				Bucket: aws.String("b"), Key: aws.String(key), Range: aws.String("bytes=0-1"),
				IfMatch: aws.String(`"e"`),
			})
			require.NoError(t, err)
			require.NoError(t, *last)
		})
		t.Run("in a list's query, for the prefix "+key, func(t *testing.T) {
			_, err := c.ListObjectsV2(t.Context(),
				&s3.ListObjectsV2Input{Bucket: aws.String("b"), Prefix: aws.String(key), StartAfter: aws.String(key)})
			require.NoError(t, err)
			require.NoError(t, *last)
		})
		t.Run("presigned, for the key "+key, func(t *testing.T) {
			signed, err := s3.NewPresignClient(c).PresignGetObject(t.Context(), &s3.GetObjectInput{
				Bucket: aws.String("b"), Key: aws.String(key), Range: aws.String("bytes=0-1"),
				RequestPayer: "requester",
			})
			require.NoError(t, err)
			require.NoError(t, send(t, h, signed.Method, signed.URL, signed.SignedHeader))
			require.NoError(t, *last)
			altered := strings.Replace(signed.URL, "X-Amz-Expires=900", "X-Amz-Expires=901", 1)
			require.Error(t, send(t, h, signed.Method, altered, signed.SignedHeader))
			requireCode(t, *last, "SignatureDoesNotMatch")
		})
	}
	t.Run("with a body whose digest is signed", func(t *testing.T) {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"),
			Body: strings.NewReader("body")})
		require.NoError(t, err)
	})
	t.Run("with a body that is streamed unsigned, over TLS", func(t *testing.T) {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b"), Key: aws.String("k"),
			Body: io.MultiReader(strings.NewReader("body"))})
		require.NoError(t, err)
	})
	t.Run("for another service, with a body whose digest is in no header", func(t *testing.T) {
		_, err := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: h, Credentials: creds,
			Retryer: aws.NopRetryer{}}).GetCallerIdentity(t.Context(), nil)
		require.Error(t, err, "the answer is no identity")
		require.NoError(t, *last)
	})
}

func send(t *testing.T, h *http.Client, method, url string, header http.Header) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := h.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		return assert.AnError
	}
	return nil
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	assert.Equal(t, code, api.ErrorCode())
}

func TestOtherRequestsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		h, last := asking(s)
		one, two := session(t, s, issuer), session(t, s, issuer)
		mixed := func(key, secret, token *string) aws.CredentialsProvider {
			return static(&types.Credentials{AccessKeyId: key, SecretAccessKey: secret, SessionToken: token})
		}
		get := func(c aws.CredentialsProvider, optFns ...func(*s3.Options)) error {
			_, _ = s3Client(h, c, optFns...).GetObject(t.Context(),
				&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			return *last
		}
		require.NoError(t, get(static(one)))
		requireCode(t, get(aws.AnonymousCredentials{}), "AccessDenied")
		requireCode(t, get(mixed(aws.String("ASIAUNKNOWN"), one.SecretAccessKey, one.SessionToken)),
			"InvalidAccessKeyId")
		requireCode(t, get(mixed(one.AccessKeyId, two.SecretAccessKey, one.SessionToken)), "SignatureDoesNotMatch")
		requireCode(t, get(mixed(one.AccessKeyId, one.SecretAccessKey, two.SessionToken)), "InvalidToken")
		requireCode(t, get(mixed(one.AccessKeyId, one.SecretAccessKey, aws.String(""))), "InvalidToken")

		presigned, err := s3.NewPresignClient(s3Client(h, static(one))).PresignGetObject(t.Context(),
			&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
		require.NoError(t, err)
		time.Sleep(15*time.Minute - time.Second)
		require.NoError(t, send(t, h, "GET", presigned.URL, nil))
		time.Sleep(time.Second)
		require.Error(t, send(t, h, "GET", presigned.URL, nil))
		requireCode(t, *last, "AccessDenied")

		s.Inject(irsatest.Fault{Do: irsatest.Skew(16 * time.Minute)})
		requireCode(t, get(static(one)), "RequestTimeTooSkewed")
		s.ClearFaults()

		time.Sleep(45 * time.Minute)
		requireCode(t, get(static(one)), "ExpiredToken")
		require.NoError(t, get(static(session(t, s, issuer))), "a new session")
	})
}

func TestSTSRefusesABadSignatureInItsOwnCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		one, two := session(t, s, issuer), session(t, s, issuer)
		who := func(c aws.CredentialsProvider) error {
			_, err := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: s.Client(), Credentials: c,
				Retryer: aws.NopRetryer{}}).
				GetCallerIdentity(context.WithoutCancel(t.Context()), nil)
			return err
		}
		require.NoError(t, who(static(one)))
		requireCode(t, who(aws.AnonymousCredentials{}), "MissingAuthenticationToken")
		requireCode(t, who(static(&types.Credentials{AccessKeyId: aws.String("ASIA0"),
			SecretAccessKey: one.SecretAccessKey, SessionToken: one.SessionToken})), "InvalidClientTokenId")
		requireCode(t, who(static(&types.Credentials{AccessKeyId: one.AccessKeyId,
			SecretAccessKey: two.SecretAccessKey, SessionToken: one.SessionToken})), "SignatureDoesNotMatch")
		time.Sleep(time.Hour)
		requireCode(t, who(static(one)), "ExpiredToken")
	})
}

func TestAWrongClockIsToldTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := trusting(t, issuer)
		c := signedBy(s, static(session(t, s, issuer)))
		s.Inject(irsatest.Fault{Do: irsatest.Skew(6 * time.Minute)})
		_, err := c.GetCallerIdentity(t.Context(), nil)
		requireAPIError(t, err, "SignatureDoesNotMatch", http.StatusForbidden,
			"Signature expired: 20000101T000000Z is now earlier than 20000101T000100Z (20000101T000600Z - 5 min.)")
		s.ClearFaults()
		s.Inject(irsatest.Fault{Do: irsatest.Skew(-6 * time.Minute)})
		_, err = signedBy(s, static(session(t, s, issuer))).GetCallerIdentity(t.Context(), nil)
		requireAPIError(t, err, "SignatureDoesNotMatch", http.StatusForbidden,
			"Signature not yet current: 20000101T000000Z is still later than 19991231T235900Z "+
				"(19991231T235400Z + 5 min.)")

		s.ClearFaults()
		presigned, err := sts.NewPresignClient(c).PresignGetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, send(t, s.Client(), presigned.Method, presigned.URL, nil))
		time.Sleep(15 * time.Minute)
		require.Error(t, send(t, s.Client(), presigned.Method, presigned.URL, nil))
		requests := s.Requests()
		assert.Equal(t, "SignatureDoesNotMatch", requests[len(requests)-1].Code)

		s.Inject(irsatest.Fault{Do: irsatest.Skew(6 * time.Minute)})
		retrying := sts.New(sts.Options{Region: "eu-west-1", HTTPClient: s.Client(),
			Credentials: static(session(t, s, issuer))})
		_, err = retrying.GetCallerIdentity(t.Context(), nil)
		require.NoError(t, err, "the SDK corrects its clock by the answer, and tries again")
	})
}

func TestASignatureThatIsNoneIsMalformed(t *testing.T) {
	s := new(irsatest.STS)
	const scope = "ASIA0/20260101/eu-west-1/s3/aws4_request"
	const headers = ", SignedHeaders=host, Signature=00"
	for name, change := range map[string]func(*http.Request){
		"another scheme": func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") },
		"no scope": func(r *http.Request) {
			r.Header.Set("Authorization",
				"AWS4-HMAC-SHA256 Credential=ASIA0"+headers)
		},
		"no access key": func(r *http.Request) {
			r.Header.Set("Authorization",
				"AWS4-HMAC-SHA256 Credential="+scope[5:]+headers)
		},
		"no signature": func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", SignedHeaders=host")
		},
		"no signed headers": func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", Signature=00")
		},
		"no time":                   func(r *http.Request) { r.Header.Del("X-Amz-Date") },
		"a time of another day":     func(r *http.Request) { r.Header.Set("X-Amz-Date", "20260102T000000Z") },
		"a query of another scheme": func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256" },
		"a query of two weeks":      func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=1209600" },
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodGet, "http://b.s3.eu-west-1.amazonaws.com/k", nil)
			require.NoError(t, err)
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+headers)
			r.Header.Set("X-Amz-Date", "20260101T000000Z")
			requireCode(t, s.Authorize(r), "InvalidAccessKeyId")
			change(r)
			requireCode(t, s.Authorize(r), "AuthorizationHeaderMalformed")
		})
	}
}

func FuzzAuthorize(f *testing.F) {
	issuer := irsatest.NewIssuer(eks)
	issuer.Algorithm = "ES256"
	s := trusting(f, issuer)
	key := *session(f, s, issuer).AccessKeyId
	f.Add("AWS4-HMAC-SHA256 Credential="+key+"/20260101/eu-west-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-date, Signature=00", "20260101T000000Z", "list-type=2")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="+key+"%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00")
	f.Add("AWS4-HMAC-SHA256 ,=,", "x", "%zz")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r, err := http.NewRequest(http.MethodGet, "http://b.s3.eu-west-1.amazonaws.com/k", nil)
		require.NoError(t, err)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Amz-Date", date)
		var api smithy.APIError
		require.ErrorAs(t, s.Authorize(r), &api, "nobody guesses a signature")
	})
}
