package bench_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A comparison of clients means something only if they all do the same job.
func TestEveryPeerReadsTheSameObject(t *testing.T) {
	s := newServer(t)
	const size = 20 << 20
	s.PutObject(bucketName, s3readtest.Object{Key: "single", Content: s3readtest.Synthetic(1), Size: size})
	s.PutObject(bucketName, s3readtest.Object{
		Key: "multipart", Content: s3readtest.Synthetic(1), Size: size, PartSize: 8 << 20,
	})
	want := make([]byte, size)
	_, err := s3readtest.Synthetic(1).ReadAt(want, 0)
	require.NoError(t, err)

	peers := map[string]func(ctx context.Context, key string) ([]byte, error){
		"s3.GetObject": func(ctx context.Context, key string) ([]byte, error) {
			out, err := s.client().GetObject(ctx, &s3.GetObjectInput{Bucket: bucket(), Key: &key})
			if err != nil {
				return nil, err
			}
			got, err := io.ReadAll(out.Body)
			return got, errors.Join(err, out.Body.Close())
		},
		"manager": func(ctx context.Context, key string) ([]byte, error) {
			w := manager.NewWriteAtBuffer(nil)
			_, err := manager.NewDownloader(s.client()).Download(ctx, w,
				&s3.GetObjectInput{Bucket: bucket(), Key: &key})
			return w.Bytes(), err
		},
		"transfermanager": func(ctx context.Context, key string) ([]byte, error) {
			f, err := os.Create(filepath.Join(t.TempDir(), "file"))
			if err != nil {
				return nil, err
			}
			in := &transfermanager.DownloadObjectInput{Bucket: bucket(), Key: &key, WriterAt: f}
			_, err = transfermanager.New(s.client()).DownloadObject(ctx, in)
			if err = errors.Join(err, f.Close()); err != nil {
				return nil, err
			}
			return os.ReadFile(f.Name())
		},
		"minio-go": func(ctx context.Context, key string) ([]byte, error) {
			o, err := s.minio(t).GetObject(ctx, bucketName, key, minio.GetObjectOptions{})
			if err != nil {
				return nil, err
			}
			got, err := io.ReadAll(o)
			return got, errors.Join(err, o.Close())
		},
		"gocloud.dev": func(ctx context.Context, key string) ([]byte, error) {
			return s.gocloud(t, bucketName).ReadAll(ctx, key)
		},
	}
	for name, read := range peers {
		for _, key := range []string{"single", "multipart"} {
			t.Run(fmt.Sprintf("%s, %s", name, key), func(t *testing.T) {
				got, err := read(t.Context(), key)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(want, got))
			})
		}
	}
}

func TestEveryPeerListsTheSameKeys(t *testing.T) {
	s := newServer(t)
	var want []string
	for i := range 2500 {
		want = append(want, fmt.Sprintf("key/%06d", i))
	}
	s.PutKeys(bucketName, want...)
	for name, list := range map[string]func(ctx context.Context) ([]string, error){
		"the SDK's paginator": func(ctx context.Context) (keys []string, err error) {
			for p := s3.NewListObjectsV2Paginator(s.client(),
				&s3.ListObjectsV2Input{Bucket: bucket()}); p.HasMorePages(); {
				out, err := p.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				for _, o := range out.Contents {
					keys = append(keys, aws.ToString(o.Key))
				}
			}
			return keys, nil
		},
		"minio-go": func(ctx context.Context) (keys []string, err error) {
			for o := range s.minio(t).ListObjectsIter(ctx, bucketName, minio.ListObjectsOptions{Recursive: true}) {
				if o.Err != nil {
					return nil, o.Err
				}
				keys = append(keys, o.Key)
			}
			return keys, nil
		},
		"gocloud.dev": func(ctx context.Context) (keys []string, err error) {
			for iter := s.gocloud(t, bucketName).List(nil); ; {
				o, err := iter.Next(ctx)
				if errors.Is(err, io.EOF) {
					return keys, nil
				}
				if err != nil {
					return nil, err
				}
				keys = append(keys, o.Key)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := list(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// BenchmarkPace shows that the server keeps its pace, on which the comparisons of downloads rely.
func BenchmarkPace(b *testing.B) {
	s := newServer(b)
	const size, pace = 32 << 20, 90e6
	s.PutObject(bucketName, s3readtest.Object{Key: "k", Content: s3readtest.Synthetic(1), Size: size})
	s.every("GetObject", s3readtest.Pace(pace))
	client := s.client()
	b.SetBytes(size)
	began, read := time.Now(), int64(0)
	for b.Loop() {
		out, err := client.GetObject(b.Context(), &s3.GetObjectInput{Bucket: bucket(), Key: aws.String("k")})
		require.NoError(b, err)
		n, err := io.Copy(io.Discard, out.Body)
		require.NoError(b, errors.Join(err, out.Body.Close()))
		read += n
	}
	b.ReportMetric(float64(read)/time.Since(began).Seconds()/pace, "of-pace")
}
