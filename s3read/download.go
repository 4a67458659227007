package s3read

import (
	"context"
	"errors"
	"io"
	"time"
)

// DownloadOptions say what to download and how. The zero value is right.
type DownloadOptions struct {
	VersionID string // as in OpenOptions
	IfMatch   string // as in OpenOptions

	PartSize int64 // bytes of each range; 0: 8 MiB. Negative: an error.
	Parallel int   // ranges at once; 0: 16. Negative: an error.

	// Progress, if not nil, is told how many bytes of how many have been written: at most ten times a second, in the
	// goroutine that called Download, never going back, and at the end of a success once with done == total. It must
	// not block: a download that has ended waits for it.
	Progress func(done, total int64)
}

const (
	defaultPartSize = 8 << 20
	defaultParallel = 16
	mostParts       = 1 << 15 // what is kept for each part is bounded; beyond it parts grow
	progressEvery   = time.Second / 8
)

// Download writes an object to w, by several requests at once for ranges of it, all of one version. A range that
// breaks is resumed where it broke. The first range that fails for good ends the others, and its error is Download's;
// then w has been written to, but not everywhere.
//
// WriteAt is called by several goroutines at once, as io.WriterAt allows. Where S3 stored a CRC of the whole object,
// it is compared with that of what was written; a SHA is so only for an object of one part. One part takes one request,
// and is compared where its answer has the checksum; more than one take a HEAD for it, too.
func (b *Bucket) Download(ctx context.Context, key string, w io.WriterAt, optFns ...func(*DownloadOptions)) (Object, error) {
	opts, err := b.downloadOptions(key, optFns)
	if err != nil {
		return Object{}, err
	}
	d := b.newDownload(key, w, opts)
	if err := d.run(ctx); err != nil {
		return Object{}, err
	}
	d.finished()
	return d.src.object, nil
}

func (b *Bucket) downloadOptions(key string, optFns []func(*DownloadOptions)) (DownloadOptions, error) {
	var opts DownloadOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.PartSize < 0 || opts.Parallel < 0 {
		return opts, b.failed(request{op: "download", key: key}, "", errors.New("negative PartSize or Parallel"))
	}
	if opts.PartSize == 0 {
		opts.PartSize = defaultPartSize
	}
	if opts.Parallel == 0 {
		opts.Parallel = defaultParallel
	}
	return opts, nil
}
