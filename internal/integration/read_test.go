package integration_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	miniocredentials "github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// readBucket makes a bucket in MinIO, to put objects in by minio-go and to read them by s3read.
func readBucket(
	t *testing.T, m *miniotest.Server, name string,
) (*s3read.Bucket, func(key string, data []byte, partSize uint64)) {
	t.Helper()
	client, err := minio.New(strings.TrimPrefix(m.URL, "http://"), &minio.Options{
		Creds: miniocredentials.NewStaticV4(m.User, m.Password, ""), TrailingHeaders: true, // which checksums need
	})
	require.NoError(t, err)
	require.NoError(t, client.MakeBucket(t.Context(), name, minio.MakeBucketOptions{}))
	bucket := s3read.NewBucket(s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &m.URL, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(m.User, m.Password, ""),
	}), name)
	return bucket, func(key string, data []byte, partSize uint64) {
		t.Helper()
		_, err := client.PutObject(t.Context(), name, key, bytes.NewReader(data), int64(len(data)),
			minio.PutObjectOptions{
				PartSize: partSize, DisableMultipart: partSize == 0, Checksum: minio.ChecksumFullObjectCRC32C,
			})
		require.NoError(t, err)
	}
}

func bytesOf(seed uint64, n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed)}).Read(data) // never fails
	return data
}

// A buffer is written to by Download.
type buffer []byte

func (b buffer) WriteAt(p []byte, off int64) (int, error) { return copy(b[off:], p), nil }

func TestReadingFromMinIO(t *testing.T) {
	m := miniotest.Start(t, miniotest.Options{})
	bucket, put := readBucket(t, m, "reading")
	paths := map[string]func(ctx context.Context, key string, size int) ([]byte, error){
		"Read": func(ctx context.Context, key string, _ int) ([]byte, error) {
			r, err := bucket.Open(ctx, key)
			if err != nil {
				return nil, err
			}
			data, err := io.ReadAll(struct{ io.Reader }{r})
			return data, errors.Join(err, r.Close())
		},
		"WriteTo": func(ctx context.Context, key string, _ int) ([]byte, error) {
			r, err := bucket.Open(ctx, key)
			if err != nil {
				return nil, err
			}
			var data bytes.Buffer
			_, err = r.WriteTo(&data)
			return data.Bytes(), errors.Join(err, r.Close())
		},
		"ReadAt": func(ctx context.Context, key string, size int) ([]byte, error) {
			r, err := bucket.Open(ctx, key)
			if err != nil {
				return nil, err
			}
			data := make([]byte, size)
			var wg sync.WaitGroup
			var failed atomic.Pointer[error]
			for off := 0; off < size; off += 300_000 {
				wg.Go(func() {
					if _, err := r.ReadAt(data[off:min(off+300_000, size)], int64(off)); err != nil {
						failed.Store(&err)
					}
				})
			}
			wg.Wait()
			if err := failed.Load(); err != nil {
				return nil, *err
			}
			return data, r.Close()
		},
		"Seek": func(ctx context.Context, key string, size int) ([]byte, error) {
			r, err := bucket.Open(ctx, key)
			if err != nil {
				return nil, err
			}
			data := make([]byte, size)
			half := size / 2
			for _, part := range [][2]int{{half, size}, {0, half}} {
				if _, err := r.Seek(int64(part[0]), io.SeekStart); err != nil {
					return nil, err
				}
				if _, err := io.ReadFull(r, data[part[0]:part[1]]); err != nil {
					return nil, err
				}
			}
			return data, r.Close()
		},
		"ReadAll": func(ctx context.Context, key string, size int) ([]byte, error) {
			return bucket.ReadAll(ctx, key, int64(size))
		},
		"Download": func(ctx context.Context, key string, size int) ([]byte, error) {
			data := make(buffer, size)
			_, err := bucket.Download(ctx, key, data)
			return data, err
		},
		"DownloadFile": func(ctx context.Context, key string, _ int) ([]byte, error) {
			file := filepath.Join(t.TempDir(), "file")
			small := func(o *s3read.DownloadOptions) { o.PartSize = 1 << 20 }
			if _, err := bucket.DownloadFile(ctx, key, file, small); err != nil {
				return nil, err
			}
			return os.ReadFile(file)
		},
		"FS": func(ctx context.Context, key string, _ int) ([]byte, error) { return fs.ReadFile(bucket.FS(ctx), key) },
	}
	for _, object := range []struct {
		name     string
		size     int
		partSize uint64
	}{
		{"empty", 0, 0}, {"one byte", 1, 0}, {"one part less one", 8<<20 - 1, 0},
		{"in one piece", 20<<20 + 1, 0}, {"in parts", 23<<20 + 5, 5 << 20},
	} {
		want := bytesOf(1, object.size)
		put(object.name, want, object.partSize)
		for name, read := range paths {
			t.Run(object.name+" by "+name, func(t *testing.T) {
				got, err := read(t.Context(), object.name, object.size)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(want, got))
			})
		}
		t.Run(object.name+" by Stat", func(t *testing.T) {
			o, err := bucket.Stat(t.Context(), object.name)
			require.NoError(t, err)
			assert.EqualValues(t, object.size, o.Size)
		})
	}
	t.Run("an object that is overwritten while it is read has changed", func(t *testing.T) {
		put("changing", bytesOf(1, 20<<20), 0)
		r, err := bucket.Open(t.Context(), "changing")
		require.NoError(t, err)
		defer r.Close()
		_, err = r.ReadAt(make([]byte, 10), 0) // and nothing is left under way: MinIO locks an object while it sends it
		require.NoError(t, err)
		put("changing", bytesOf(2, 20<<20), 0)
		_, err = r.ReadAt(make([]byte, 10), 10<<20)
		require.ErrorIs(t, err, s3read.ErrChanged)
		_, err = r.Seek(15<<20, io.SeekStart)
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, s3read.ErrChanged)
	})
	t.Run("in a bucket that keeps versions the one that was begun is read to its end", func(t *testing.T) {
		kept, put := readBucket(t, m, "versions")
		require.NoError(t, m.Client(t).EnableVersioning(t.Context(), "versions"))
		old := bytesOf(1, 20<<20)
		put("changing", old, 0)
		r, err := kept.Open(t.Context(), "changing")
		require.NoError(t, err)
		defer r.Close()
		_, err = r.ReadAt(make([]byte, 10), 0) // and nothing is left under way: MinIO locks an object while it sends it
		require.NoError(t, err)
		put("changing", bytesOf(2, 20<<20), 0)
		_, err = r.Seek(15<<20, io.SeekStart)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(old[15<<20:], got))
	})
	t.Run("reasons", func(t *testing.T) {
		_, err := bucket.Stat(t.Context(), "missing")
		require.ErrorIs(t, err, fs.ErrNotExist)
		_, err = bucket.Open(t.Context(), "missing")
		require.ErrorIs(t, err, fs.ErrNotExist)
		_, err = bucket.Open(t.Context(), "empty", func(o *s3read.OpenOptions) { o.IfMatch = `"other"` })
		require.ErrorIs(t, err, s3read.ErrChanged)
		_, err = bucket.ReadAll(t.Context(), "one byte", 0)
		require.ErrorIs(t, err, s3read.ErrTooLarge)
		other := s3read.NewBucket(s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &m.URL, UsePathStyle: true,
			Credentials: credentials.NewStaticCredentialsProvider(m.User, m.Password, "")}), "no-such-bucket")
		_, err = other.Stat(t.Context(), "key")
		require.ErrorIs(t, err, s3read.ErrNoBucket)
	})
}

// slow lets the bytes up to a point through, and the others when it is opened.
type slow struct {
	buffer
	left    atomic.Int64
	reached chan struct{}
	open    chan struct{}
	once    sync.Once
}

func (s *slow) WriteAt(p []byte, off int64) (int, error) {
	if s.left.Add(-int64(len(p))) < 0 {
		s.once.Do(func() { close(s.reached) })
		<-s.open
	}
	return s.buffer.WriteAt(p, off)
}

func TestDownloadOutlivesMinIO(t *testing.T) {
	m := miniotest.Start(t, miniotest.Options{})
	bucket, put := readBucket(t, m, "outage")
	want := bytesOf(1, 64<<20)
	put("key", want, 0)
	for _, parallel := range []int{1, 8} {
		t.Run(fmt.Sprintf("%d at once", parallel), func(t *testing.T) {
			w := &slow{buffer: make(buffer, len(want)), reached: make(chan struct{}), open: make(chan struct{})}
			w.left.Store(16 << 20)
			ended := make(chan error)
			go func() {
				_, err := bucket.Download(t.Context(), "key", w,
					func(o *s3read.DownloadOptions) { o.Parallel = parallel })
				ended <- err
			}()
			<-w.reached
			m.Kill(t)
			close(w.open)
			m.Restart(t)
			require.NoError(t, <-ended)
			assert.True(t, bytes.Equal(want, w.buffer))
		})
	}
}

func TestFSOfMinIO(t *testing.T) {
	m := miniotest.Start(t, miniotest.Options{})
	bucket, put := readBucket(t, m, "tree")
	// MinIO keeps keys as files: it holds no object beside a folder of the same name, and none of
	// the keys that no path can name.
	for _, key := range []string{
		"a.txt", "empty/", "marked/", "marked/file", "tree/x/y/z", "tree/x.y", "tree/x-1/file", "é/ü", "space in/it +",
	} {
		data := []byte("content of " + key)
		if key[len(key)-1] == '/' {
			data = nil
		}
		put(key, data, 0)
	}
	for i := range 2500 {
		put(fmt.Sprintf("many/%04d", i), []byte("x"), 0)
	}
	fsys := bucket.FS(t.Context())
	entries, err := fs.ReadDir(fsys, "many")
	require.NoError(t, err)
	assert.Len(t, entries, 2500)
	require.NoError(t, fstest.TestFS(fsys,
		"a.txt", "empty", "marked/file", "tree/x/y/z", "tree/x.y", "tree/x-1/file", "é/ü", "space in/it +"))
	f, err := fsys.Open("tree/x/y/z")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, iotest.TestReader(f, []byte("content of tree/x/y/z")))
}
