package fault

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// A Rule says which requests an effect meets. R is what a kit tells of a request.
type Rule[R any] struct {
	Op    string       // the operation; "": every
	Match func(R) bool // which of its requests; nil: every. It must not call Inject

	Skip  int // of those, spare so many first
	Every int // of the others, meet every so many-th; 0 and 1: each
	Times int // so many in all; 0: no end

	Do func(*Plan) // nil: nothing
}

// A List holds the rules that are in force. The zero List is ready, and has none. Its methods
// are safe for concurrent use.
type List[R any] struct {
	mu    sync.Mutex // guards rules and their counts
	rules []*counted[R]
}

// A counted rule knows how many requests it has seen and met.
type counted[R any] struct {
	Rule[R]
	conn      memnet.Fault // what it does to connections; None: it waits for their requests
	seen, met int
}

// Inject puts a rule in force until remove is called, or Clear. From then on c, which the
// server embeds, asks the list about connections.
func (l *List[R]) Inject(c *memnet.Asked, r Rule[R]) (remove func()) {
	entry := &counted[R]{Rule: r}
	// What a connection carries is not known while it is made: a rule that chooses among
	// requests waits for them.
	if r.Do != nil && r.Op == "" && r.Match == nil {
		p := newPlan()
		r.Do(p)
		entry.conn = p.conn()
	}
	memnet.Ask(c, l.connection)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = append(l.rules, entry)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.rules = slices.DeleteFunc(l.rules, func(other *counted[R]) bool { return other == entry })
	}
}

// Clear removes all rules.
func (l *List[R]) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = nil
}

// counts counts one more request, or connection, and reports whether the rule meets it.
func (c *counted[R]) counts() bool {
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

// Plan counts a request and collects what is to happen to it. told is what rules know of it.
func (l *List[R]) Plan(r *http.Request, op string, told R) *Plan {
	asked := memnet.WasAsked(r)
	p := newPlan()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.rules {
		switch {
		case c.Do == nil, c.Op != "" && c.Op != op, c.Match != nil && !c.Match(told):
		case c.conn != memnet.None && asked: // its connection was counted
		case c.counts():
			c.Do(p)
		}
	}
	return p
}

// connection counts a connection, and is what happens to it: where several rules meet it, what
// comes first while a connection is made.
func (l *List[R]) connection() memnet.Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := memnet.None
	for _, c := range l.rules {
		if c.conn == memnet.None || !c.counts() {
			continue
		}
		if first == memnet.None || c.conn < first {
			first = c.conn
		}
	}
	return first
}

// Skew is how far the server's clock is ahead outside of any request: by the rules that hold
// for all requests, without a count.
func (l *List[R]) Skew() time.Duration {
	p := newPlan()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.rules {
		if c.Do != nil && c.Op == "" && c.Match == nil && c.Skip == 0 && c.Every <= 1 && c.Times == 0 {
			c.Do(p)
		}
	}
	return p.Skew
}
