package irsa_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A strictStore is a service that knows which sessions it accepts. It keeps what is uploaded.
type strictStore struct {
	sts *irsatest.STS

	mu       sync.Mutex // guards what follows
	code     string     // of the answer to a session that it doesn't know
	revoked  map[string]bool
	all      bool // it knows none at all
	seen     string
	requests int
	bodies   map[string][]string // of uploads, by path: sums of what came
}

func (s *strictStore) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	if err != nil {
		return // the client went away
	}
	if s.all || s.revoked[key] {
		rw.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprintf(rw, "<Error><Code>%s</Code><Message>no</Message></Error>", s.code)
		return
	}
	s.seen = key
	if r.URL.Query().Has("session") {
		_, _ = fmt.Fprintf(rw, `<CreateSessionResult><Credentials><AccessKeyId>EXPRESS</AccessKeyId>`+
			`<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration>`+
			`</Credentials></CreateSessionResult>`, time.Now().Add(5*time.Minute).UTC().Format(time.RFC3339))
		return
	}
	if r.Method == http.MethodPut {
		s.bodies[r.URL.Path] = append(s.bodies[r.URL.Path], sum(body))
		return
	}
	rw.Header().Set("Content-Length", "7")
	rw.Header().Set("ETag", `"version"`)
	_, _ = io.WriteString(rw, "content")
}

// recreateRole makes the store forget the session that it knows now.
func (s *strictStore) recreateRole() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[s.seen] = true
}

func sum(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// withStore puts a store at S3's names beside the testbed's STS, and loads a config.
func withStore(t *testing.T, w *testbed, code string) (*strictStore, *loadedBed) {
	t.Helper()
	t.Setenv("AWS_ENDPOINT_URL_STS", "")
	store := &strictStore{sts: w.sts, code: code, revoked: map[string]bool{}, bodies: map[string][]string{}}
	w.http = irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": w.sts, "*.amazonaws.com": store})
	return store, w.loadBed(t, irsa.Options{})
}

func getObject(t *testing.T, client *s3.Client) error {
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	_, err = io.ReadAll(out.Body)
	return err
}

func putObject(t *testing.T, client *s3.Client, key string, body io.Reader) error {
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: &key, Body: body})
	return err
}

// exchangesOf are the requests for sessions of the pod's role.
func exchangesOf(l *loadedBed) int { return len(l.sts.Requests("AssumeRoleWithWebIdentity")) }

func TestARoleThatIsRecreatedCostsOneExchangeAndNoCall(t *testing.T) {
	for _, code := range []string{"InvalidAccessKeyId", "ExpiredToken", "InvalidClientTokenId"} {
		t.Run(code, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				store, l := withStore(t, w, code)
				client := s3.NewFromConfig(l.cfg, func(o *s3.Options) {
					// What is sent is what was given: an aws-chunked body has signatures in it.
					o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
				})
				require.NoError(t, getObject(t, client))
				const goroutines, calls = 32, 1000
				var next atomic.Int32
				var wg sync.WaitGroup
				for range goroutines {
					wg.Go(func() {
						for i := next.Add(1); i <= calls; i = next.Add(1) {
							if i == calls/2 {
								store.recreateRole()
							}
							assert.NoError(t, getObject(t, client))
							content := bytes.Repeat([]byte{byte(i)}, int(i))
							assert.NoError(t, putObject(t, client, fmt.Sprint(i), bytes.NewReader(content)))
						}
					})
				}
				wg.Wait()
				assert.Equal(t, 2, exchangesOf(l), "the first one, and one more")
				for i := 1; i <= calls; i++ {
					content := bytes.Repeat([]byte{byte(i)}, i)
					assert.Equal(t, []string{sum(content)}, store.bodies[fmt.Sprintf("/%d", i)],
						"each body once and whole")
				}
			})
		})
	}
}

func TestAStreamThatCantBeSentAgainIsNot(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "ExpiredToken")
		client := s3.NewFromConfig(l.cfg)
		require.NoError(t, getObject(t, client))
		store.recreateRole()
		err := putObject(t, client, "stream", struct{ io.Reader }{strings.NewReader("a stream")})
		require.Error(t, err, "as with the SDK, whatever the reason for the retry")
		assert.Empty(t, store.bodies, "neither empty nor in part")
		require.NoError(t, putObject(t, client, "stream", struct{ io.Reader }{strings.NewReader("a stream")}))
		assert.Len(t, store.bodies["/stream"], 1)
	})
}

func TestWithoutRetriesOneCallFailsAndTheNextDoesNot(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "ExpiredToken")
		client := s3.NewFromConfig(l.cfg, func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		require.NoError(t, getObject(t, client))
		store.recreateRole()
		before := store.requests
		err := getObject(t, client)
		var api smithy.APIError
		require.ErrorAs(t, err, &api, "the service's own error")
		assert.Equal(t, "ExpiredToken", api.ErrorCode())
		assert.Equal(t, before+1, store.requests, "the step never sends")
		require.NoError(t, getObject(t, client))
		assert.Equal(t, 2, exchangesOf(l))
	})
}

func TestSessionsThatAreRejectedAgainAreNotForcedWithoutEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "InvalidAccessKeyId")
		client := s3.NewFromConfig(l.cfg, func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
		require.NoError(t, getObject(t, client))
		store.all = true
		for range 3600 {
			require.Error(t, getObject(t, client))
			time.Sleep(time.Second)
		}
		// One regular refresh may be among them.
		t.Logf("%d exchanges in an hour", exchangesOf(l)-1)
		assert.LessOrEqual(t, exchangesOf(l)-1, 12)

		store.all = false
		require.NoError(t, getObject(t, client), "what is at hand is accepted again")
		store.recreateRole()
		require.Error(t, getObject(t, client))
		require.NoError(t, getObject(t, client), "a success has made it trust healing again")
	})
}

func TestADenialIsNotHealed(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "AccessDenied")
		client := s3.NewFromConfig(l.cfg)
		require.NoError(t, getObject(t, client))
		store.all = true
		for range 1000 {
			require.Error(t, getObject(t, client))
		}
		assert.Equal(t, 1, exchangesOf(l))
	})
}

func TestOtherPeoplesKeysAreLeftAlone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "InvalidAccessKeyId")
		require.NoError(t, getObject(t, s3.NewFromConfig(l.cfg)))
		before := store.requests
		other := s3.NewFromConfig(l.cfg, func(o *s3.Options) {
			o.Credentials = credentials.NewStaticCredentialsProvider("AKIAOTHER", "secret", "")
		})
		store.all = true
		require.Error(t, getObject(t, other))
		assert.Equal(t, before+1, store.requests, "nor is it retried")
		assert.Equal(t, 1, exchangesOf(l))

		store.all = false
		l.p.InvalidateCredentials(aws.Credentials{AccessKeyID: "AKIAOTHER"})
		l.p.InvalidateCredentials(aws.Credentials{})
		require.NoError(t, getObject(t, s3.NewFromConfig(l.cfg)))
		assert.Equal(t, 1, exchangesOf(l))
	})
}

func TestPresigningIsUntouched(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		store, l := withStore(t, w, "ExpiredToken")
		in := &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("key")}
		signed, err := s3.NewPresignClient(s3.NewFromConfig(l.cfg)).PresignGetObject(t.Context(), in)
		require.NoError(t, err)
		plain := l.cfg.Copy()
		plain.APIOptions = nil
		same, err := s3.NewPresignClient(s3.NewFromConfig(plain)).PresignGetObject(t.Context(), in)
		require.NoError(t, err)
		assert.Equal(t, same, signed)
		caller, err := sts.NewPresignClient(sts.NewFromConfig(l.cfg)).PresignGetCallerIdentity(t.Context(), nil)
		require.NoError(t, err)
		assert.Contains(t, caller.URL, "X-Amz-Signature=")
		assert.Zero(t, store.requests)
	})
}

func TestCredentialsThatAServiceRejectsAreInvalidatedOnce(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		old, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() { l.p.InvalidateCredentials(old) })
		}
		wg.Wait()
		fresh, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.NotEqual(t, old.AccessKeyID, fresh.AccessKeyID)
		l.p.InvalidateCredentials(old)
		again, err := l.p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, fresh, again, "the old ones are not at hand any more")
		assert.Equal(t, 2, exchangesOf(l))
	})
}

// A cache that a caller puts around MinLife keeps its promise.
func TestACacheAroundMinLifeKeepsItsPromise(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		cache := aws.NewCredentialsCache(l.p.MinLife(30 * time.Minute))
		for range 300 {
			_, err := cache.Retrieve(t.Context())
			require.NoError(t, err)
			end := l.p.Status().Expires
			assert.GreaterOrEqual(t, time.Until(end), 30*time.Minute)
			time.Sleep(time.Minute)
		}
	})
}
