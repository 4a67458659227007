package s3read

import (
	"context"
	"io/fs"
	"time"
)

// A file is an opened object.
type file struct {
	*Reader
	cancel context.CancelCauseFunc
	info   fileInfo
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }

func (f *file) Close() error {
	err := f.Reader.Close()
	f.cancel(nil)
	return err
}

// A fileInfo describes a file or a folder, as [fs.FileInfo] and as [fs.DirEntry].
type fileInfo struct {
	name   string
	isDir  bool
	object Object // zero for a folder
}

func (i fileInfo) Name() string { return i.name }
func (i fileInfo) Size() int64  { return i.object.Size }

// ModTime is in whole seconds: a listing has milliseconds and a GET has not, and both must agree.
func (i fileInfo) ModTime() time.Time { return i.object.LastModified.Truncate(time.Second) }

func (i fileInfo) IsDir() bool                { return i.isDir }
func (i fileInfo) Type() fs.FileMode          { return i.Mode().Type() }
func (i fileInfo) Info() (fs.FileInfo, error) { return i, nil }
func (i fileInfo) String() string             { return fs.FormatDirEntry(i) }

func (i fileInfo) Mode() fs.FileMode {
	if i.isDir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// Sys returns the [Object], or nil for a folder.
func (i fileInfo) Sys() any {
	if i.isDir {
		return nil
	}
	return i.object
}
