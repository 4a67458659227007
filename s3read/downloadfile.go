package s3read

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// DownloadFile is [Bucket.Download] to a file, which appears under its name when it is complete and
// on stable storage, and replaces one that exists. Until then the bytes are in a temporary file in
// the same folder, which is removed when the download fails or ctx ends. The file has mode 0666
// less the umask. A symbolic link is followed. What is no regular file, a device or a folder say,
// is an error before anything is asked of S3.
//
// Where parts can't be joined to the checksum that S3 stored, a SHA, the file is read again to
// compare it. Errors of the file are an [*Error] around the one of package os, which [errors.As]
// finds as an [*fs.PathError]; they are not [fs.ErrNotExist] and [fs.ErrPermission], which are the
// object's.
//
// A process that is killed can't remove anything: a program in which signals cancel ctx leaves the
// temporary file, named .s3read-*.tmp, only after SIGKILL.
func (b *Bucket) DownloadFile(
	ctx context.Context, key, file string, optFns ...func(*DownloadOptions),
) (Object, error) {
	d, err := b.newDownload(key, optFns)
	if err != nil {
		return Object{}, err
	}
	if err := d.toFile(ctx, file); err != nil {
		return Object{}, err
	}
	d.reportDone()
	return d.version.object, nil
}

// toFile downloads to a temporary file and renames it: a reader of the file sees the old content or
// all of the new one. The file is synced before the rename and the folder after it, so that this
// holds after a power failure, too.
func (d *download) toFile(ctx context.Context, file string) error {
	file, err := targetOf(file)
	if err != nil {
		return d.newError(&notSentError{err})
	}
	folder := filepath.Dir(file)
	// Not os.CreateTemp, whose mode is 0600.
	name := filepath.Join(folder, ".s3read-"+rand.Text()+".tmp")
	temp, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return d.newError(&notSentError{err})
	}
	renamed := false
	defer func() { // also if Progress panics
		if !renamed {
			_ = temp.Close()           // a second time after a success
			_ = os.Remove(temp.Name()) // the error that counts is the one before
		}
	}()
	d.w = temp
	if err := d.run(ctx); err != nil {
		return err
	}
	if err := d.verifyFile(temp); err != nil {
		return d.newError(err)
	}
	if err := temp.Sync(); err != nil {
		return d.newError(&notSentError{err})
	}
	if err := temp.Close(); err != nil { // before the rename: Windows renames no open file
		return d.newError(&notSentError{err})
	}
	if err := os.Rename(temp.Name(), file); err != nil {
		return d.newError(&notSentError{err})
	}
	renamed = true
	if err := syncFolder(folder); err != nil {
		return d.newError(&notSentError{err})
	}
	return nil
}

// errNotRegular is the error of a target that is there and no regular file: replacing a device, a
// FIFO or a socket by a file would break whatever uses it.
var errNotRegular = errors.New("not a regular file")

// targetOf is the regular file that a download to file replaces or makes: where file is a symbolic
// link, what it leads to.
func targetOf(file string) (string, error) {
	info, err := os.Lstat(file)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if file, err = filepath.EvalSymlinks(file); err == nil {
			info, err = os.Stat(file)
		}
		if err != nil {
			return "", err
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist): // the folder's own error says more, if that is what is missing
		return file, nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", &fs.PathError{Op: "replace", Path: file, Err: errNotRegular}
	}
	return file, nil
}

// verifyFile reads a file again for a checksum that the sums of its parts can't be joined to. Its
// parts have not been hashed.
func (d *download) verifyFile(file *os.File) error {
	a := d.checksum.algorithm
	if a == nil || a.Joins() || d.parts == 1 {
		return nil
	}
	sum := a.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, d.version.object.Size)); err != nil {
		return &notSentError{err}
	}
	return d.checksum.verify(sum.Sum(nil))
}

// syncFolder makes a rename durable, where the system can.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" { // which has no way to do it
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) { // some file systems can't
		err = nil
	}
	return errors.Join(err, f.Close())
}
