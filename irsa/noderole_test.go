package irsa_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// noRegion takes the region away, which EKS's webhook injects along with the role.
func noRegion(t testing.TB, _ *testbed) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		require.NoError(t, os.Unsetenv(name)) // NewPod restores it
	}
}

// Which of the two a client misses first is the client's affair.
func TestTheFirstCallOfAPodWithoutIdentityAndRegionSaysWhatItLacks(t *testing.T) {
	w := newTestbed(t)
	all(uninjected, noRegion)(t, w)
	cfg, err := w.load(new(irsa.Loader))
	require.NoError(t, err)
	assert.Contains(t, w.warn.String(), "has no web identity")
	calls := map[string]func() error{
		"S3": func() error {
			_, err := s3.NewFromConfig(cfg).ListBuckets(t.Context(), nil)
			return err
		},
		"S3, of a bucket": func() error {
			_, err := s3.NewFromConfig(cfg).GetObject(t.Context(),
				&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			return err
		},
		"a presigner": func() error {
			_, err := s3.NewPresignClient(s3.NewFromConfig(cfg)).PresignGetObject(t.Context(),
				&s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("k")})
			return err
		},
		"STS": func() error {
			_, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			err := call()
			require.ErrorIs(t, err, irsa.ErrNodeRole)
			require.ErrorContains(t, err, "pod reader-7c (system:serviceaccount:payments:reader) has no web identity")
			assert.NotContains(t, err.Error(), "\n")
			assert.Contains(t, irsa.Explain(err), "annotate serviceaccount reader")
		})
	}
	require.ErrorContains(t, calls["S3"](), "nor a region: ", "the SDK's own error is kept")
}

// A client's own region and credentials are the caller's affair, and so is what they lead to.
func TestAClientWithARegionOfItsOwnIsLeftAlone(t *testing.T) {
	w := newTestbed(t)
	all(uninjected, noRegion)(t, w)
	cfg, err := w.load(new(irsa.Loader))
	require.NoError(t, err)
	_, err = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.Region = "eu-west-1"
		o.Credentials = aws.AnonymousCredentials{}
	}).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("b"), Key: aws.String("")})
	require.Error(t, err)
	require.NotErrorIs(t, err, irsa.ErrNodeRole)
}

// The webhook adds no variables to a container that has one of them, and mounts the token all the
// same: the SDK goes on to the node's role in silence.
func TestHalfOfPodIdentityIsNamed(t *testing.T) {
	for name, prepare := range map[string]setup{
		"the file's variable alone": env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token"),
		"the mounted token alone": func(t testing.TB, w *testbed) {
			w.mount(t, filepath.Join(filepath.Dir(podfs.Read().EKSToken),
				"../../pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"))
			require.NotEmpty(t, podfs.Read().AgentToken)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTestbed(t)
			all(uninjected, prepare)(t, w)
			cfg, err := w.load(new(irsa.Loader))
			require.NoError(t, err)
			_, err = cfg.Credentials.Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrNodeRole)
			require.ErrorContains(t, err, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not")
			assert.Contains(t, irsa.Explain(err), "Half of EKS Pod Identity")
			assert.Contains(t, w.warn.String(), "AWS_CONTAINER_CREDENTIALS_FULL_URI is not")

			_, err = w.load(&irsa.Loader{Fallback: irsa.FallbackNone})
			require.ErrorIs(t, err, irsa.ErrNodeRole)
			require.ErrorContains(t, err, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not")
		})
	}
	t.Run("the agent's address alone", func(t *testing.T) {
		w := newTestbed(t)
		all(uninjected, env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"))(t, w)
		_, err := w.loadBed(t, irsa.Options{}).p.Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrToken)
		require.ErrorContains(t, err, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not")
		assert.Contains(t, irsa.Explain(err), "The agent got no token")
	})
}
