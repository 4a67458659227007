package podfs_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

func TestEachSignOfKubernetesIsSeenByItself(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Cleanup(podfs.SetRoot(t.TempDir()))
	assert.False(t, podfs.Read().InKubernetes, "an empty file system")

	for _, token := range []func(podfs.Pod) string{
		func(p podfs.Pod) string { return p.KubernetesToken },
		func(p podfs.Pod) string { return p.EKSToken },
	} {
		podfs.SetRoot(t.TempDir())
		folder := filepath.Dir(token(podfs.Read()))
		require.NoError(t, os.MkdirAll(folder, 0o755))
		assert.True(t, podfs.Read().InKubernetes, folder)
		assert.False(t, podfs.Read().Mounted, "there is no token yet")
	}
	require.NoError(t, os.WriteFile(podfs.Read().EKSToken, nil, 0o600))
	assert.True(t, podfs.Read().Mounted)

	podfs.SetRoot(t.TempDir())
	t.Setenv("KUBERNETES_SERVICE_HOST", "10.100.0.1")
	assert.True(t, podfs.Read().InKubernetes, "the variable alone")
}

func TestAFileInTheFoldersPlaceIsNoSign(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Cleanup(podfs.SetRoot(t.TempDir()))
	folder := filepath.Dir(podfs.Read().KubernetesToken)
	require.NoError(t, os.MkdirAll(filepath.Dir(folder), 0o755))
	require.NoError(t, os.WriteFile(folder, nil, 0o600))
	assert.False(t, podfs.Read().InKubernetes)
}

func TestTheRootIsSetBack(t *testing.T) {
	before := podfs.Read()
	restore := podfs.SetRoot(t.TempDir())
	assert.NotEqual(t, before, podfs.Read())
	restore()
	assert.Equal(t, before, podfs.Read())
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
