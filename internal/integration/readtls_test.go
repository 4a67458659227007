package integration_test

import (
	"bytes"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/miniotest"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// A counting transport counts the answers of HTTP/2 and of others.
type counting struct {
	http.RoundTripper
	two, other atomic.Int64
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	switch {
	case err != nil: // a request that was overtaken, or whose Reader was closed
	case response.ProtoMajor == 2:
		c.two.Add(1)
	default:
		c.other.Add(1)
	}
	return response, err
}

func TestReadingFromMinIOOverTLS(t *testing.T) {
	m := miniotest.Start(t, miniotest.Options{TLS: true})
	for _, two := range []bool{true, false} {
		name := map[bool]string{true: "by HTTP/2", false: "by HTTP/1.1"}[two]
		t.Run(name, func(t *testing.T) {
			transport := &http.Transport{
				TLSClientConfig: &tls.Config{RootCAs: m.Roots}, Protocols: new(http.Protocols),
			}
			transport.Protocols.SetHTTP2(two)
			transport.Protocols.SetHTTP1(!two)
			defer transport.CloseIdleConnections()
			count := &counting{RoundTripper: transport}
			client := s3.New(s3.Options{
				Region: "us-east-1", BaseEndpoint: &m.URL, UsePathStyle: true, HTTPClient: &http.Client{Transport: count},
				Credentials: credentials.NewStaticCredentialsProvider(m.User, m.Password, ""),
			})
			bucket := map[bool]string{true: "two", false: "one"}[two]
			_, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket})
			require.NoError(t, err)
			want := bytesOf(1, 40<<20)
			key := bytesOf(2, 32)
			sum := md5.Sum(key)
			for _, in := range []*s3.PutObjectInput{
				{Key: aws.String("plain")},
				{
					Key: aws.String("encrypted"), SSECustomerAlgorithm: aws.String("AES256"),
					SSECustomerKey:    aws.String(base64.StdEncoding.EncodeToString(key)),
					SSECustomerKeyMD5: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
				},
			} {
				in.Bucket, in.Body = &bucket, bytes.NewReader(want)
				_, err := client.PutObject(t.Context(), in)
				require.NoError(t, err)
			}
			for name, b := range map[string]*s3read.Bucket{
				"plain": s3read.NewBucket(client, bucket),
				"encrypted": s3read.NewBucket(client, bucket, func(o *s3read.BucketOptions) {
					o.SSECustomerKey = key
				}),
			} {
				r, err := b.Open(t.Context(), name)
				require.NoError(t, err)
				var got bytes.Buffer
				_, err = io.Copy(&got, r)
				require.NoError(t, errors.Join(err, r.Close()))
				assert.True(t, bytes.Equal(want, got.Bytes()), "read in order")

				data := make(buffer, len(want))
				_, err = b.Download(t.Context(), name, data)
				require.NoError(t, err)
				assert.True(t, bytes.Equal(want, data), "downloaded")

				r, err = b.Open(t.Context(), name)
				require.NoError(t, err)
				pieces, err := r.ReadRanges([]s3read.Range{{Off: 1, Len: 10}, {Off: 30 << 20, Len: 5000}})
				require.NoError(t, errors.Join(err, r.Close()))
				assert.Equal(t, [][]byte{want[1:11], want[30<<20 : 30<<20+5000]}, pieces)
			}
			n := 0
			for _, err := range s3read.NewBucket(client, bucket).List(t.Context(), "") {
				require.NoError(t, err)
				n++
			}
			assert.Equal(t, 2, n)
			_, err = s3read.NewBucket(client, bucket).Stat(t.Context(), "encrypted")
			require.Error(t, err, "without the key")
			assert.NotContains(t, err.Error(), base64.StdEncoding.EncodeToString(key)[:12])
			if two {
				assert.Zero(t, count.other.Load())
				assert.Greater(t, count.two.Load(), int64(20))
			} else {
				assert.Zero(t, count.two.Load())
				assert.Greater(t, count.other.Load(), int64(20))
			}
		})
	}
}
