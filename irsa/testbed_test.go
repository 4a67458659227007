package irsa_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// The pod's own role, and the service account that it trusts.
const (
	roleARN = "arn:aws:iam::111122223333:role/reader"
	subject = "system:serviceaccount:payments:reader"
)

// A testbed is everything around a config: a pod on EKS, as which the test runs, an STS in memory
// that trusts it, and an instance metadata service with the credentials of the pod's node. It has
// no container credentials, and there is no sign of Kubernetes, until a [setup] adds them.
type testbed struct {
	ctx  context.Context
	root string // of the container's file system, which is empty
	sts  *irsatest.STS
	pod  *irsatest.Pod
	http *http.Client // reaches STS and the metadata service
	warn *syncBuffer  // what configs have logged
}

// podIssuer is the cluster of all testbeds: to make a key takes long.
var podIssuer = irsatest.NewIssuer(eksIssuer)

// newTestbed makes the test run in a pod, for as long as it takes.
func newTestbed(t testing.TB) *testbed {
	t.Helper()
	w := &testbed{root: t.TempDir(), sts: new(irsatest.STS), warn: new(syncBuffer)}
	w.ctx = t.Context()
	t.Cleanup(podfs.SetRoot(w.root))
	require.NoError(t, w.sts.Trust(roleARN, podIssuer, subject))
	w.pod = irsatest.NewPod(t, irsatest.PodOptions{
		Issuer: podIssuer, RoleARN: roleARN,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "reader", Pod: "reader-7c"},
	})
	w.http = irsatest.Client(map[string]http.Handler{"": w.sts, "169.254.169.254": instanceMetadata()})
	return w
}

// instanceMetadata serves the credentials of a node's role.
func instanceMetadata() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /latest/api/token", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		_, _ = fmt.Fprint(rw, "imds")
	})
	mux.HandleFunc("GET /latest/meta-data/iam/security-credentials/", func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			_, _ = fmt.Fprint(rw, "node")
			return
		}
		_, _ = fmt.Fprintf(
			rw,
			`{"Code":"Success","AccessKeyId":"NODE","SecretAccessKey":"s","Token":"t","Expiration":%q}`,
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		)
	})
	return mux
}

// containerCredentials starts a server for credentials as EKS Pod Identity and ECS have it, and
// sets its variable.
func containerCredentials(t testing.TB, _ *testbed) {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(
			rw, `{"AccessKeyId":"CONTAINER","SecretAccessKey":"s","Token":"t","Expiration":%q}`,
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339),
		)
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL)
}

// inKubernetes mounts the token for the Kubernetes API, by which a pod is known.
func inKubernetes(t testing.TB, w *testbed) {
	w.mount(t, podfs.Read().KubernetesToken)
}

// mount puts a token into the container's file system.
func (w *testbed) mount(t testing.TB, file string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(jwtOf(podClaims)), 0o600))
}

// sharedConfig writes the shared config file.
func sharedConfig(t testing.TB, content string) {
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	t.Setenv("AWS_CONFIG_FILE", file)
}

// load loads a config with the testbed's client and log.
func (w *testbed) load(l *irsa.Loader, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	return l.LoadConfig(w.ctx, w.options(optFns)...)
}

// options are the load options for the testbed's client and log, and more.
func (w *testbed) options(more []func(*config.LoadOptions) error) []func(*config.LoadOptions) error {
	log := logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
		_, _ = fmt.Fprintf(w.warn, "%s "+format+"\n", append([]any{c}, v...)...)
	})
	return append(opts(config.WithHTTPClient(w.http), config.WithLogger(log)), more...)
}

// noIdentity removes the two variables by which a web identity is configured.
func noIdentity(t testing.TB, _ *testbed) {
	for _, name := range []string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		require.NoError(t, os.Unsetenv(name)) // NewPod restores it
	}
}

// A setup changes a testbed, or the environment of its pod, before a config is loaded.
type setup func(testing.TB, *testbed)

// all makes several changes, one after the other.
func all(setups ...setup) setup {
	return func(t testing.TB, w *testbed) {
		for _, change := range setups {
			change(t, w)
		}
	}
}

// env sets an environment variable.
func env(name, value string) setup {
	return func(t testing.TB, _ *testbed) { t.Setenv(name, value) }
}

// unset removes one of the variables that the EKS webhook injects.
func unset(name string) setup {
	return func(t testing.TB, _ *testbed) { require.NoError(t, os.Unsetenv(name)) } // NewPod restores it
}

// staticKeys puts a user's keys into the environment.
func staticKeys(t testing.TB, _ *testbed) {
	t.Setenv("AWS_ACCESS_KEY_ID", "ENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
}

// uninjected makes the pod one into which the EKS webhook has injected nothing.
func uninjected(t testing.TB, w *testbed) { all(noIdentity, inKubernetes)(t, w) }

// configFile writes the shared config file.
func configFile(content string) setup {
	return func(t testing.TB, _ *testbed) { sharedConfig(t, content) }
}

// webProfile writes a shared config file whose section has the pod's web identity, and more lines.
func webProfile(section, more string) setup {
	return func(t testing.TB, w *testbed) {
		sharedConfig(t, "["+section+"]\nrole_arn = "+roleARN+"\n"+
			"web_identity_token_file = "+w.pod.TokenFile()+"\n"+more)
	}
}

// writeToken has the kubelet put something else in the place of the token.
func writeToken(content string) setup {
	return func(t testing.TB, w *testbed) { require.NoError(t, w.pod.Write(content)) }
}

// opts are load options, as a slice.
func opts(fns ...func(*config.LoadOptions) error) []func(*config.LoadOptions) error { return fns }

// profileKeys are static keys as a profile has them.
const profileKeys = "aws_access_key_id = PROFILE\naws_secret_access_key = s\n"

// static is the load option that gives credentials in code.
func static(o *config.LoadOptions) error {
	o.Credentials = credentials.NewStaticCredentialsProvider("CODE", "s", "")
	return nil
}
