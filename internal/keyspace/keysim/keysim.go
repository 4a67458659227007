package keysim

import (
	"container/heap"
	"fmt"
	"sort"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace"
)

// A Bucket is what is listed, and how.
type Bucket struct {
	Keys    []string // in order
	Page    int      // keys on a page; 0: 1000, as S3's
	Workers int
	Prefix  string
	After   string

	// Latency is how long a request takes, in round trips; nil: one.
	Latency func() float64

	// Change, if not nil, replaces Keys after so many requests.
	Change func(requests int, keys []string) []string
}

// A Result is what a listing took and delivered.
type Result struct {
	RoundTrips float64 // from start to end
	Requests   int
	Delivered  map[string]int // how often each key was
}

// flight is a request under way.
type flight struct {
	lands  float64
	number int
	r      *keyspace.Range
}

type flights []flight

func (f flights) Len() int { return len(f) }
func (f flights) Less(i, j int) bool {
	return f[i].lands < f[j].lands || f[i].lands == f[j].lands && f[i].number < f[j].number
}
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flights) Push(x any)   { *f = append(*f, x.(flight)) }
func (f *flights) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

// List lists the bucket.
func (b Bucket) List() (Result, error) {
	if b.Page == 0 {
		b.Page = 1000
	}
	plan := keyspace.New(b.Prefix, b.After)
	res := Result{Delivered: make(map[string]int, len(b.Keys))}
	var air flights
	send := func(r *keyspace.Range) {
		took := 1.0
		if b.Latency != nil {
			took = b.Latency()
		}
		res.Requests++
		heap.Push(&air, flight{res.RoundTrips + took, res.Requests, r})
		if b.Change != nil {
			b.Keys = b.Change(res.Requests, b.Keys)
		}
	}
	for {
		for len(air) < b.Workers {
			r := plan.Next()
			if r == nil {
				break
			}
			send(r)
		}
		if len(air) == 0 {
			break
		}
		f := heap.Pop(&air).(flight)
		res.RoundTrips = f.lands
		page, more := b.page(f.r.After)
		n, done := plan.Page(f.r, len(page), func(i int) string { return page[i] }, more)
		for _, key := range page[:n] {
			res.Delivered[key]++
		}
		if !done {
			send(f.r)
		}
	}
	if !plan.Done() {
		return res, fmt.Errorf("%d requests, and some ranges were never listed", res.Requests)
	}
	return res, nil
}

// page is what S3 answers.
func (b Bucket) page(after string) (keys []string, more bool) {
	from := max(b.search(after+"\x00"), b.search(b.Prefix))
	to := min(from+b.Page, len(b.Keys))
	for to > from && b.Keys[to-1] >= b.Prefix && !hasPrefix(b.Keys[to-1], b.Prefix) {
		to--
	}
	return b.Keys[from:to], to < len(b.Keys) && hasPrefix(b.Keys[to], b.Prefix)
}

func (b Bucket) search(key string) int { return sort.SearchStrings(b.Keys, key) }

func hasPrefix(s, prefix string) bool { return len(s) >= len(prefix) && s[:len(prefix)] == prefix }
