package memnet_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

func TestAConnCarriesBytesBothWays(t *testing.T) {
	a, b := memnet.Pipe()
	sent := bytes.Repeat([]byte("irsa-go"), 100_000)
	errs := make(chan error, 1)
	go func() {
		_, err := io.Copy(b, io.LimitReader(b, int64(len(sent))))
		errs <- err
	}()
	go func() { _, _ = a.Write(sent) }()
	got := make([]byte, len(sent))
	_, err := io.ReadFull(a, got)
	require.NoError(t, err)
	require.NoError(t, <-errs)
	assert.True(t, bytes.Equal(sent, got))
	assert.Equal(t, a.LocalAddr(), b.RemoteAddr())
	assert.Equal(t, b.LocalAddr(), a.RemoteAddr())
}

func TestAClosedConnEndsTheOther(t *testing.T) {
	a, b := memnet.Pipe()
	_, err := a.Write([]byte("last words"))
	require.NoError(t, err)
	require.NoError(t, a.Close())
	got, err := io.ReadAll(b)
	require.NoError(t, err, "what was written arrives, then the end")
	assert.Equal(t, "last words", string(got))
	_, err = b.Write([]byte("too late"))
	require.ErrorIs(t, err, syscall.EPIPE)
	_, err = a.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = a.Write(nil)
	require.ErrorIs(t, err, net.ErrClosed)
	require.NoError(t, a.Close(), "again")
	require.NoError(t, b.Close())
	_, err = b.Read(make([]byte, 1))
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestAResetConnLosesWhatWasOnItsWay(t *testing.T) {
	a, b := memnet.Pipe()
	_, err := a.Write([]byte("lost"))
	require.NoError(t, err)
	a.Reset()
	for _, c := range []net.Conn{a, b} {
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, syscall.ECONNRESET)
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, syscall.ECONNRESET)
	}
}

func TestADeadlineEndsAWait(t *testing.T) {
	t.Run("of a read", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a, b := memnet.Pipe()
			began := time.Now()
			require.NoError(t, a.SetReadDeadline(began.Add(time.Hour)))
			_, err := a.Read(make([]byte, 1))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			assert.Equal(t, time.Hour, time.Since(began))
			require.NoError(t, a.SetReadDeadline(time.Time{}))
			_, err = b.Write([]byte("x"))
			require.NoError(t, err)
			n, err := a.Read(make([]byte, 2))
			require.NoError(t, err, "a deadline taken back")
			assert.Equal(t, 1, n)
		})
	})
	t.Run("of a write that nobody reads", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a, _ := memnet.Pipe()
			began := time.Now()
			require.NoError(t, a.SetDeadline(began.Add(time.Hour)))
			n, err := a.Write(make([]byte, 1<<20))
			require.ErrorIs(t, err, os.ErrDeadlineExceeded)
			assert.Equal(t, time.Hour, time.Since(began))
			assert.Positive(t, n)
			assert.Less(t, n, 1<<20)
		})
	})
	t.Run("that has passed, set while a read waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a, _ := memnet.Pipe()
			errs := make(chan error)
			go func() {
				_, err := a.Read(make([]byte, 1))
				errs <- err
			}()
			synctest.Wait()
			require.NoError(t, a.SetReadDeadline(time.Unix(1, 0)))
			require.ErrorIs(t, <-errs, os.ErrDeadlineExceeded)
		})
	})
}
