// Package listxml asks S3 for one page of ListObjectsV2 and decodes it in one pass over its bytes.
//
// The SDK's client does everything but decode the document: signing, endpoints, retries, tracing and error types stay
// its own. Only the last step of its stack, which builds some seventy small values for each key, is replaced, and only
// where the client is exactly *s3.Client and the step is the one that this SDK is known to have.
// Whatever the one-pass decoder does not expect goes, byte for byte, to the SDK's own step.
package listxml

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrPage is the reason of every answer that is not one whole page of a listing,
// although its HTTP status says success. Asking again may help.
var ErrPage = errors.New("not a whole list page")

// Object is one key of a page. Key and ETag share one small allocation of their own, so that an Object that is
// kept keeps nothing of its page alive.
type Object struct {
	Key, ETag, StorageClass string
	Size                    int64
	LastModified            time.Time // zero if the answer has none
}

// Page is one answer, its names decoded from the URL encoding in which they were asked for.
// A Page that is filled again reuses its slices; the Objects that they held remain good.
type Page struct {
	Objects   []Object // in the server's order
	Prefixes  []string // the common prefixes, in the server's order
	Truncated bool     // there is more
	Next      string   // the continuation token; "" if the answer has none
}

// Get asks client for the page that in describes and fills p with it.
// Names are always asked for in URL encoding: XML can't carry every legal key.
func Get(ctx context.Context, client s3.ListObjectsV2APIClient, in *s3.ListObjectsV2Input, p *Page, optFns ...func(*s3.Options)) error {
	ask := *in
	ask.EncodingType = types.EncodingTypeUrl
	d := deserializer{page: p}
	if _, ok := client.(*s3.Client); ok {
		optFns = append(optFns[:len(optFns):len(optFns)], d.install)
	}
	out, err := client.ListObjectsV2(ctx, &ask, optFns...)
	if err != nil {
		return err
	}
	if d.output != nil && out == d.output {
		return nil
	}
	return p.fill(out)
}

func (p *Page) reset() {
	clear(p.Objects)
	clear(p.Prefixes)
	*p = Page{Objects: p.Objects[:0], Prefixes: p.Prefixes[:0]}
}

// fill takes what the SDK decoded.
func (p *Page) fill(out *s3.ListObjectsV2Output) error {
	p.reset()
	if out == nil || out.IsTruncated == nil {
		return fmt.Errorf("%w: it does not say whether it is truncated", ErrPage)
	}
	encoded := out.EncodingType == types.EncodingTypeUrl
	for i := range out.Contents {
		o := &out.Contents[i]
		key, err := name(o.Key, encoded)
		if err != nil {
			return err
		}
		p.Objects = append(p.Objects, Object{
			Key: key, ETag: aws.ToString(o.ETag), StorageClass: string(o.StorageClass),
			Size: aws.ToInt64(o.Size), LastModified: aws.ToTime(o.LastModified),
		})
	}
	for i := range out.CommonPrefixes {
		prefix, err := name(out.CommonPrefixes[i].Prefix, encoded)
		if err != nil {
			return err
		}
		p.Prefixes = append(p.Prefixes, prefix)
	}
	p.Truncated, p.Next = *out.IsTruncated, aws.ToString(out.NextContinuationToken)
	return nil
}

func name(s *string, encoded bool) (string, error) {
	if aws.ToString(s) == "" {
		return "", fmt.Errorf("%w: an entry has no name", ErrPage)
	}
	if !encoded {
		return *s, nil
	}
	decoded, err := url.QueryUnescape(*s)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPage, err)
	}
	return decoded, nil
}
