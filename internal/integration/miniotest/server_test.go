package miniotest_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
)

func TestServer(t *testing.T) {
	s := miniotest.Start(t, miniotest.Options{})
	client := s.Client(t)
	require.NoError(t, client.MakeBucket(t.Context(), "reports", minio.MakeBucketOptions{}))
	body := bytes.NewReader([]byte("a,b\n"))
	_, err := client.PutObject(t.Context(), "reports", "2026/may.csv", body, 4, minio.PutObjectOptions{})
	require.NoError(t, err)

	t.Run("a killed server answers nothing", func(t *testing.T) {
		s.Kill(t)
		_, err := http.Get(s.URL)
		require.ErrorContains(t, err, "connection refused")
	})

	t.Run("a restarted server has the same URL and data", func(t *testing.T) {
		url := s.URL
		s.Restart(t)
		assert.Equal(t, url, s.URL)
		o, err := client.GetObject(t.Context(), "reports", "2026/may.csv", minio.GetObjectOptions{})
		require.NoError(t, err)
		data, err := io.ReadAll(o)
		require.NoError(t, err)
		assert.Equal(t, "a,b\n", string(data))
	})
}
