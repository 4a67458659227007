package listxml

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers is a transport that gives every request the same response.
type answers struct {
	status int
	header http.Header
	body   []byte
}

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	header := a.header
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: a.status, Header: header, Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: -1,
	}, nil
}

// client is an S3 client that sends its requests to rt and doesn't retry.
func client(rt http.RoundTripper, optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region: "eu-west-1", HTTPClient: &http.Client{Transport: rt}, Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example", ""),
	}, optFns...)
}

// viaSDK hides the client's type, so that the SDK's own decoder reads the responses.
type viaSDK struct{ s3.ListObjectsV2APIClient }

// get asks c for a page of a bucket.
func get(t testing.TB, c s3.ListObjectsV2APIClient) (*Page, error) {
	var p Page
	err := Get(t.Context(), c, &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}, &p)
	return &p, err
}

// last is the last page of a listing in its shortest form, with the given entries.
func last(entries string) string {
	return `<ListBucketResult><IsTruncated>false</IsTruncated>` + entries + `</ListBucketResult>`
}

// page is a page of n keys that is not the last one, as S3 writes it.
func page(n int) []byte {
	const token = "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix></Prefix>` +
		`<NextContinuationToken>` + token + `</NextContinuationToken>` +
		fmt.Sprintf(`<KeyCount>%d</KeyCount><MaxKeys>1000</MaxKeys>`, n) +
		`<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>`)
	for i := range n {
		fmt.Fprintf(&b, `<Contents><Key>logs/year%%3D2026/month%%3D11/part-%08d.parquet</Key>`+
			`<LastModified>2026-11-%02dT09:50:30.000Z</LastModified><ETag>&quot;%032x&quot;</ETag>`+
			`<Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>`, i, i%28+1, i*7919, i*1021)
	}
	b.WriteString(`</ListBucketResult>`)
	return []byte(b.String())
}

func TestGet(t *testing.T) {
	t.Run("a page is read in one pass, and means what the SDK reads", func(t *testing.T) {
		c := client(answers{status: 200, body: page(1000)})
		fast, err := get(t, c)
		require.NoError(t, err)
		slow, err := get(t, viaSDK{c})
		require.NoError(t, err)
		assert.Equal(t, slow, fast)
		require.Len(t, fast.Objects, 1000)
		assert.Equal(t, Object{
			Key: "logs/year=2026/month=11/part-00000001.parquet", ETag: `"00000000000000000000000000001eef"`,
			Size: 1021, StorageClass: "STANDARD",
			LastModified: time.Date(2026, 11, 2, 9, 50, 30, 0, time.UTC),
		}, fast.Objects[1])
		assert.True(t, fast.Truncated)
		assert.Equal(t, "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=", fast.Next)
	})

	t.Run("a step that the caller put in place of the SDK's stays", func(t *testing.T) {
		var called bool
		swap := func(o *s3.Options) {
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				b, err := sdkBinding()
				require.NoError(t, err)
				sdk, _ := stack.Deserialize.Get(b.id)
				_, err = stack.Deserialize.Swap(b.id, middleware.DeserializeMiddlewareFunc(b.id,
					func(
						ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
					) (middleware.DeserializeOutput, middleware.Metadata, error) {
						called = true
						return sdk.HandleDeserialize(ctx, in, next)
					}))
				return err
			})
		}
		p, err := get(t, client(answers{status: 200, body: page(3)}, swap))
		require.NoError(t, err)
		assert.True(t, called)
		assert.Len(t, p.Objects, 3)
	})

	t.Run("other middleware sees every field of the output but the entries", func(t *testing.T) {
		var seen *s3.ListObjectsV2Output
		look := func(o *s3.Options) {
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("look",
					func(
						ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
					) (middleware.InitializeOutput, middleware.Metadata, error) {
						out, metadata, err := next.HandleInitialize(ctx, in)
						seen, _ = out.Result.(*s3.ListObjectsV2Output)
						return out, metadata, err
					}), middleware.After)
			})
		}
		c := client(answers{status: 200, body: page(2),
			header: http.Header{"X-Amz-Request-Charged": {" requester "}}}, look)
		_, err := get(t, viaSDK{c})
		require.NoError(t, err)
		want := *seen
		want.Contents, want.ResultMetadata = nil, middleware.Metadata{}
		_, err = get(t, c)
		require.NoError(t, err)
		seen.ResultMetadata = middleware.Metadata{}
		assert.Equal(t, &want, seen)
		assert.EqualValues(t, "requester", seen.RequestCharged)
	})

	t.Run("an output that middleware put in place of ours is the one that counts", func(t *testing.T) {
		instead := func(o *s3.Options) {
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("instead",
					func(
						ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
					) (middleware.InitializeOutput, middleware.Metadata, error) {
						out, metadata, err := next.HandleInitialize(ctx, in)
						out.Result = &s3.ListObjectsV2Output{IsTruncated: aws.Bool(false)}
						return out, metadata, err
					}), middleware.After)
			})
		}
		p, err := get(t, client(answers{status: 200, body: page(2)}, instead))
		require.NoError(t, err)
		assert.Empty(t, p.Objects)
		assert.False(t, p.Truncated)
	})

	t.Run("a page that is filled again holds nothing of the one before", func(t *testing.T) {
		var p Page
		in := &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}
		require.NoError(t, Get(t.Context(), client(answers{status: 200, body: page(5)}), in, &p))
		kept := p.Objects[0]
		require.NoError(t, Get(t.Context(), client(answers{status: 200, body: []byte(last(``))}), in, &p))
		assert.Empty(t, p.Objects)
		assert.Empty(t, p.Next)
		assert.Equal(t, "logs/year=2026/month=11/part-00000000.parquet", kept.Key)
		assert.Empty(t, in.EncodingType, "the caller's input is left alone")
	})

	t.Run("an error answer is the SDK's error", func(t *testing.T) {
		body := []byte(`<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>` +
			`<RequestId>R1</RequestId></Error>`)
		for _, status := range []int{503, 200} {
			c := client(answers{status: status, body: body})
			_, fast := get(t, c)
			_, slow := get(t, viaSDK{c})
			require.ErrorContains(t, fast, "SlowDown")
			assert.Equal(t, slow.Error(), fast.Error())
		}
	})
}

func TestObjectsHoldNothingOfTheirPage(t *testing.T) {
	const pages = 100
	c := client(answers{status: 200, body: page(1000)})
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // the first one leaves what pools hold
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	kept := make([]Object, 0, pages)
	before := heap()
	for range pages {
		p, err := get(t, c)
		require.NoError(t, err)
		kept = append(kept, p.Objects[500])
	}
	after := heap()
	require.Len(t, kept, pages)
	assert.Less(t, int64(after)-int64(before), int64(pages*4<<10), "a page is more than 100 KiB")
	runtime.KeepAlive(kept)
}
