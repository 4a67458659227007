package s3read

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// FS returns the bucket as a file system, for as long as ctx lives. It has the methods of [fs.StatFS], [fs.ReadDirFS],
// [fs.ReadFileFS] and [fs.SubFS], and its files those of [io.Seeker], [io.ReaderAt] and [io.WriterTo]; it is safe for
// concurrent use.
//
// What is before a slash in a key is a folder, which needs no object of its own; an object "dir/", such as the S3
// console makes, is the folder dir. A name that is both an object and a folder is the folder. Folders have the mode
// dr-xr-xr-x and no time of modification, files -r--r--r-- and whole seconds.
//
// Keys that io/fs can't express are not visible: those with an element that is empty, ".", ".." or not UTF-8, or that
// contains a backslash.
//
// Opening and Stat take two requests at once, for the object and for a folder of that name; a caller who may not list
// the bucket can open files all the same. ReadFile takes one, and reads the object where the name is a folder too.
// Reading a folder takes one for each thousand entries.
func (b *Bucket) FS(ctx context.Context) fs.FS { return bucketFS{b, ctx, ""} }

type bucketFS struct {
	b      *Bucket
	ctx    context.Context // the life of the file system
	prefix string          // of keys; empty or ends with a slash
}

// visible reports whether name is an element that a path of io/fs can have.
func visible(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `/\`) && utf8.ValidString(name)
}

// key is the key of a path, the folder's prefix without its slash if it is one's.
func (f bucketFS) key(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if strings.Contains(name, `\`) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return f.prefix + name, nil
}

func (f bucketFS) Open(name string) (fs.File, error) {
	const op = "open"
	key, err := f.key(op, name)
	if err != nil {
		return nil, err
	}
	if name == "." {
		return &folder{f: f, name: name}, nil
	}
	ctx, cancel := context.WithCancelCause(f.ctx) // the file's, if it is one
	opened := make(chan struct{})
	var r *Reader
	var openErr error
	go func() {
		defer close(opened)
		r, openErr = f.b.open(ctx, op, key, OpenOptions{})
	}()
	isFolder, err := f.hasFolder(op, key)
	if isFolder || err != nil {
		cancel(nil) // nothing of the object is wanted
	}
	<-opened
	if r != nil && (isFolder || err != nil) {
		_ = r.Close() // always nil
	}
	if isFolder {
		cancel(nil)
		return &folder{f: f, name: name}, nil
	}
	if err == nil {
		err = openErr
	}
	if err != nil {
		cancel(nil)
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return &file{r, cancel, infoOf(baseOf(name), r.Object())}, nil
}

func (f bucketFS) Stat(name string) (fs.FileInfo, error) {
	const op = "stat"
	key, err := f.key(op, name)
	if err != nil {
		return nil, err
	}
	if name == "." {
		return info{name: name, folder: true}, nil
	}
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	asked := make(chan struct{})
	var out *s3.HeadObjectOutput
	var headErr error
	go func() {
		defer close(asked)
		out, headErr = f.b.headObject(ctx, request{op: op, key: key}, OpenOptions{})
	}()
	isFolder, err := f.hasFolder(op, key)
	if isFolder || err != nil {
		cancel()
	}
	<-asked
	switch {
	case isFolder:
		return info{name: baseOf(name), folder: true}, nil
	case err == nil:
		err = headErr
	}
	if err == nil && out.ContentLength == nil {
		err = f.b.failed(request{op: op, key: key}, "", errNoLength)
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return infoOf(baseOf(name), objectOfHead(key, out)), nil
}

// hasFolder reports whether there is a key below key. Who may not list has no folders.
func (f bucketFS) hasFolder(op, key string) (bool, error) {
	r := request{op: op, key: key + "/"}
	in := &s3.ListObjectsV2Input{
		Bucket:              &f.b.name,
		Prefix:              &r.key,
		MaxKeys:             aws.Int32(1),
		RequestPayer:        f.b.payer(),
		ExpectedBucketOwner: f.b.owner(),
	}
	var loop tokens
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
		case !loop.next(page.Next):
			return false, f.b.failed(r, "", errCircle)
		}
		in.ContinuationToken = &page.Next
	}
}

func (f bucketFS) ReadFile(name string) ([]byte, error) {
	const op = "readfile"
	key, err := f.key(op, name)
	if err == nil && name == "." {
		err = &fs.PathError{Op: op, Path: name, Err: errIsFolder}
	}
	if err != nil {
		return nil, err
	}
	r, err := f.b.open(f.ctx, op, key, OpenOptions{})
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	defer r.Close()       // always nil
	const most = 64 << 20 // to be taken on the word of a header
	data := bytes.NewBuffer(make([]byte, 0, min(r.Object().Size+bytes.MinRead, most)))
	if _, err := data.ReadFrom(struct{ io.Reader }{r}); err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return data.Bytes(), nil
}

// ReadDir returns the entries of a folder, sorted by name.
func (f bucketFS) ReadDir(name string) ([]fs.DirEntry, error) {
	const op = "readdir"
	key, err := f.key(op, name)
	if err != nil {
		return nil, err
	}
	entries, err := newEntries(f.ctx, f.b, f.below(name)).all()
	if err == nil && entries == nil && name != "." {
		err = f.b.failed(request{op: op, key: key}, "", fs.ErrNotExist)
	}
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, nil
}

func (f bucketFS) Sub(dir string) (fs.FS, error) {
	if _, err := f.key("sub", dir); err != nil {
		return nil, err
	}
	return bucketFS{f.b, f.ctx, f.below(dir)}, nil
}

// below is the prefix of what is in a folder.
func (f bucketFS) below(dir string) string {
	if dir == "." {
		return f.prefix
	}
	return f.prefix + dir + "/"
}

func baseOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
