package s3read_test

import (
	"io"
	"io/fs"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// slow is a fake whose answers take 20 ms.
func slow() *s3readtest.Server {
	fake := new(s3readtest.Server)
	fake.Put("bucket", "key", "body")
	fake.Inject(s3readtest.Fault{Do: s3readtest.Delay(20 * time.Millisecond)})
	return fake
}

// times calls do n times, and returns how long each took, in order of size.
func times(t *testing.T, n int, do func() error) []time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	for i := range took {
		began := time.Now()
		require.NoError(t, do())
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took
}

func TestLateAnswersAreOvertaken(t *testing.T) {
	kinds := map[string]func(*testing.T, *s3read.Bucket) error{
		"GetObject": func(t *testing.T, b *s3read.Bucket) error {
			_, err := b.ReadAll(t.Context(), "key", 10)
			return err
		},
		"HeadObject": func(t *testing.T, b *s3read.Bucket) error {
			_, err := b.Stat(t.Context(), "key")
			return err
		},
		"ListObjectsV2": func(t *testing.T, b *s3read.Bucket) error {
			_, err := collect(t.Context(), b, "")
			return err
		},
	}
	for op, do := range kinds {
		inBubble(t, op+": with one in a hundred five seconds late, and few requests more", func(t *testing.T) {
			fake := slow()
			b := direct(fake)
			// Not within the first, of which nothing is known yet.
			fake.Inject(s3readtest.Fault{Op: op, Skip: 50, Every: 100, Do: s3readtest.Delay(5 * time.Second)})
			took := times(t, 2000, func() error { return do(t, b) })
			assert.Less(t, took[len(took)*999/1000], 10*took[len(took)/2])
			assert.LessOrEqual(t, len(fake.Requests()), 2000+2000*2/100)
		})
	}
	get := kinds["GetObject"]
	inBubble(t, "never, where the option says so", func(t *testing.T) {
		fake := slow()
		b := direct(fake, func(o *s3read.BucketOptions) { o.Hedge = -1 })
		fake.Inject(s3readtest.Fault{Skip: 50, Every: 100, Do: s3readtest.Delay(5 * time.Second)})
		took := times(t, 200, func() error { return get(t, b) })
		assert.Greater(t, took[199], 5*time.Second)
		assert.Len(t, fake.Requests(), 200)
	})
	inBubble(t, "after the time that the option says, from the first on", func(t *testing.T) {
		fake := slow()
		b := direct(fake, func(o *s3read.BucketOptions) { o.Hedge = 100 * time.Millisecond })
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Delay(5 * time.Second)})
		assert.Equal(t, []time.Duration{120 * time.Millisecond}, times(t, 1, func() error { return get(t, b) }))
	})
	inBubble(t, "a store that is slow for all is not asked more than the budget allows", func(t *testing.T) {
		fake := slow()
		b := direct(fake)
		times(t, 100, func() error { return get(t, b) })
		fake.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
		times(t, 100, func() error { return get(t, b) })
		assert.LessOrEqual(t, len(fake.Requests()), 200+10)
	})
	inBubble(t, "not while the store asks for fewer requests", func(t *testing.T) {
		fake := slow()
		b := direct(fake)
		times(t, 50, func() error { return get(t, b) })
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Error("SlowDown", "")})
		times(t, 1, func() error { return get(t, b) })
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Delay(5 * time.Second)})
		assert.Greater(t, times(t, 1, func() error { return get(t, b) })[0], 5*time.Second)
	})
	inBubble(t, "the first answer counts, whichever request it is for", func(t *testing.T) {
		fake := slow()
		b := direct(fake)
		times(t, 50, func() error { return get(t, b) })
		fake.ForgetRequests()
		// Both are late; the first is answered first all the same.
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Delay(80 * time.Millisecond)})
		fake.Inject(s3readtest.Fault{Skip: 1, Times: 1, Do: s3readtest.Delay(time.Second)})
		assert.Equal(t, []time.Duration{100 * time.Millisecond}, times(t, 1, func() error { return get(t, b) }))
		assert.Len(t, fake.Requests(), 2)
	})
	inBubble(t, "a failure of the second request is none of the first", func(t *testing.T) {
		fake := slow()
		b := direct(fake)
		times(t, 50, func() error { return get(t, b) })
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Delay(time.Second)})
		fake.Inject(s3readtest.Fault{Skip: 1, Times: 1, Do: s3readtest.Error("InternalError", "")})
		assert.Equal(t, []time.Duration{1020 * time.Millisecond}, times(t, 1, func() error { return get(t, b) }))
	})
}

func TestOneLimiterHoldsForAllThatABucketDoes(t *testing.T) {
	inBubble(t, "and an open Reader holds no room", func(t *testing.T) {
		fake := new(s3readtest.Server)
		fake.PutObject("bucket", s3readtest.Object{Key: "key", Content: synthetic, Size: 1 << 30})
		b := onHTTP(t, fake)
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Error("SlowDown", "")})
		_, err := b.Stat(t.Context(), "key") // from now on, one request at a time
		require.NoError(t, err)
		var open []*s3read.Reader
		for range 5 {
			r, err := b.Open(t.Context(), "key")
			require.NoError(t, err)
			open = append(open, r)
		}
		_, err = fs.Stat(b.FS(t.Context()), "key")
		require.NoError(t, err)
		for _, r := range open {
			_, err := io.ReadFull(r, make([]byte, 1000))
			require.NoError(t, err)
			require.NoError(t, r.Close())
		}
	})
	inBubble(t, "whatever the operations are", func(t *testing.T) {
		fake := new(s3readtest.Server)
		fake.Put("bucket", "key", "body")
		b := direct(fake)
		fake.Inject(s3readtest.Fault{Times: 1, Do: s3readtest.Error("SlowDown", "")})
		_, err := b.Stat(t.Context(), "key")
		require.NoError(t, err)
		fake.ForgetRequests()
		fake.Inject(s3readtest.Fault{Do: s3readtest.Delay(time.Second)})
		start := time.Now()
		var wg sync.WaitGroup
		for _, do := range []func() error{
			func() error { _, err := b.Stat(t.Context(), "key"); return err },
			func() error { _, err := b.ReadAll(t.Context(), "key", 10); return err },
			func() error { _, err := collect(t.Context(), b, ""); return err },
			func() error { _, err := b.Download(t.Context(), "key", make(memory, 4)); return err },
		} {
			wg.Go(func() { assert.NoError(t, do()) })
			synctest.Wait()
		}
		assert.Equal(t, 2, inFlight(fake.Requests(), start.Add(time.Millisecond)), "one, and one more after a success")
		wg.Wait()
	})
}
