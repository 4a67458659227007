//go:build unix

package irsa_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/stretchr/testify/assert"
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
	t.Run("nor is a descriptor that this process was given", func(t *testing.T) {
		newTestbed(t)
		t.Setenv("AWS_REGION", "")
		t.Setenv("AWS_DEFAULT_REGION", "")
		for _, load := range []func(context.Context, ...func(*config.LoadOptions) error) (aws.Config, error){
			config.LoadDefaultConfig, irsa.LoadConfig,
		} {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			_, err = w.WriteString("[default]\nregion = eu-west-3\n")
			require.NoError(t, errors.Join(err, w.Close()))
			t.Setenv("AWS_CONFIG_FILE", fmt.Sprintf("/dev/fd/%d", r.Fd()))
			cfg, err := load(t.Context())
			require.NoError(t, errors.Join(err, r.Close()))
			assert.Equal(t, "eu-west-3", cfg.Region)
		}
	})
	t.Run("where the SDK waits", func(t *testing.T) {
		newTestbed(t)
		t.Setenv("AWS_REGION", "")
		t.Setenv("AWS_DEFAULT_REGION", "")
		t.Setenv("AWS_CONFIG_FILE", fifo)
		region := make(chan string)
		go func() {
			cfg, _ := config.LoadDefaultConfig(t.Context())
			region <- cfg.Region
		}()
		require.NoError(t, os.WriteFile(fifo, []byte("[default]\nregion = eu-west-3\n"), 0))
		assert.Equal(t, "eu-west-3", <-region)
	})
	for _, file := range []string{fifo, "/dev/zero"} {
		t.Run("a profile's ca_bundle is "+filepath.Base(file), func(t *testing.T) {
			newTestbed(t)
			profile := filepath.Join(t.TempDir(), "config")
			require.NoError(t, os.WriteFile(profile, []byte("[profile p]\nca_bundle = "+file+"\n"), 0o600))
			t.Setenv("AWS_CONFIG_FILE", profile)
			_, err := irsa.LoadConfig(t.Context())
			require.NoError(t, err, "nobody named the profile")
			t.Setenv("AWS_PROFILE", "p")
			_, err = irsa.LoadConfig(t.Context())
			require.ErrorContains(t, err, "it is not a regular file")
			require.ErrorContains(t, err, file)
		})
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
