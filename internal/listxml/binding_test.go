package listxml

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheSDKsDecoderIsReplaced(t *testing.T) {
	b, err := sdkBinding()
	require.NoError(t, err, "listings are right, and an order of magnitude slower: see what this release of the SDK does")
	var p Page
	d := deserializer{binding: b, page: &p}
	in := &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}
	_, err = client(answers{status: 200, body: page(1)}).ListObjectsV2(t.Context(), in, d.install)
	require.NoError(t, err)
	require.NotNil(t, d.sdk)
	require.NotNil(t, d.output)
	assert.Len(t, p.Objects, 1)
}

// A renamed step is the SDK's under another id and of another type. alter changes what it reads.
type renamed struct {
	sdk   middleware.DeserializeMiddleware
	alter func(*s3.ListObjectsV2Output)
}

func (renamed) ID() string { return "ResponseDecoder" }

func (r renamed) HandleDeserialize(
	ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := r.sdk.HandleDeserialize(ctx, in, next)
	if o, ok := out.Result.(*s3.ListObjectsV2Output); ok {
		r.alter(o)
	}
	return out, metadata, err
}

// swapped is the SDK with another step in the place of the one that decodes.
func swapped(
	t *testing.T, by func(middleware.DeserializeMiddleware) middleware.DeserializeMiddleware,
) func(*s3.Options) {
	b, err := sdkBinding()
	require.NoError(t, err)
	return s3.WithAPIOptions(func(stack *middleware.Stack) error {
		step, ok := stack.Deserialize.Get(b.id)
		require.True(t, ok)
		_, err := stack.Deserialize.Swap(b.id, by(step))
		return err
	})
}

// altered is the SDK with a decoder of another name that reads the same but for what alter changes.
func altered(t *testing.T, alter func(*s3.ListObjectsV2Output)) func(*s3.Options) {
	return swapped(t, func(step middleware.DeserializeMiddleware) middleware.DeserializeMiddleware {
		return renamed{step, alter}
	})
}

func TestBind(t *testing.T) {
	same := func(*s3.ListObjectsV2Output) {}

	t.Run("a decoder of another name and type is found by what it does", func(t *testing.T) {
		newer := altered(t, same)
		b, err := bind(newer)
		require.NoError(t, err)
		assert.Equal(t, "ResponseDecoder", b.id)

		var p Page
		d := deserializer{binding: b, page: &p}
		in := &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}
		_, err = client(answers{status: 200, body: page(3)}, newer).ListObjectsV2(t.Context(), in, d.install)
		require.NoError(t, err)
		require.NotNil(t, d.output, "the one-pass decoder reads the page")
		assert.Len(t, p.Objects, 3)
	})

	t.Run("a decoder of a name that the binding doesn't know serves, and the page is right", func(t *testing.T) {
		b, err := sdkBinding()
		require.NoError(t, err)
		for name, b := range map[string]binding{"of the SDK": b, "none": {}} {
			called := 0
			c := client(answers{status: 200, body: page(3)}, altered(t, func(*s3.ListObjectsV2Output) { called++ }))
			want, err := get(t, viaSDK{c})
			require.NoError(t, err, name)
			var p Page
			require.NoError(t, b.get(t.Context(), c, &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}, &p), name)
			assert.Equal(t, want, &p, name)
			assert.Equal(t, 2, called, name)
		}
	})

	t.Run("a decoder that reads anything differently is not replaced, and it is said why", func(t *testing.T) {
		for why, alter := range map[string]func(*s3.ListObjectsV2Output){
			"it reads a page differently": func(o *s3.ListObjectsV2Output) {
				for i := range o.Contents {
					o.Contents[i].ETag = aws.String("without quotes")
				}
			},
			"isn't known here, RequestCharged": func(o *s3.ListObjectsV2Output) { o.RequestCharged = "" },
			"IsTruncated is missing":           func(o *s3.ListObjectsV2Output) { o.IsTruncated = nil },
			"an entry has no key or prefix":    func(o *s3.ListObjectsV2Output) { o.CommonPrefixes[0].Prefix = nil },
		} {
			b, err := bind(altered(t, alter))
			require.ErrorContains(t, err, why)
			assert.Zero(t, b)
		}
	})

	t.Run("a step that can't be told from a caller's is not replaced", func(t *testing.T) {
		_, err := bind(swapped(t, func(step middleware.DeserializeMiddleware) middleware.DeserializeMiddleware {
			return middleware.DeserializeMiddlewareFunc("ResponseDecoder", step.HandleDeserialize)
		}))
		require.ErrorContains(t, err, "may be a caller's too")
	})

	t.Run("a stack in which no step decodes is left alone", func(t *testing.T) {
		empty := func(
			context.Context, middleware.FinalizeInput, middleware.FinalizeHandler,
		) (middleware.FinalizeOutput, middleware.Metadata, error) {
			return middleware.FinalizeOutput{Result: &s3.ListObjectsV2Output{}}, middleware.Metadata{}, nil
		}
		_, err := bind(s3.WithAPIOptions(func(stack *middleware.Stack) error {
			return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("elsewhere", empty), middleware.After)
		}))
		require.ErrorContains(t, err, "0 steps of the stack decode")

	})

	t.Run("an SDK that fails on the sample page is left alone", func(t *testing.T) {
		_, err := bind(func(o *s3.Options) { o.HTTPClient = sampleClient("<") })
		require.Error(t, err)
	})
}

func BenchmarkBind(b *testing.B) {
	for b.Loop() {
		_, err := bind()
		require.NoError(b, err)
	}
}
