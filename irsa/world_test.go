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
	"github.com/aws/smithy-go/logging"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

const (
	roleARN = "arn:aws:iam::111122223333:role/reader"
	subject = "system:serviceaccount:payments:reader"
)

// A world is a pod, the STS that trusts it, and a container and an instance metadata service that
// give out credentials too.
type world struct {
	ctx  context.Context
	root string // of the container's file system: it holds nothing
	sts  *irsatest.STS
	pod  *irsatest.Pod
	http *http.Client
	warn *record
}

// Keys take long to make.
var podIssuer = irsatest.NewIssuer(eksIssuer)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{root: t.TempDir(), sts: new(irsatest.STS), warn: new(record)}
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
		_, _ = fmt.Fprintf(rw, `{"Code":"Success","AccessKeyId":"NODE","SecretAccessKey":"s","Token":"t","Expiration":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	})
	return mux
}

// container serves credentials as EKS Pod Identity and ECS do.
func container(t testing.TB) {
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(rw, `{"AccessKeyId":"CONTAINER","SecretAccessKey":"s","Token":"t","Expiration":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", s.URL)
}

// inKubernetes mounts Kubernetes' own token into the world's container.
func (w *world) inKubernetes(t testing.TB) {
	w.mount(t, podfs.Read().KubernetesToken)
}

func (w *world) mount(t testing.TB, file string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, []byte(jwtOf(podClaims)), 0o600))
}

// sharedConfig makes content the shared config file.
func sharedConfig(t testing.TB, content string) {
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	t.Setenv("AWS_CONFIG_FILE", file)
}

func (w *world) load(l *irsa.Loader, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	return l.LoadConfig(w.ctx, w.options(optFns)...)
}

// options are those of every config, and then some.
func (w *world) options(more []func(*config.LoadOptions) error) []func(*config.LoadOptions) error {
	log := logging.LoggerFunc(func(c logging.Classification, format string, v ...any) {
		_, _ = fmt.Fprintf(w.warn, "%s "+format+"\n", append([]any{c}, v...)...)
	})
	return append(opts(config.WithHTTPClient(w.http), config.WithLogger(log)), more...)
}

func bareEnv(t testing.TB) {
	for _, name := range []string{"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		require.NoError(t, os.Unsetenv(name)) // NewPod restores it
	}
}
