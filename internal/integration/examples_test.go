package integration_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/clustertest"
	"github.com/seed-15cba5db/irsa-go/internal/integration/image"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
)

// build builds an example as its image's Dockerfile does.
func build(t *testing.T, example string) string {
	t.Helper()
	d, err := image.Read()
	require.NoError(t, err)
	file, err := d.Build(t.Context(), manifest.Root, example, t.TempDir())
	require.NoError(t, err)
	return file
}

func TestSetupReadsAPodsToken(t *testing.T) {
	cluster := clustertest.Start(t)
	apply(t, cluster, "payments", roleARN)
	result, _ := cluster.Run(t, cluster.PodOf(t, "payments", "setup"), build(t, "setup"))
	require.Zero(t, result.Code, result.Stderr)
	assert.Contains(t, result.Stdout, strings.TrimPrefix(cluster.Issuer, "https://")+":sub")
	assert.Contains(t, result.Stdout, subject)
	assert.Contains(t, result.Stdout, "arn:aws:s3:::invoices")
}
