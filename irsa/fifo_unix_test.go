//go:build unix

package irsa_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// To open a pipe waits for its other end, and to read a device may never end.
func TestFilesThatAreNoFilesBlockNobody(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	t.Run("but nothing is a file that is empty", func(t *testing.T) {
		newTestbed(t)
		t.Setenv("AWS_CONFIG_FILE", os.DevNull)
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
		_, err := irsa.LoadConfig(t.Context())
		require.NoError(t, err)
	})
	for _, file := range []string{fifo, "/dev/zero"} {
		for _, variable := range []string{
			"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
		} {
			t.Run(variable+" is "+filepath.Base(file), func(t *testing.T) {
				newTestbed(t)
				t.Setenv(variable, file)
				cfg, err := irsa.LoadConfig(t.Context())
				if err == nil {
					_, err = cfg.Credentials.Retrieve(t.Context())
				}
				require.ErrorContains(t, err, "it is not a regular file")
				require.ErrorContains(t, err, file)
			})
		}
	}
}
