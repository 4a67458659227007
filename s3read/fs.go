package s3read

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// FS returns the bucket as a file system, for as long as ctx lives: its end fails every call, and
// every file that was opened. It implements [fs.StatFS], [fs.ReadDirFS], [fs.ReadFileFS],
// [fs.GlobFS] and [fs.SubFS], and its files [io.Seeker], [io.ReaderAt] and [io.WriterTo]. It is
// safe for concurrent use. Errors are an [*fs.PathError], which wraps an [*Error] where a request
// failed.
//
// What comes before a slash in a key is a folder, which needs no object of its own; an object
// "dir/", which the S3 console creates for a folder, is the folder dir. A name that is both an
// object and a folder is the folder. Folders have mode dr-xr-xr-x and a zero ModTime, files have
// mode -r--r--r-- and a ModTime in whole seconds.
//
// Keys that io/fs can't express are not visible: those with an element that is empty, ".", ".." or
// not UTF-8, or that contains a backslash.
//
// Open and Stat take two requests at once, for the object and for a folder of that name; a caller
// without s3:ListBucket can open files all the same. ReadFile takes one request, and reads the
// object even if the name is a folder, too. Reading a folder takes one request for each thousand
// entries. Glob lists what begins with the pattern's part before the first wildcard: entries of one
// folder if the wildcards are behind the last slash, else every key; it returns the error of a
// listing that fails.
func (b *Bucket) FS(ctx context.Context) fs.FS { return bucketFS{b, ctx, ""} }

type bucketFS struct {
	b      *Bucket
	ctx    context.Context // the life of the file system: io/fs has no place for one in each call
	prefix string          // of all keys; empty, or ends with a slash
}

// isVisible reports whether name is an element that a path of io/fs can have. [fs.ValidPath] admits
// a backslash, but fstest.TestFS refuses a name with one.
func isVisible(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `/\`) && utf8.ValidString(name)
}

// key is the key of a file, or of a folder without its slash.
func (f bucketFS) key(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if strings.Contains(name, `\`) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return f.prefix + name, nil
}

// Open asks for the object and looks for a folder at the same time: which of them a name is, only
// S3 knows.
func (f bucketFS) Open(name string) (fs.File, error) {
	const op = "open"
	key, err := f.key(op, name)
	if err != nil {
		return nil, err
	}
	if name == "." {
		return &dir{fs: f, name: name}, nil
	}
	ctx, cancel := context.WithCancelCause(f.ctx) // the file's, if it is one
	opened := make(chan struct{})
	var r *Reader
	var openErr error
	go func() {
		defer close(opened)
		r, openErr = f.b.open(ctx, op, key, OpenOptions{})
	}()
	isDir, err := f.isDir(op, key)
	if isDir || err != nil {
		cancel(nil) // the object is not needed any more
	}
	<-opened
	if r != nil && (isDir || err != nil) {
		_ = r.Close() // always nil
	}
	if isDir {
		cancel(nil)
		return &dir{fs: f, name: name}, nil
	}
	if err == nil {
		err = openErr
	}
	if err != nil {
		cancel(nil)
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return &file{r, cancel, fileInfo{name: baseOf(name), object: r.Object()}}, nil
}

// Stat sends a HEAD for the object and looks for a folder at the same time, as Open does.
func (f bucketFS) Stat(name string) (fs.FileInfo, error) {
	const op = "stat"
	key, err := f.key(op, name)
	if err != nil {
		return nil, err
	}
	if name == "." {
		return fileInfo{name: name, isDir: true}, nil
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	done := make(chan struct{})
	var object Object
	var headErr error
	go func() {
		defer close(done)
		r := request{op: op, key: key}
		object, headErr = f.b.head(ctx, r, OpenOptions{})
		if headErr != nil && statusOf(headErr) != http.StatusNotFound && f.b.isUnexplained(headErr) {
			object, headErr = f.b.statByGet(ctx, r, OpenOptions{}, headErr)
		}
	}()
	isDir, err := f.isDir(op, key)
	if isDir || err != nil {
		cancel()
	}
	<-done
	switch {
	case isDir:
		return fileInfo{name: baseOf(name), isDir: true}, nil
	case err == nil:
		err = headErr
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return fileInfo{name: baseOf(name), object: object}, nil
}

// isDir reports whether there is a key below key, by a page of one key. For a caller without
// s3:ListBucket there are no folders. A page may be empty and truncated, which is no answer yet.
func (f bucketFS) isDir(op, key string) (bool, error) {
	r := request{op: op, key: key + "/"}
	in := &s3.ListObjectsV2Input{
		Bucket:              &f.b.name,
		Prefix:              &r.key,
		MaxKeys:             aws.Int32(1),
		RequestPayer:        f.b.requestPayer(),
		ExpectedBucketOwner: f.b.expectedOwner(),
	}
	var cycle tokenCycle
	for {
		var page listxml.Page
		err := f.b.page(f.ctx, r, in, &page, nil)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return false, nil
		case err != nil:
			return false, err
		case len(page.Objects) > 0:
			return true, nil
		case !page.Truncated:
			return false, nil
		case cycle.closes(page.Next):
			return false, f.b.newError(r, "", errTokenCycle)
		}
		in.ContinuationToken = &page.Next
	}
}

// ReadFile reads a whole object. Memory grows with what arrives: a header may say any size.
func (f bucketFS) ReadFile(name string) ([]byte, error) {
	const op = "readfile"
	key, err := f.key(op, name)
	if err == nil && name == "." {
		err = &fs.PathError{Op: op, Path: name, Err: errIsDir}
	}
	if err != nil {
		return nil, err
	}
	r, err := f.b.open(f.ctx, op, key, OpenOptions{})
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	defer r.Close() // always nil
	const maxAhead = 64 << 20
	data := bytes.NewBuffer(make([]byte, 0, min(r.Object().Size+bytes.MinRead, maxAhead)))
	if _, err := data.ReadFrom(struct{ io.Reader }{r}); err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return data.Bytes(), nil
}

// ReadDir returns the entries of a folder, sorted by name. The order of S3 is another one: "a-b/"
// comes before "a/".
func (f bucketFS) ReadDir(name string) ([]fs.DirEntry, error) {
	const op = "readdir"
	key, err := f.key(op, name)
	if err != nil {
		return nil, err
	}
	entries, err := newDirEntries(f.ctx, f.b, f.below(name)).all()
	if err == nil && entries == nil && name != "." {
		err = f.b.newError(request{op: op, key: key}, "", fs.ErrNotExist)
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// Sub makes no request: a folder that doesn't exist is an empty one.
func (f bucketFS) Sub(name string) (fs.FS, error) {
	if _, err := f.key("sub", name); err != nil {
		return nil, err
	}
	return bucketFS{f.b, f.ctx, f.below(name)}, nil
}

// below is the prefix of what is in a folder.
func (f bucketFS) below(name string) string {
	if name == "." {
		return f.prefix
	}
	return f.prefix + name + "/"
}

func baseOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
