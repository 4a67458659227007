package s3read

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// DownloadOptions say what to download and how. The zero value is right.
type DownloadOptions struct {
	VersionID string // as in OpenOptions
	IfMatch   string // as in OpenOptions

	// PartSize is how many bytes one request asks for. Zero means 8 MiB; negative is an error.
	// Parts are larger where there would be more than 32768.
	PartSize int64

	// Parallel is how many requests are in flight at most. Zero means 16; negative is an error.
	// There are fewer where a single connection is faster than any network's.
	//
	// The SDK's default HTTP client keeps ten idle connections for each host; beyond that, every
	// part has a TLS handshake of its own. A client for more has an [http.Transport] with a larger
	// MaxIdleConnsPerHost.
	Parallel int

	// Progress, if not nil, is called with the bytes written so far and those of the object: at
	// most ten times a second, from the goroutine that called Download, with a done that grows, and
	// once with done == total when the download has succeeded. It should return soon: the
	// download's end waits for it.
	Progress func(done, total int64)
}

const (
	// AWS recommends ranges of 8 to 16 MiB. A single connection gets 85 to 90 MB/s from S3, so that
	// sixteen fill 10 Gb/s.
	defaultPartSize = 8 << 20
	defaultParallel = 16

	maxParts      = 1 << 15         // bounds the memory for what is kept of each
	progressEvery = time.Second / 8 // with some margin to ten times a second
)

// Download writes an object to w, by several requests at once for ranges of it, all of one version.
// A range that breaks is resumed where it broke. The first range that fails for good ends the
// others, and its error is returned, an [*Error]; w has then been written to in part.
//
// WriteAt is called by several goroutines at once, as [io.WriterAt] allows. If S3 stored a CRC of
// the whole object, what was written is compared with it, else the error is [ErrChecksum]; a SHA is
// compared only for an object of one part. An object of one part takes one request; one of several
// takes a HEAD as well, for the checksum.
func (b *Bucket) Download(
	ctx context.Context, key string, w io.WriterAt, optFns ...func(*DownloadOptions),
) (Object, error) {
	d, err := b.newDownload(key, optFns)
	if err != nil {
		return Object{}, err
	}
	d.w = w
	if err := d.run(ctx); err != nil {
		return Object{}, err
	}
	d.reportDone()
	return d.version.object, nil
}

// A download is one download of an object in parts.
type download struct {
	version *version
	w       io.WriterAt
	opts    DownloadOptions

	partSize int64
	parts    int64        // how many; the last may be shorter
	next     atomic.Int64 // the first one that no worker has taken
	written  atomic.Int64 // bytes

	spread   func()      // starts the other workers, once
	isSpread atomic.Bool // they are started

	checksumKnown chan struct{} // closed when checksum is set
	checksum      checksum      // of the whole object
	sums          [][]byte      // of each part; each is written by the worker that has the part
}

// newDownload checks the options. The writer is set by the caller.
func (b *Bucket) newDownload(key string, optFns []func(*DownloadOptions)) (*download, error) {
	var opts DownloadOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.PartSize < 0 || opts.Parallel < 0 {
		err := errors.New("negative PartSize or Parallel")
		return nil, b.newError(request{op: "download", key: key}, "", err)
	}
	if opts.PartSize == 0 {
		opts.PartSize = defaultPartSize
	}
	if opts.Parallel == 0 {
		opts.Parallel = defaultParallel
	}
	open := OpenOptions{VersionID: opts.VersionID, IfMatch: opts.IfMatch}
	return &download{
		version:       &version{b: b, opts: open, object: Object{Key: key}},
		opts:          opts,
		checksumKnown: make(chan struct{}),
	}, nil
}

// run downloads all parts and verifies their sum. It returns when every goroutine that it started
// has ended.
func (d *download) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	first, err := d.begin(ctx)
	if err != nil {
		return err
	}
	var once sync.Once
	var failure error // the first one
	var workers sync.WaitGroup
	start := func(work func() error) {
		workers.Go(func() {
			if err := work(); err != nil {
				once.Do(func() { failure = err; cancel(err) })
			}
		})
	}
	if d.version.checksum.algorithm == nil && d.parts > 1 && !d.version.unchecked.Load() {
		start(func() error { return d.learnChecksum(ctx) })
	} else {
		d.checksum = d.version.checksum
		close(d.checksumKnown)
	}
	d.spread = sync.OnceFunc(func() {
		d.isSpread.Store(true)
		for range min(int64(d.opts.Parallel), d.parts) - 1 {
			start(func() error { return d.work(ctx) })
		}
	})
	start(func() error {
		if err := d.copy(ctx, 0, first); err != nil {
			return err
		}
		return d.work(ctx)
	})
	ended := make(chan struct{})
	go func() { workers.Wait(); close(ended) }()
	defer func() { cancel(nil); <-ended }() // also if Progress panics
	d.report(ended)
	if failure != nil {
		return failure
	}
	return d.verify()
}

// report calls Progress until everything has ended.
func (d *download) report(ended <-chan struct{}) {
	if d.opts.Progress == nil {
		<-ended
		return
	}
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for reported := int64(0); ; {
		select {
		case <-ended:
			return
		case <-ticker.C:
			if done := d.written.Load(); done > reported && done < d.version.object.Size {
				d.opts.Progress(done, d.version.object.Size)
				reported = done
			}
		}
	}
}

// reportDone calls Progress for the last time, after a success.
func (d *download) reportDone() {
	if d.opts.Progress != nil {
		d.opts.Progress(d.version.object.Size, d.version.object.Size)
	}
}

func (d *download) newError(err error) error {
	return d.version.b.newError(request{op: "download", key: d.version.object.Key}, "", err)
}
