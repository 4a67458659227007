package container_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/container"
	"github.com/seed-15cba5db/irsa-go/internal/integration/image"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

func TestAnImageNeedsNothingButTheBinaryAndTheCertificates(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lets a process start with another root folder and user")
	}
	d, err := image.Read()
	require.NoError(t, err)
	binary, err := d.Build(t.Context(), manifest.Root, "setup", t.TempDir())
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, container.Root(root, binary, []byte("none")))
	require.NoError(t, os.Chmod(root, 0o555))
	t.Cleanup(func() { require.NoError(t, os.Chmod(root, 0o755)) })

	var files []string
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, root))
		}
		return err
	}))
	require.Equal(t, []string{"/etc/ssl/certs/ca-certificates.crt", "/example"}, files)

	args := []string{
		"-issuer", "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", "-account", "111122223333",
		"-role", "payments-reader", "-namespace", "payments", "-service-account", "api", "-bucket", "invoices",
	}
	t.Run("it runs", func(t *testing.T) {
		result, err := container.Run(t.Context(), root, nil, args...)
		require.NoError(t, err)
		require.Zero(t, result.Code, result.Stderr)
		assert.Contains(t, result.Stdout, "system:serviceaccount:payments:api")
	})

	t.Run("it is not root, and can't write to its root folder", func(t *testing.T) {
		result, err := container.Run(t.Context(), root, nil, append(args, "-o", "/out")...)
		require.NoError(t, err)
		assert.Equal(t, 1, result.Code)
		assert.Contains(t, result.Stderr, "permission denied")
	})

	t.Run("it can write to a volume", func(t *testing.T) {
		require.NoError(t, os.Chmod(root, 0o755))
		volume, err := container.Volume(root, "/data")
		require.NoError(t, err)
		result, err := container.Run(t.Context(), root, nil, append(args, "-o", "/data/out")...)
		require.NoError(t, err)
		require.Zero(t, result.Code, result.Stderr)
		assert.FileExists(t, filepath.Join(volume, "out", "trust-policy.json"))
	})
}
