package s3read

import (
	"context"
	"sync"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace"
	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// A crew lists the ranges of a plan, each worker one at a time.
type crew struct {
	*listing
	gate  *gate
	pages chan delivery // from the workers to the caller

	mu   sync.Mutex // guards what follows
	plan *keyspace.Plan
	news sync.Cond // a page is known, or it is over
	over bool      // with err, or because the plan is done
	err  error
}

// A delivery is a page whose first n keys are to be yielded. The worker waits for its page to come back.
type delivery struct {
	page *listxml.Page
	n    int
	back chan struct{}
}

// parallel yields the first page and what follows it, with up to opts.Parallel requests at once.
func (l *listing) parallel(ctx context.Context, first *listxml.Page, yield func(Object) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	c := &crew{listing: l, gate: newGate(l.opts.Parallel), pages: make(chan delivery), plan: keyspace.New(l.prefix, l.opts.StartAfter)}
	c.news.L = &c.mu
	begin := c.plan.Next()
	n, _ := c.known(begin, first)

	var workers sync.WaitGroup
	for i := range l.opts.Parallel {
		var mine *keyspace.Range
		if i == 0 {
			mine = begin
		}
		workers.Go(func() { c.work(ctx, cancel, mine) })
	}
	go func() {
		workers.Wait()
		close(c.pages)
	}()
	defer func() { // however the caller leaves
		cancel()
		c.end(nil)
		for range c.pages {
		}
	}()

	d := delivery{page: first, n: n, back: make(chan struct{}, 1)}
	for ok := true; ok; d, ok = <-c.pages {
		for i := range d.page.Objects[:d.n] {
			if !yield(listed(&d.page.Objects[i])) {
				return errStopped
			}
		}
		d.back <- struct{}{}
	}
	return c.err // set before the last worker went
}

// known tells the plan of a page.
func (c *crew) known(r *keyspace.Range, p *listxml.Page) (n int, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, done = c.plan.Page(r, len(p.Objects), func(i int) string { return p.Objects[i].Key }, p.Truncated)
	r.Token = p.Next
	if c.plan.Done() {
		c.over = true
	}
	c.news.Broadcast()
	return n, done
}

// next waits for a range, and answers nil when there will be none.
func (c *crew) next() *keyspace.Range {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.over {
		if r := c.plan.Next(); r != nil {
			return r
		}
		c.news.Wait()
	}
	return nil
}

// end lets no worker begin another range. The first error is the listing's.
func (c *crew) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.over = true
	c.news.Broadcast()
}

// work lists the range r, if there is one, and then others.
func (c *crew) work(ctx context.Context, cancel context.CancelFunc, r *keyspace.Range) {
	d := delivery{page: new(listxml.Page), back: make(chan struct{}, 1)}
	var loop tokens
	for {
		if r == nil {
			if r = c.next(); r == nil {
				return
			}
			loop = tokens{}
		}
		err := c.ask(ctx, r, d.page)
		if err == nil && d.page.Truncated && !loop.next(d.page.Next) {
			err = c.failed(errCircle)
		}
		if err != nil {
			c.end(err)
			cancel()
			return
		}
		var done bool
		if d.n, done = c.known(r, d.page); done {
			r = nil
		}
		if d.n == 0 {
			continue
		}
		select {
		case c.pages <- d:
		case <-ctx.Done():
			c.end(c.failed(ended(ctx, nil)))
			return
		}
		select {
		case <-d.back:
		case <-ctx.Done():
			c.end(c.failed(ended(ctx, nil)))
			return
		}
	}
}

// ask asks for the next page of r.
func (c *crew) ask(ctx context.Context, r *keyspace.Range, p *listxml.Page) error {
	return c.listing.ask(ctx, request{resume: true, gate: c.gate}, r.After, r.Token, p, func() error {
		if !ascending(p) || len(p.Objects) > 0 && p.Objects[0].Key <= r.After {
			return broken("its keys are not in order")
		}
		return nil
	})
}
