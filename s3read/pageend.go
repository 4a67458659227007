package s3read

import "github.com/seed-15cba5db/irsa-go/internal/listxml"

// A pageEnd is where a page ended, for the comparison with the one behind it. Keys and common
// prefixes are compared each with their own kind: not every store sends them in one order.
type pageEnd struct {
	key, prefix string // the last ones so far
	ordered     bool   // so far, pages were in order
}

// check removes from a page what the one before ended with, as some stores repeat it
// (minio/minio#16108), and refuses one that begins before that. Where the pages had no order,
// nothing can be told.
func (e *pageEnd) check(p *listxml.Page) error {
	if len(p.Objects) > 0 && p.Objects[0].Key == e.key {
		p.Objects = p.Objects[1:]
	}
	if len(p.Prefixes) > 0 && p.Prefixes[0] == e.prefix {
		p.Prefixes = p.Prefixes[1:]
	}
	switch {
	case !e.ordered || !isAscending(p):
	case len(p.Objects) > 0 && p.Objects[0].Key < e.key:
		return brokenPage("it begins with the key %q, before %q of the page before it", p.Objects[0].Key, e.key)
	case len(p.Prefixes) > 0 && p.Prefixes[0] < e.prefix:
		return brokenPage("it begins with the common prefix %q, before %q of the page before it",
			p.Prefixes[0], e.prefix)
	}
	return nil
}

// add takes over where a page ends.
func (e *pageEnd) add(p *listxml.Page) {
	e.ordered = e.ordered && isAscending(p)
	if n := len(p.Objects); n > 0 {
		e.key = p.Objects[n-1].Key
	}
	if n := len(p.Prefixes); n > 0 {
		e.prefix = p.Prefixes[n-1]
	}
}
