package s3read

import (
	"context"
	"io"
	"io/fs"
	"iter"
	"strings"
)

// entries are those of a folder, from a listing as it goes on.
type entries struct {
	prefix string
	next   func() (Object, error, bool)
	stop   func()

	any   bool  // a key was seen, visible or not
	ended bool  // the listing is through
	err   error // or why it isn't

	// A file whose name is a folder's, too, comes before it in the listing, with those between that have the name and
	// then a character below the slash: "a", "a-b", "a/". held are the files for which the folder may still come; each
	// name begins with the one before it.
	held  []info
	ready []info
}

func newEntries(ctx context.Context, b *Bucket, prefix string) *entries {
	e := &entries{prefix: prefix}
	e.next, e.stop = iter.Pull2(b.List(ctx, prefix, func(o *ListOptions) { o.Delimiter = "/" }))
	return e
}

// advance takes one key of the listing.
func (e *entries) advance() {
	object, err, ok := e.next()
	if !ok || err != nil {
		e.stop()
		e.ended, e.err = true, err
		if err == nil {
			e.ready = append(e.ready, e.held...)
		}
		e.held = nil
		return
	}
	e.any = true
	name, isFolder := strings.CutSuffix(object.Key[len(e.prefix):], "/")
	if !object.IsPrefix && isFolder || !visible(name) {
		return
	}
	below := name
	if isFolder {
		below += "/"
	}
	for n := len(e.held); n > 0; n-- {
		last := e.held[n-1]
		if rest, longer := strings.CutPrefix(below, last.name); longer && rest < "/" {
			break
		}
		e.held = e.held[:n-1]
		if below != last.name+"/" {
			e.ready = append(e.ready, last)
		}
	}
	if isFolder {
		e.ready = append(e.ready, info{name: name, folder: true})
	} else {
		e.held = append(e.held, infoOf(name, object))
	}
}

// some returns n entries, or those that are left, and io.EOF after the last. An error comes with none.
func (e *entries) some(n int) ([]fs.DirEntry, error) {
	for len(e.ready) < n && !e.ended {
		e.advance()
	}
	if len(e.ready) == 0 {
		if e.err != nil {
			return nil, e.err
		}
		return nil, io.EOF
	}
	n = min(n, len(e.ready))
	list := make([]fs.DirEntry, n)
	for i, entry := range e.ready[:n] {
		list[i] = entry
	}
	e.ready = append(e.ready[:0], e.ready[n:]...)
	return list, nil
}

// all returns the entries that are left; nil if there was no key at all.
func (e *entries) all() ([]fs.DirEntry, error) {
	for !e.ended {
		e.advance()
	}
	if e.err != nil {
		return nil, e.err
	}
	if !e.any {
		return nil, nil
	}
	list := make([]fs.DirEntry, 0, len(e.ready))
	seen := make(map[string]int, len(e.ready)) // where a listing is in no order, a name may come twice
	for _, entry := range e.ready {
		i, twice := seen[entry.name]
		switch {
		case !twice:
			seen[entry.name] = len(list)
			list = append(list, entry)
		case entry.folder:
			list[i] = entry
		}
	}
	e.ready = nil
	return list, nil
}
