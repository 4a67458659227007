package s3read_test

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read"
)

// TestPagesThatContradictWhatWasAskedAreAskedForAgain has a server answer each request of a kind
// first so and then well.
func TestPagesThatContradictWhatWasAskedAreAskedForAgain(t *testing.T) {
	const (
		end  = "<IsTruncated>false</IsTruncated>"
		more = "<IsTruncated>true</IsTruncated><NextContinuationToken>1</NextContinuationToken>"
	)
	key := func(k string) string { return "<Contents><Key>" + k + "</Key></Contents>" }
	common := func(p string) string { return "<CommonPrefixes><Prefix>" + p + "</Prefix></CommonPrefixes>" }
	type option = func(*s3read.ListOptions)
	for _, tt := range []struct {
		name      string
		optFns    []option
		first     string // the page without a token, if it is good
		bad, good string
		want      []string
	}{
		{
			"a key without the prefix", nil,
			"", key("p/a") + key("q") + end, key("p/a") + end,
			[]string{"p/a"},
		},
		{
			"a key that is not after the one asked for", []option{startAfter("p/b")},
			"", key("p/b") + end, key("p/c") + end,
			[]string{"p/c"},
		},
		{
			"a common prefix without the prefix", []option{slash},
			"", common("q/") + end, common("p/a/") + end,
			[]string{"p/a/"},
		},
		{
			"a common prefix that is not after the key asked for", []option{slash, startAfter("p/b")},
			"", common("p/a/") + end, common("p/c/") + end,
			[]string{"p/c/"},
		},
		{
			"the token that was asked with", nil,
			key("p/a") + more, key("p/b") + more, key("p/b") + end,
			[]string{"p/a", "p/b"},
		},
		{
			"a key of the page before, with many at once", []option{parallel(2)},
			key("p/a") + key("p/b") + more, key("p/b") + key("p/b1") + end, key("p/b1") + end,
			[]string{"p/a", "p/b", "p/b1"},
		},
	} {
		for name, wrap := range map[string]func(s3read.Client) s3read.Client{
			"":                  func(c s3read.Client) s3read.Client { return c },
			", read by the SDK": func(c s3read.Client) s3read.Client { return wrapped(c) },
		} {
			inBubble(t, tt.name+name, func(t *testing.T) {
				var bad atomic.Bool // was answered
				answer := func(q url.Values) string {
					switch {
					case tt.first != "" && !q.Has("start-after") && !q.Has("continuation-token"):
						return tt.first
					case tt.first != "" && !q.Has("continuation-token"): // another's range
						return end
					case bad.Swap(true):
						return tt.good
					}
					return tt.bad
				}
				c := serve(func(w http.ResponseWriter, r *http.Request) {
					_, _ = w.Write([]byte("<ListBucketResult>" + answer(r.URL.Query()) + "</ListBucketResult>"))
				})
				objects, err := collect(t.Context(), s3read.NewBucket(wrap(c), "bucket"), "p/", tt.optFns...)
				require.NoError(t, err)
				assert.Equal(t, tt.want, keysOf(objects))
				assert.True(t, bad.Load())
			})
		}
	}
}
