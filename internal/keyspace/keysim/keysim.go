package keysim

import (
	"container/heap"
	"fmt"
	"sort"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace"
)

// A Bucket is what is listed, by how many workers, and how fast.
type Bucket struct {
	Keys    []string // in order
	Page    int      // keys on a page; 0: 1000, as S3 has
	Workers int      // requests in request at most
	Prefix  string   // list the keys with this prefix
	After   string   // list the keys after this one
	EndAt   string   // list no key after this one; "": to the last

	// Latency returns how long a request takes, in round trips. Nil: one.
	Latency func() float64

	// Change, if not nil, is called after each request, and returns what Keys are from then on.
	Change func(requests int, keys []string) []string
}

// A Result is what a listing took and delivered.
type Result struct {
	RoundTrips float64 // from start to end
	Requests   int
	Delivered  map[string]int // how often each key was delivered
}

// A request is one that is in flight.
type request struct {
	arrives float64 // when its response is there
	number  int     // decides among those that arrive together
	of      *keyspace.Range
}

// requests is a heap of those in flight, the next to arrive first.
type requests []request

func (q requests) Len() int { return len(q) }
func (q requests) Less(i, j int) bool {
	return q[i].arrives < q[j].arrives || q[i].arrives == q[j].arrives && q[i].number < q[j].number
}
func (q requests) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *requests) Push(x any)   { *q = append(*q, x.(request)) }
func (q *requests) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// List lists the bucket with a new Plan.
func (b Bucket) List() (Result, error) {
	if b.Page == 0 {
		b.Page = 1000
	}
	plan := keyspace.New(b.Prefix, b.After, b.EndAt)
	res := Result{Delivered: make(map[string]int, len(b.Keys))}
	var inFlight requests
	send := func(r *keyspace.Range) {
		took := 1.0
		if b.Latency != nil {
			took = b.Latency()
		}
		res.Requests++
		heap.Push(&inFlight, request{res.RoundTrips + took, res.Requests, r})
		if b.Change != nil {
			b.Keys = b.Change(res.Requests, b.Keys)
		}
	}
	for {
		for len(inFlight) < b.Workers {
			r := plan.Next()
			if r == nil {
				break
			}
			send(r)
		}
		if len(inFlight) == 0 {
			break
		}
		next := heap.Pop(&inFlight).(request)
		res.RoundTrips = next.arrives
		page, more := b.page(next.of.After)
		n, done := plan.Page(next.of, len(page), func(i int) string { return page[i] }, more)
		for _, key := range page[:n] {
			res.Delivered[key]++
		}
		if !done {
			send(next.of)
		}
	}
	if !plan.Done() {
		return res, fmt.Errorf("%d requests, and some ranges were never listed", res.Requests)
	}
	return res, nil
}

// page returns the page after a key, and whether there are more, as S3 does.
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
