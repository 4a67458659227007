package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheEndOfTheProcessWaitsForRequestsInFlight(t *testing.T) {
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	listener := closing{inner, make(chan struct{})}
	begun, finish := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		select {
		case <-finish:
			_, _ = io.WriteString(w, "done")
		case <-r.Context().Done():
		}
	})
	ctx, sigterm := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, slog.New(slog.DiscardHandler), listener, slow) }()

	answered := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answered <- string(body)
	}()
	<-begun
	sigterm()
	<-listener.closed // no new connection is taken
	select {
	case err := <-ended:
		require.Fail(t, "it has ended before the request", "%v", err)
	default:
	}
	close(finish)
	assert.Equal(t, "done", <-answered)
	assert.NoError(t, <-ended)
}

// closing tells when a listener is closed, which the server does once.
type closing struct {
	net.Listener
	closed chan struct{}
}

func (c closing) Close() error {
	defer close(c.closed)
	return c.Listener.Close()
}

func TestAListenerThatFailsEndsTheService(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	assert.ErrorIs(t, serve(t.Context(), slog.New(slog.DiscardHandler), listener, nil), net.ErrClosed)
}
