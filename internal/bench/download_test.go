package bench_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"

	"github.com/seed-15cba5db/irsa-go/s3read"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A download writes the object at key to f, in the fastest way that a client has.
type download struct {
	name string
	run  func(ctx context.Context, key string, f *os.File) error
}

// copyTo writes a stream to f, for clients that have no other way. It hides f's ReadFrom, which
// would copy through a buffer of another size than the other clients use.
func copyTo(f *os.File, r io.Reader, close func() error) error {
	_, err := io.Copy(struct{ io.Writer }{f}, r)
	return errors.Join(err, close())
}

// downloads returns the downloads of irsa-go and its peers: with parallel zero, with their own part
// sizes and parallelism; otherwise all with so many ranges of 8 MiB at once.
func (s *server) downloads(tb testing.TB, parallel int) []download {
	ours := s3read.NewBucket(s.client(), bucketName)
	transfer := func(kind tmtypes.GetObjectType) *transfermanager.Client {
		return transfermanager.New(s.client(), func(o *transfermanager.Options) {
			o.GetObjectType = kind
			if parallel > 0 {
				o.Concurrency, o.PartSizeBytes = parallel, 8<<20
			}
		})
	}
	object := func(kind tmtypes.GetObjectType) func(context.Context, string, *os.File) error {
		return func(ctx context.Context, key string, f *os.File) error {
			in := &transfermanager.DownloadObjectInput{Bucket: bucket(), Key: &key, WriterAt: f}
			_, err := transfer(kind).DownloadObject(ctx, in)
			return err
		}
	}
	return []download{
		{"irsa-go", func(ctx context.Context, key string, f *os.File) error {
			_, err := ours.Download(ctx, key, f, func(o *s3read.DownloadOptions) { o.Parallel = parallel })
			return err
		}},
		{"tm-parts", object(tmtypes.GetObjectParts)},
		{"tm-ranges", object(tmtypes.GetObjectRanges)},
		{"tm-reader", func(ctx context.Context, key string, f *os.File) error {
			in := &transfermanager.GetObjectInput{Bucket: bucket(), Key: &key}
			out, err := transfer(tmtypes.GetObjectRanges).GetObject(ctx, in)
			if err != nil {
				return err
			}
			return copyTo(f, out.Body, func() error { return nil })
		}},
		{"manager", func(ctx context.Context, key string, f *os.File) error {
			_, err := manager.NewDownloader(s.client(), func(d *manager.Downloader) {
				if parallel > 0 {
					d.Concurrency, d.PartSize = parallel, 8<<20
				}
			}).Download(ctx, f, &s3.GetObjectInput{Bucket: bucket(), Key: &key})
			return err
		}},
		{"minio-go", func(ctx context.Context, key string, f *os.File) error {
			o, err := s.minio(tb).GetObject(ctx, bucketName, key, minio.GetObjectOptions{})
			if err != nil {
				return err
			}
			return copyTo(f, o, o.Close)
		}},
		{"gocloud", func(ctx context.Context, key string, f *os.File) error {
			r, err := s.gocloud(tb, bucketName).NewReader(ctx, key, nil)
			if err != nil {
				return err
			}
			return copyTo(f, r, r.Close)
		}},
		{"s3.GetObject", func(ctx context.Context, key string, f *os.File) error {
			out, err := s.client().GetObject(ctx, &s3.GetObjectInput{Bucket: bucket(), Key: &key})
			if err != nil {
				return err
			}
			return copyTo(f, out.Body, out.Body.Close)
		}},
	}
}

// BenchmarkDownload writes 256 MiB to a file's WriterAt, with each client in turn. It reports
// irsa-go's rate as a ratio to the best mode of the transfer manager, and to the best of all peers.
func BenchmarkDownload(b *testing.B) {
	single := s3readtest.Object{Key: "single"}
	multipart := s3readtest.Object{Key: "multipart", PartSize: 8 << 20}
	crc32c := s3readtest.Object{Key: "single-crc32c", ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c}
	unchecked := s3readtest.Object{Key: "single-unchecked", ChecksumAlgorithm: s3readtest.NoChecksum}
	for _, object := range []s3readtest.Object{single, multipart} {
		b.Run("paced/"+object.Key, func(b *testing.B) { raceAll(b, object, 0, 90e6) })
		b.Run("paced/"+object.Key+"/5-at-once", func(b *testing.B) { raceAll(b, object, 5, 90e6) })
	}
	for _, object := range []s3readtest.Object{single, multipart, crc32c, unchecked} {
		b.Run("unpaced/"+object.Key, func(b *testing.B) { raceAll(b, object, 0, 0) })
	}
}

// raceAll lets every client download an object of 256 MiB, or of 32 MiB with -short, from a server
// that sends pace bytes a second on each connection, or, with pace zero, as many as it can.
func raceAll(b *testing.B, object s3readtest.Object, parallel int, pace int64) {
	s := newServer(b)
	object.Size = short(256<<20, 32<<20)
	s.put(b, object)
	if pace > 0 {
		s.every("GetObject", s3readtest.Pace(pace))
	}
	race(b, s.downloads(b, parallel), object.Key, object.Size)
	s.reportHandshakes(b)
}

// BenchmarkDownloadFile compares DownloadFile, which waits for stable storage (fsync), with
// Download to a file, which does not.
func BenchmarkDownloadFile(b *testing.B) {
	const size = 256 << 20
	s := newServer(b)
	s.put(b, s3readtest.Object{Key: "key", Size: size})
	ours := s3read.NewBucket(s.client(), bucketName)
	race(b, []download{
		s.downloads(b, 0)[0],
		{"DownloadFile", func(ctx context.Context, key string, f *os.File) error {
			_, err := ours.DownloadFile(ctx, key, f.Name())
			return err
		}},
	}, "key", size)
}
