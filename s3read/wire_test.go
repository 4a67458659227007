package s3read

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A roundTripper answers every request with the same response.
type roundTripper func() *http.Response

func (f roundTripper) RoundTrip(*http.Request) (*http.Response, error) { return f(), nil }

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestPagesHaveALimitWhoeverDecodesThem(t *testing.T) {
	client := &http.Client{Transport: roundTripper(func() *http.Response {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless{})}
	})}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://s3.test/", nil)
	require.NoError(t, err)
	response, err := (&wire{new(sender), listPage, client}).Do(r)
	require.NoError(t, err)
	n, err := io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	assert.EqualValues(t, maxPageBody, n)
}
