package s3read

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"
)

// A file is an opened object.
type file struct {
	*Reader
	end  context.CancelCauseFunc
	info info
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *file) Close() error {
	err := f.Reader.Close()
	f.end(nil)
	return err
}

// A folder is an opened one.
type folder struct {
	f       bucketFS
	name    string
	entries *entries // nil before the first ReadDir
	closed  bool
}

var errIsFolder = errors.New("is a directory")

func (d *folder) Stat() (fs.FileInfo, error) {
	return info{name: baseOf(d.name), folder: true}, nil
}

func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errIsFolder}
}

// ReadDir returns the next n entries in the order of their keys, all that are left if n is not above zero. It keeps no
// more of them than it must, so that folders of any size can be read in pieces.
func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if d.closed {
		return nil, &fs.PathError{Op: "readdir", Path: d.name, Err: fs.ErrClosed}
	}
	if d.entries == nil {
		d.entries = newEntries(d.f.ctx, d.f.b, d.f.below(d.name))
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

func (d *folder) Close() error {
	if d.entries != nil {
		d.entries.stop()
	}
	d.closed = true
	return nil
}

// An info describes a file or folder, as fs.FileInfo and as fs.DirEntry.
type info struct {
	name   string
	folder bool
	object Object
}

func infoOf(name string, o Object) info { return info{name: name, object: o} }

func (i info) Name() string               { return i.name }
func (i info) Size() int64                { return i.object.Size }
func (i info) ModTime() time.Time         { return i.object.LastModified.Truncate(time.Second) }
func (i info) IsDir() bool                { return i.folder }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) String() string             { return fs.FormatDirEntry(i) }

func (i info) Mode() fs.FileMode {
	if i.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// Sys returns the [Object], nil for a folder.
func (i info) Sys() any {
	if i.folder {
		return nil
	}
	return i.object
}
