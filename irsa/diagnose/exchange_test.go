package diagnose

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// check returns the check with this name, which must be there.
func (r *Report) check(t *testing.T, name string) Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	require.Fail(t, "no such check", name)
	return Check{}
}

func TestAFailedExchangePointsToTheCheckThatToldItsCause(t *testing.T) {
	before := []Check{
		{Name: "kubernetes"}, {
			Name: "injected", Result: Fail, Detail: "neither",
		}, {Name: "audience", Result: Warn, Detail: "another"},
		{Name: "token", Result: Fail, Detail: "no token"}, {Name: "role", Result: Fail, Detail: "parse role arn"},
	}
	for err, want := range map[error]string{
		&irsa.Error{Reason: irsa.ErrNodeRole}:               "injected",
		&irsa.Error{Reason: irsa.ErrNotConfigured}:          "injected",
		&irsa.Error{Reason: irsa.ErrToken}:                  "token",
		&irsa.Error{Err: &partition.RoleARNError{ARN: "x"}}: "role",
		&irsa.Error{Reason: irsa.ErrAudience}:               "", // there was no more than a warning
		&irsa.Error{Reason: irsa.ErrTrust}:                  "", // none of them is why
		errors.New("anything"):                              "",
	} {
		if want != "" {
			want = fmt.Sprintf("Correct %q first: see above.", want)
		}
		assert.Equal(t, want, foundBy(err, before), err)
	}
}

func TestCredentialsOfAnotherSourceThatFailSendToTheIdentityThatIsMissing(t *testing.T) {
	inPod(t)
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(
		file, []byte("[profile other]\nregion = eu-west-1\ncredential_process = false\n"), 0o600,
	))
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": file, "AWS_PROFILE": "other", "AWS_ROLE_ARN": "",
		"AWS_WEB_IDENTITY_TOKEN_FILE": "",
	} {
		t.Setenv(name, value)
	}
	report := Run(t.Context(), Options{})
	require.EqualError(t, report.Err(), "diagnose: failed: injected, exchange")
	assert.Equal(t, `Correct "injected" first: see above.`, report.check(t, "exchange").Fix)

	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Cleanup(podfs.SetRoot(t.TempDir()))
	report = Run(t.Context(), Options{})
	require.EqualError(t, report.Err(), "diagnose: failed: exchange")
	assert.Contains(t, report.check(t, "exchange").Fix, "Run the command of the profile by hand")
}

// The STS of the exchange is another than what a general endpoint names: EKS's tokens aren't sent
// there, and what is there knows nothing of sessions.
func TestTheIdentityIsAskedOfTheSTSThatGaveIt(t *testing.T) {
	sts, _ := inPod(t)
	t.Setenv("AWS_ENDPOINT_URL", "https://minio.example.com")
	var asked []string
	client := irsatest.Client(map[string]http.Handler{
		"sts.eu-west-1.amazonaws.com": sts, "sts-fips.eu-west-1.amazonaws.com": sts,
		"minio.example.com": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.URL.String())
			w.WriteHeader(http.StatusForbidden)
		}),
	})
	defer client.CloseIdleConnections()
	for _, fips := range []string{"false", "true"} {
		t.Setenv("AWS_USE_FIPS_ENDPOINT", fips)
		report := gather(t.Context(), Options{}, config.WithHTTPClient(client)).run(t.Context())
		require.NoError(t, report.Err())
		identity := report.check(t, "identity")
		assert.Equal(t, OK, identity.Result, identity.Detail)
		assert.Contains(t, identity.Detail, ":assumed-role/reader/")
		assert.Equal(t, fips == "true", strings.HasPrefix(report.check(t, "sts endpoint").Detail, "sts-fips."))
	}
	assert.Empty(t, asked)
}

func TestWhatGivesSessionsIsAnSTSHoweverItAnswersAProbe(t *testing.T) {
	sts, _ := inPod(t)
	client := clientOf(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			sts.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code></Error>")
	})
	defer client.CloseIdleConnections()
	report := gather(t.Context(), Options{}, config.WithHTTPClient(client)).run(t.Context())
	require.NoError(t, report.Err())
	assert.Equal(t, OK, report.result("sts answer"))
	assert.Equal(t, OK, report.result("clock"))
}

func TestWhatAServerQuotesIsNeitherASecretNorMoreThanALine(t *testing.T) {
	sts, _ := inPod(t)
	client := clientOf(func(w http.ResponseWriter, r *http.Request) {
		token := r.Header.Get("X-Amz-Security-Token")
		if token == "" { // the exchange, and the probe
			sts.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>the string "+
			"was\nPOST\nx-amz-security-token:"+token+
			"\n\u202eturned</Message></Error></ErrorResponse>")
	})
	defer client.CloseIdleConnections()
	e := gather(t.Context(), Options{}, config.WithHTTPClient(client))
	identity := e.run(t.Context()).check(t, "identity")
	credentials, err := e.cfg.Credentials.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Warn, identity.Result)
	assert.Contains(t, identity.Detail, "the string was POST x-amz-security-token:[removed]  turned")
	for _, secret := range []string{credentials.SessionToken, credentials.SecretAccessKey, "\n", "\u202e"} {
		assert.NotContains(t, identity.Detail, secret)
	}
}

func TestTheIdentityOfAProfileIsJudgedAsAnyOther(t *testing.T) {
	sts, pod := inPod(t)
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(
		file,
		[]byte(
			"[profile payments]\nregion = eu-west-1\nrole_arn "+
				"= "+role+"\nweb_identity_token_file = "+pod.TokenFile()+"\n",
		),
		0o600,
	))
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": file, "AWS_PROFILE": "payments", "AWS_ROLE_ARN": "",
		"AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_REGION": "",
	} {
		t.Setenv(name, value)
	}
	client := sts.Client()
	defer client.CloseIdleConnections()
	e := gather(
		t.Context(), Options{TrustPolicy: []byte(`{"Version": "2012-10-17", "Statement": []}`)},
		config.WithHTTPClient(client),
	)
	report := e.run(t.Context())
	require.EqualError(t, report.Err(), "diagnose: failed: trust policy")
	assert.Equal(t, "role and token file, from the profile payments", report.check(t, "injected").Detail)
	for _, name := range []string{
		"token file", "token", "token lifetime", "audience", "issuer", "role", "partition",
		"sts answer", "exchange", "identity",
	} {
		assert.Equal(t, OK, report.result(name), name)
	}
	assert.Contains(t, report.check(t, "token file").Detail, pod.TokenFile())

	for env, profile := range map[[2]string]string{
		// Half of one in the environment is none.
		{"arn:aws:iam::111122223333:role/another", ""}: "payments",
		// The config does not load, as with the SDK.
		{"", "/nowhere/token"}: "",
		{"arn:aws:iam::111122223333:role/another", "/var/run/secrets/another/token"}: "",
	} {
		t.Setenv("AWS_ROLE_ARN", env[0])
		t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", env[1])
		e := gather(t.Context(), Options{Offline: true}, config.WithHTTPClient(client))
		assert.Equal(t, profile, e.profile, env)
		if profile != "" {
			assert.Equal(t, [2]string{role, pod.TokenFile()}, [2]string{e.role, e.file})
		} else {
			assert.Equal(t, env, [2]string{e.role, e.file})
		}
	}
	t.Setenv("AWS_ROLE_ARN", "")
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "")
	require.NoError(t, pod.Write("not a token"))
	e = gather(t.Context(), Options{Offline: true}, config.WithHTTPClient(client))
	assert.Contains(t, e.run(t.Context()).check(t, "token").Fix, "correct web_identity_token_file there")
}
