package irsatest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestAPodsTokenFileIsTheKubelets(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the file is a plain one on Windows, where making links needs a privilege")
	}
	dir := t.TempDir()
	issuer := irsatest.NewIssuer(eks)
	pod, err := irsatest.WritePod(dir, irsatest.PodOptions{Issuer: issuer, RoleARN: roleARN, Claims: apiPod})
	require.NoError(t, err)
	read := func() (link, token string) {
		link, err := os.Readlink(filepath.Join(dir, "..data"))
		require.NoError(t, err)
		b, err := os.ReadFile(pod.TokenFile())
		require.NoError(t, err)
		return link, string(b)
	}
	file, err := os.Readlink(pod.TokenFile())
	require.NoError(t, err)
	assert.Equal(t, filepath.Join("..data", "token"), file)
	link1, token1 := read()
	assert.Regexp(t, `^\.\.\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d\.\d+$`, link1)

	require.NoError(t, pod.Rotate())
	link2, token2 := read()
	assert.NotEqual(t, link1, link2)
	assert.NotEqual(t, token1, token2)
	require.NoError(t, pod.Write("garbage"))
	_, token3 := read()
	assert.Equal(t, "garbage", token3)

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 4, "the folder of the token before stays, those of earlier ones are gone")
}

func TestAPodTakesTheFilesOfOneBeforeIt(t *testing.T) {
	dir, options := t.TempDir(), irsatest.PodOptions{Issuer: irsatest.NewIssuer(eks), RoleARN: roleARN}
	before, err := irsatest.WritePod(dir, options)
	require.NoError(t, err)
	require.NoError(t, before.Write("before"))
	pod, err := irsatest.WritePod(dir, options)
	require.NoError(t, err)
	token, err := os.ReadFile(pod.TokenFile())
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(token), "."), "a token, and not the one before")
	require.NoError(t, pod.Rotate())
}

func TestAPodsFilesAreWhereTMPDIRSays(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the variable is another one on Windows")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Run("in a test that has no folder yet", func(t *testing.T) {
		pod := irsatest.NewPod(t, irsatest.PodOptions{Issuer: irsatest.NewIssuer(eks), RoleARN: roleARN})
		assert.True(t, strings.HasPrefix(pod.TokenFile(), dir+"/"), pod.TokenFile())
	})
}

func TestAReaderNeverSeesAPartOfAToken(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file can't be replaced on Windows while it is open")
	}
	pod, err := irsatest.WritePod(t.TempDir(), irsatest.PodOptions{Issuer: irsatest.NewIssuer(eks), RoleARN: roleARN})
	require.NoError(t, err)
	errs, read := make(chan error), make(chan struct{})
	go func() {
		defer close(errs)
		for range 50 {
			if err := pod.Write(strings.Repeat("x", 1000)); err != nil {
				errs <- err
				return
			}
			<-read // a read that may have begun before
			<-read
		}
	}()
	for {
		b, err := os.ReadFile(pod.TokenFile())
		require.NoError(t, err)
		require.True(t, len(b) == 1000 || strings.Count(string(b), ".") == 2)
		select {
		case err := <-errs:
			require.NoError(t, err)
			return
		case read <- struct{}{}:
		default:
		}
	}
}

func TestAPodsEnvironmentIsTheWebhooks(t *testing.T) {
	pod, err := irsatest.WritePod(t.TempDir(),
		irsatest.PodOptions{Issuer: irsatest.NewIssuer(eks), RoleARN: roleARN, STS: "http://127.0.0.1:9"})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"AWS_ROLE_ARN=" + roleARN,
		"AWS_WEB_IDENTITY_TOKEN_FILE=" + pod.TokenFile(),
		"AWS_REGION=eu-west-1",
		"AWS_DEFAULT_REGION=eu-west-1",
		"AWS_STS_REGIONAL_ENDPOINTS=regional",
		"AWS_ENDPOINT_URL_STS=http://127.0.0.1:9",
	}, pod.Env())
	_, err = irsatest.WritePod(t.TempDir(), irsatest.PodOptions{RoleARN: roleARN})
	require.Error(t, err)
	_, err = irsatest.WritePod(filepath.Join(t.TempDir(), "missing"),
		irsatest.PodOptions{Issuer: irsatest.NewIssuer(eks), RoleARN: roleARN})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestATestRunsInAPod(t *testing.T) {
	t.Setenv("AWS_PROFILE", "a profile that is not there")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIA")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Run("in the pod, the SDK finds its identity and no other", func(t *testing.T) {
		issuer := irsatest.NewIssuer("https://kubernetes.default.svc")
		s := new(irsatest.STS)
		require.NoError(t, s.Trust(roleARN, issuer, "system:serviceaccount:default:default"))
		irsatest.NewPod(t, irsatest.PodOptions{Issuer: issuer, RoleARN: roleARN})
		cfg, err := config.LoadDefaultConfig(t.Context(), config.WithHTTPClient(s.Client()))
		require.NoError(t, err)
		assert.Equal(t, "us-east-1", cfg.Region)
		creds, err := cfg.Credentials.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "111122223333", creds.AccountID)
		requests := s.Requests()
		require.Len(t, requests, 1)
		assert.Equal(t, "AssumeRoleWithWebIdentity", requests[0].Op)
		assert.Equal(t, "sts.us-east-1.amazonaws.com", requests[0].Host)
	})
	assert.Equal(t, "AKIA", os.Getenv("AWS_ACCESS_KEY_ID"), "after the test")
}
