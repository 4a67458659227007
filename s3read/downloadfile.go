package s3read

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// DownloadFile is [Bucket.Download] to a file, which appears under its name when it is complete and on stable storage,
// in the place of one that may be there. Until then the bytes are in a temporary file in the same folder, which is
// removed when the download fails or ctx ends. The file has mode 0666 less the umask.
//
// A process that is killed can't remove anything: a program in which signals cancel ctx leaves the temporary file,
// named .s3read-*.tmp, only after SIGKILL.
func (b *Bucket) DownloadFile(ctx context.Context, key, file string, optFns ...func(*DownloadOptions)) (Object, error) {
	opts, err := b.downloadOptions(key, optFns)
	if err != nil {
		return Object{}, err
	}
	d := b.newDownload(key, nil, opts)
	if err := d.toFile(ctx, file); err != nil {
		return Object{}, err
	}
	d.finished()
	return d.src.object, nil
}

func (d *parts) toFile(ctx context.Context, file string) error {
	folder := filepath.Dir(file)
	temp, err := os.OpenFile(filepath.Join(folder, ".s3read-"+rand.Text()+".tmp"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return d.fail(err)
	}
	renamed := false
	defer func() {
		if !renamed {
			_ = temp.Close()           // a second time after a success
			_ = os.Remove(temp.Name()) // the error that counts is the one before
		}
	}()
	d.w = temp
	if err := d.run(ctx); err != nil {
		return err
	}
	if err := d.checkFile(temp); err != nil {
		return d.fail(err)
	}
	if err := temp.Sync(); err != nil {
		return d.fail(err)
	}
	if err := temp.Close(); err != nil {
		return d.fail(err)
	}
	if err := os.Rename(temp.Name(), file); err != nil {
		return d.fail(err)
	}
	renamed = true
	if err := syncFolder(folder); err != nil {
		return d.fail(err)
	}
	return nil
}

// checkFile reads a file back for a checksum that the parts' sums couldn't be joined to.
func (d *parts) checkFile(file *os.File) error {
	if d.sum.algorithm == nil || d.sum.crc != nil || d.count == 1 {
		return nil
	}
	sum := d.sum.hash()
	if _, err := io.Copy(sum, io.NewSectionReader(file, 0, d.src.object.Size)); err != nil {
		return err
	}
	return d.sum.check(sum.Sum(nil))
}

// syncFolder makes a rename durable, where the system can.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" { // has no way to do it
		return nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) { // a file system without it
		err = nil
	}
	return errors.Join(err, f.Close())
}
