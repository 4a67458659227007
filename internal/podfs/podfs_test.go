package podfs_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

func TestEachSignOfKubernetesIsSeenByItself(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	ctx := podfs.WithRoot(t.Context(), t.TempDir())
	assert.False(t, podfs.InKubernetes(ctx), "an empty file system")

	for _, token := range []func(context.Context) string{podfs.KubernetesToken, podfs.EKSToken} {
		ctx := podfs.WithRoot(t.Context(), t.TempDir())
		folder := filepath.Dir(token(ctx))
		require.NoError(t, os.MkdirAll(folder, 0o755))
		assert.True(t, podfs.InKubernetes(ctx), folder)
	}

	t.Setenv("KUBERNETES_SERVICE_HOST", "10.100.0.1")
	assert.True(t, podfs.InKubernetes(ctx), "the variable alone")
}

func TestAFileInTheFoldersPlaceIsNoSign(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	ctx := podfs.WithRoot(t.Context(), t.TempDir())
	folder := filepath.Dir(podfs.KubernetesToken(ctx))
	require.NoError(t, os.MkdirAll(filepath.Dir(folder), 0o755))
	require.NoError(t, os.WriteFile(folder, nil, 0o600))
	assert.False(t, podfs.InKubernetes(ctx))
}

func TestTheAudienceOfTheKubernetesAPIIsKnown(t *testing.T) {
	const issuer = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
	for audience, want := range map[string]bool{
		issuer: true, "https://kubernetes.default.svc": true, "kubernetes.default.svc.cluster.local": true,
		"sts.amazonaws.com": false, "": false, issuer + "2": false,
	} {
		assert.Equal(t, want, podfs.IsKubernetesAudience(audience, issuer), audience)
	}
	assert.False(t, podfs.IsKubernetesAudience("", ""))
}
