package s3readtest

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Fault says which requests something happens to, and what. Several that meet in one
// request happen together.
type Fault struct {
	Op    string             // the operation, as in Request; "": every
	Match func(Request) bool // which of its requests; nil: every. It must not call Inject.

	Skip  int // of those, spare so many first
	Every int // of the others, meet every so many-th; 0 and 1: each
	Times int // so many requests in all; 0: no end

	Do Effect
}

// Inject lets a Fault happen from now on, until the function it returns is called.
func (s *Server) Inject(f Fault) (remove func()) { return s.faults.inject(f) }

// faults are those that are in force. The zero faults are ready.
type faults struct {
	mu   sync.Mutex // guards what follows
	list []*counted
}

// A counted Fault knows how many requests it has seen and met.
type counted struct {
	Fault
	seen, met int
}

func (f *faults) inject(fault Fault) func() {
	c := &counted{Fault: fault}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, c)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.list = slices.DeleteFunc(f.list, func(other *counted) bool { return other == c })
	}
}

// meets counts a request and tells whether the fault meets it.
func (c *counted) meets(r Request) bool {
	if c.Op != "" && c.Op != r.Op || c.Match != nil && !c.Match(r) {
		return false
	}
	if c.Times > 0 && c.met >= c.Times {
		return false
	}
	c.seen++
	if n := c.seen - c.Skip; n <= 0 || c.Every > 1 && n%c.Every != 0 {
		return false
	}
	c.met++
	return true
}

// plan collects what is to happen to a request.
func (f *faults) plan(r Request) *plan {
	p := &plan{header: http.Header{}, cut: never, reset: never, stall: never, truncate: never}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.list {
		if c.meets(r) && c.Do.apply != nil {
			c.Do.apply(p)
		}
	}
	return p
}

// A plan is what is to happen to one request.
type plan struct {
	delay   time.Duration
	ignored []string
	failure *failure
	reply   *answer
	region  string

	noToken, unsorted bool
	rewrite           []func([]byte) []byte
	header            http.Header // set on the answer; an empty value removes it
	truncate          int64

	cut, reset, stall int64 // after so many bytes of the body; before: before the headers
	marks             []mark
	pace              int64 // bytes per second; 0: no limit
}

// A mark is what is done when so many bytes are sent.
type mark struct {
	after int64
	do    func()
}

const (
	never  = int64(-1 << 63)
	before = int64(-1)
)
