package s3read_test

import (
	"context"
	"io"
	"net/http/httptrace"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestConnectionsAreUsedAgain(t *testing.T) {
	const size = 1 << 20
	upTo := func(n int64) func(context.Context, *s3read.Bucket) error {
		return func(ctx context.Context, b *s3read.Bucket) error {
			r, err := b.Open(ctx, "key")
			if err != nil {
				return err
			}
			defer r.Close()
			_, err = io.CopyN(io.Discard, r, n)
			return err
		}
	}
	for _, tt := range []struct {
		name        string
		read        func(context.Context, *s3read.Bucket) error
		connections int
	}{
		{"an object that is read whole", upTo(size), 1},
		{"one of which 256 KiB are left", upTo(size - 256<<10), 1},
		{"one of which more is left, which is not waited for", upTo(size - 256<<10 - 1), 3},
		{"a description", func(ctx context.Context, b *s3read.Bucket) error {
			_, err := b.Stat(ctx, "key")
			return err
		}, 1},
		{"a download", func(ctx context.Context, b *s3read.Bucket) error {
			_, err := b.Download(ctx, "key", make(memory, size))
			return err
		}, 1},
		{"a listing", func(ctx context.Context, b *s3read.Bucket) error {
			_, err := collect(ctx, b, "")
			return err
		}, 1},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			var fake s3readtest.Server
			fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: content(size)})
			b := onHTTP(t, &fake)
			var connections atomic.Int32
			count := func(i httptrace.GotConnInfo) {
				if !i.Reused {
					connections.Add(1)
				}
			}
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: count})
			for range 3 {
				require.NoError(t, tt.read(ctx, b))
			}
			assert.EqualValues(t, tt.connections, connections.Load())
		})
	}
}
