package memnet_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// A sentBody is a request's body as smithy-go has it: the SDK closes it as soon as the response's
// header is there, and from then on its WriteTo fails.
type sentBody struct {
	io.Reader
	once   sync.Once
	closed chan struct{}
}

func (b *sentBody) WriteTo(io.Writer) (int64, error) {
	<-b.closed // the transport calls WriteTo late
	return 0, io.EOF
}

func (b *sentBody) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

func TestAnAnswerWhoseRequestsBodyIsClosedEarlyComesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := &sentBody{Reader: strings.NewReader("ping"), closed: make(chan struct{})}
		client := network("", memnet.None, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(time.Second)
			_, _ = io.WriteString(w, "pong")
		})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://any.example", sent)
		require.NoError(t, err)
		req.ContentLength = 4
		resp, err := client.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		_ = sent.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, "pong", string(body))
	})
}
