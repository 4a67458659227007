// Package listxml asks S3 for one page of ListObjectsV2 and decodes it in one pass over its bytes.
//
// The problem: the SDK decodes a page with encoding/xml and makes 75 allocations for each key. A
// page of 1000 keys costs 10 ms of processor time, so that two processors list 190 thousand keys a
// second at most, however many requests run at once (measured with service/s3 v1.114.8). Decoded
// in one pass the same page costs 0.7 ms and 1.4 allocations for each key; internal/bench compares
// the two.
//
//	var page listxml.Page
//	err := listxml.Get(ctx, client, &s3.ListObjectsV2Input{Bucket: &bucket}, &page)
//
// The guarantee: what the one-pass decoder accepts it reads exactly as the SDK does; the fuzz
// targets hold it to that. It knows only the plain documents that S3 and the stores like it send.
// Whatever else comes, good or bad, goes to the SDK's own decoder, which decides; only dates and
// numbers that are none, and that a listing can do without, are left out before (odd.go). And an
// answer that is not one whole page is an error, [ErrPage], where the SDK takes any document for a
// page without keys.
//
// How it gets there: the SDK's client does everything but decode, so that signing, endpoints,
// retries, tracing and error types stay its own. One step of its middleware stack is replaced
// (deserializer.go), and only where the client is exactly an *s3.Client and the step is the SDK's
// own, which a sample page has shown to do what ours does (binding.go). Where it hasn't, because a
// newer SDK decodes in another way, pages are read as before, slower; a test and a benchmark fail.
// The decoder (decode.go) walks over the document with a scanner (scan.go, leaf.go, convert.go).
package listxml

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrPage is the reason for every response that is not one complete page of a listing although its
// HTTP status says success: a proxy's login page, for example. A retry may help.
var ErrPage = errors.New("not a complete list page")

// An Object is one key of a page. Key and ETag share one small allocation of their own. Strings cut
// out of the document would cost none, but each Object that a caller keeps would then keep its
// whole page in memory, more than 100 KiB.
type Object struct {
	Key, ETag, StorageClass string
	Size                    int64
	LastModified            time.Time // zero if the answer has none, or no date
}

// A Page is one response, its names decoded from the URL encoding in which they were asked for. A
// Page that is filled again reuses its slices; Objects that were copied out of it stay as they are.
type Page struct {
	Objects   []Object // in the server's order
	Prefixes  []string // the common prefixes, in the server's order
	Truncated bool     // there is more
	Next      string   // the continuation token; "" if the answer has none
}

// Get asks client for the page that in describes and fills p with it. in is left as it is.
//
// Names are always asked for in URL encoding: a key may hold any Unicode character, also control
// characters, which XML 1.0 can't express. Without the encoding the SDK fails for the whole page,
// "illegal character code U+0008" (aws-sdk-go#1914, aws-sdk-go-v2#1676).
func Get(
	ctx context.Context, client s3.ListObjectsV2APIClient, in *s3.ListObjectsV2Input, p *Page,
	optFns ...func(*s3.Options),
) error {
	b, _ := sdkBinding() // without one the SDK decodes
	return b.get(ctx, client, in, p, optFns...)
}

func (b binding) get(
	ctx context.Context, client s3.ListObjectsV2APIClient, in *s3.ListObjectsV2Input, p *Page,
	optFns ...func(*s3.Options),
) error {
	request := *in
	request.EncodingType = types.EncodingTypeUrl
	d := deserializer{binding: b, page: p}
	if _, ok := client.(*s3.Client); ok && b.step != nil {
		optFns = append(slices.Clip(optFns), d.install)
	} else {
		optFns = append([]func(*s3.Options){LeaveOddEmpty}, optFns...)
	}
	out, err := client.ListObjectsV2(ctx, &request, optFns...)
	if err != nil {
		return err
	}
	// Middleware outside of ours may have replaced the output: then the replacement counts.
	if d.output != nil && out == d.output {
		return nil
	}
	return p.fill(out)
}

// reset empties the page. The entries are cleared, so that the page keeps no strings alive.
func (p *Page) reset() {
	clear(p.Objects)
	clear(p.Prefixes)
	*p = Page{Objects: p.Objects[:0], Prefixes: p.Prefixes[:0]}
}

// fill takes over a page that the SDK decoded.
func (p *Page) fill(out *s3.ListObjectsV2Output) error {
	p.reset()
	// S3 always says whether there is more. Without it a page that was cut off would look like
	// the last one.
	if out == nil || out.IsTruncated == nil {
		return fmt.Errorf("%w: IsTruncated is missing", ErrPage)
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

// name decodes a key or a common prefix. Neither is ever empty.
func name(s *string, encoded bool) (string, error) {
	if aws.ToString(s) == "" {
		return "", fmt.Errorf("%w: an entry has no key or prefix", ErrPage)
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
