package s3read

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"iter"
	"strings"
)

// A dir is an opened folder. It is for one goroutine at a time.
type dir struct {
	fs      bucketFS
	name    string
	entries *dirEntries // nil before the first ReadDir
	closed  bool
}

var errIsDir = errors.New("is a directory")

func (d *dir) Stat() (fs.FileInfo, error) {
	return fileInfo{name: baseOf(d.name), isDir: true}, nil
}

func (d *dir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errIsDir}
}

// ReadDir returns the next n entries in the order of the listing, or all that are left if n is not
// above zero. With n above zero, memory does not grow with the folder.
func (d *dir) ReadDir(n int) ([]fs.DirEntry, error) {
	if d.closed {
		return nil, &fs.PathError{Op: "readdir", Path: d.name, Err: fs.ErrClosed}
	}
	if d.entries == nil {
		d.entries = newDirEntries(d.fs.ctx, d.fs.b, d.fs.below(d.name))
	}
	var list []fs.DirEntry
	var err error
	if n <= 0 {
		list, err = d.entries.all()
	} else {
		list, err = d.entries.some(n)
	}
	if err != nil && err != io.EOF {
		err = &fs.PathError{Op: "readdir", Path: d.name, Err: err}
	}
	return list, err
}

func (d *dir) Close() error {
	if d.entries != nil {
		d.entries.stop()
	}
	d.closed = true
	return nil
}

// dirEntries are those of a folder, from a listing as it goes on.
type dirEntries struct {
	prefix string
	next   func() (Object, error, bool)
	stop   func()

	any   bool  // there was a key, visible or not
	ended bool  // the listing has ended
	err   error // or has failed

	// The listing has a file before a folder of the same name, and between them those with that
	// name and then a character below the slash: "a", "a-b", "a/". held are the files whose folder
	// may still come; each name begins with the one before it. The others are ready.
	held  []fileInfo
	ready []fileInfo
}

func newDirEntries(ctx context.Context, b *Bucket, prefix string) *dirEntries {
	e := &dirEntries{prefix: prefix}
	e.next, e.stop = iter.Pull2(b.List(ctx, prefix, func(o *ListOptions) { o.Delimiter = "/" }))
	return e
}

// advance takes one key from the listing.
func (e *dirEntries) advance() {
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
	name, isDir := strings.CutSuffix(object.Key[len(e.prefix):], "/")
	if !object.IsPrefix && isDir || !isVisible(name) { // the object "dir/" is dir itself
		return
	}
	below := name
	if isDir {
		below += "/"
	}
	for n := len(e.held); n > 0; n-- {
		last := e.held[n-1]
		if rest, longer := strings.CutPrefix(below, last.name); longer && rest < "/" {
			break
		}
		e.held = e.held[:n-1]
		if below != last.name+"/" { // else the name is both, and is the folder
			e.ready = append(e.ready, last)
		}
	}
	if isDir {
		e.ready = append(e.ready, fileInfo{name: name, isDir: true})
	} else {
		e.held = append(e.held, fileInfo{name: name, object: object})
	}
}

// some returns n entries, or those that are left, and io.EOF after the last. An error comes with
// none.
func (e *dirEntries) some(n int) ([]fs.DirEntry, error) {
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

// all returns the entries that are left. The list is nil if there was no key at all, which is how a
// folder that doesn't exist differs from one whose keys are not visible.
func (e *dirEntries) all() ([]fs.DirEntry, error) {
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
	seen := make(map[string]int, len(e.ready)) // where a listing has no order, a name may come twice
	for _, entry := range e.ready {
		i, twice := seen[entry.name]
		switch {
		case !twice:
			seen[entry.name] = len(list)
			list = append(list, entry)
		case entry.isDir:
			list[i] = entry
		}
	}
	e.ready = nil
	return list, nil
}
