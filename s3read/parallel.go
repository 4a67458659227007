package s3read

import (
	"context"
	"sync"

	"github.com/seed-15cba5db/irsa-go/internal/keyspace"
	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// A parallelListing lists the ranges into which a plan divides the key space. Each of its workers
// lists one range at a time; a worker without one takes part of the range that is expected to be
// the longest.
type parallelListing struct {
	*listing
	pages chan delivery // from the workers to the caller

	mu      sync.Mutex // guards what follows
	plan    *keyspace.Plan
	changed sync.Cond // a page was added to the plan, or the listing is over
	over    bool      // with err, or because the plan is done
	err     error
}

// A delivery is a page whose first n keys are to be yielded; the others belong to a range that
// another worker took meanwhile. The worker waits until its page is returned, and uses it again.
type delivery struct {
	page     *listxml.Page
	n        int
	returned chan struct{}
}

// parallel yields the first page and what follows it, with up to opts.Parallel requests at once.
func (l *listing) parallel(ctx context.Context, first *listxml.Page, yield func(Object) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	p := &parallelListing{
		listing: l,
		pages:   make(chan delivery),
		plan:    keyspace.New(l.prefix, l.opts.StartAfter, l.opts.EndAt),
	}
	p.changed.L = &p.mu
	begin := p.plan.Next()
	n, _ := p.add(begin, first)

	var workers sync.WaitGroup
	for i := range l.opts.Parallel {
		var r *keyspace.Range
		if i == 0 {
			r = begin
		}
		workers.Go(func() { p.work(ctx, cancel, r) })
	}
	go func() {
		workers.Wait()
		close(p.pages)
	}()
	defer func() { // however the caller leaves: no worker is left behind
		cancel()
		p.end(nil)
		for range p.pages {
		}
	}()

	d := delivery{page: first, n: n, returned: make(chan struct{}, 1)}
	for ok := true; ok; d, ok = <-p.pages {
		for i := range d.page.Objects[:d.n] {
			if !yield(listedObject(&d.page.Objects[i])) {
				return errStopped
			}
		}
		d.returned <- struct{}{}
	}
	return p.err // set before the last worker ended
}

// add adds a page to the plan. It returns how many of the page's keys belong to r, and whether r is
// done.
func (p *parallelListing) add(r *keyspace.Range, page *listxml.Page) (n int, done bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := func(i int) string { return page.Objects[i].Key }
	n, done = p.plan.Page(r, len(page.Objects), key, page.Truncated)
	r.Token = page.Next
	if p.plan.Done() {
		p.over = true
	}
	p.changed.Broadcast()
	return n, done
}

// next waits for a range to list. It returns nil when the listing is over.
func (p *parallelListing) next() *keyspace.Range {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.over {
		if r := p.plan.Next(); r != nil {
			return r
		}
		p.changed.Wait()
	}
	return nil
}

// end ends the listing: no worker begins another range. The first error is the listing's.
func (p *parallelListing) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
	p.over = true
	p.changed.Broadcast()
}

// work lists the range r, if it isn't nil, and then others until the listing is over.
func (p *parallelListing) work(ctx context.Context, cancel context.CancelFunc, r *keyspace.Range) {
	d := delivery{page: new(listxml.Page), returned: make(chan struct{}, 1)}
	var cycle tokenCycle
	for {
		if r == nil {
			if r = p.next(); r == nil {
				return
			}
			cycle = tokenCycle{}
		}
		err := p.get(ctx, r, d.page)
		if err == nil && d.page.Truncated && cycle.closes(d.page.Next) {
			err = p.newError(errTokenCycle)
		}
		if err != nil {
			p.end(err)
			cancel()
			return
		}
		var done bool
		if d.n, done = p.add(r, d.page); done {
			r = nil
		}
		if d.n == 0 {
			continue
		}
		select {
		case p.pages <- d:
		case <-ctx.Done():
			p.end(p.newError(contextError(ctx, nil)))
			return
		}
		select {
		case <-d.returned:
		case <-ctx.Done():
			p.end(p.newError(contextError(ctx, nil)))
			return
		}
	}
}

// get asks for the next page of r. The division into ranges relies on the order of the keys.
func (p *parallelListing) get(ctx context.Context, r *keyspace.Range, page *listxml.Page) error {
	return p.listing.get(ctx, request{resume: true}, r.After, r.Token, page, func() error {
		return checkOrder(page, r.After)
	})
}
