package s3read

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/seed-15cba5db/irsa-go/internal/listxml"
)

// A BucketInfo is what a listing of buckets says about one.
type BucketInfo struct {
	Name    string
	Region  string    // where it is, for BucketOptions.Region; empty if the server doesn't say
	Created time.Time // zero if the server doesn't say
}

// BucketsOptions narrow the listing of buckets. The zero value lists all of them.
type BucketsOptions struct {
	Prefix string // only buckets whose names begin with it
	Region string // only buckets in it; those whose region the server doesn't say are listed too
}

// maxBuckets is the highest value that S3 allows for MaxBuckets. Without MaxBuckets, S3 neither
// divides the listing into pages, which it then refuses to accounts with a quota above 10,000
// buckets, nor says the buckets' regions:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html.
const maxBuckets = 1000

// Buckets lists the account's buckets, by name; it needs s3:ListAllMyBuckets. *[s3.Client] is the
// client.
//
// A failure is the last pair, with a zero [BucketInfo] and an [*Error]; a listing that ends without
// one is complete. Each range over the result starts a new listing. Transient failures are retried,
// and so are responses whose body stalls for 30 seconds or is no listing. A server that doesn't
// know pages, and sends all of its buckets for each, is listed once.
func Buckets(
	ctx context.Context, client s3.ListBucketsAPIClient, optFns ...func(*BucketsOptions),
) iter.Seq2[BucketInfo, error] {
	var opts BucketsOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return func(yield func(BucketInfo, error) bool) {
		in := &s3.ListBucketsInput{
			MaxBuckets:   aws.Int32(maxBuckets),
			Prefix:       optional(opts.Prefix),
			BucketRegion: optional(opts.Region),
		}
		get := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.ListBucketsOutput, error) {
			return bucketsPage(ctx, client, in, optFns)
		}
		var account sender
		account.init("", BucketOptions{})
		send := func(ctx context.Context, optFns ...func(*s3.Options)) (*s3.ListBucketsOutput, error) {
			return wholePage(ctx, &account, append(optFns, listxml.LeaveOddEmpty), get)
		}
		var cycle tokenCycle
		seen := map[string]bool{}
		for {
			r := request{op: "buckets", kind: listPage, resume: in.ContinuationToken != nil}
			out, err := call(ctx, &account, r, send)
			if err != nil {
				yield(BucketInfo{}, err)
				return
			}
			known := len(seen)
			for _, bucket := range out.Buckets {
				info := bucketInfo(bucket)
				if seen[info.Name] {
					continue
				}
				seen[info.Name] = true
				if opts.match(info) && !yield(info, nil) {
					return
				}
			}
			repeated := len(out.Buckets) > 0 && len(seen) == known
			if aws.ToString(out.ContinuationToken) == "" || repeated {
				return
			}
			if cycle.closes(*out.ContinuationToken) {
				yield(BucketInfo{}, account.newError(r, "", errTokenCycle))
				return
			}
			in.ContinuationToken = out.ContinuationToken
		}
	}
}

// match reports whether the bucket is one that was asked for. Compatible servers ignore parameters
// that they don't know.
func (o BucketsOptions) match(b BucketInfo) bool {
	return strings.HasPrefix(b.Name, o.Prefix) && (o.Region == "" || b.Region == "" || b.Region == o.Region)
}

func bucketInfo(b types.Bucket) BucketInfo {
	return BucketInfo{
		Name:    aws.ToString(b.Name),
		Region:  aws.ToString(b.BucketRegion),
		Created: aws.ToTime(b.CreationDate),
	}
}

// bucketsPage asks for one page, and refuses a response that isn't one: the SDK takes an empty
// body, or another document, for an account without buckets.
func bucketsPage(
	ctx context.Context, client s3.ListBucketsAPIClient, in *s3.ListBucketsInput, optFns []func(*s3.Options),
) (*s3.ListBucketsOutput, error) {
	out, err := client.ListBuckets(ctx, in, optFns...)
	if err != nil {
		return nil, err
	}
	asked, next := aws.ToString(in.ContinuationToken), aws.ToString(out.ContinuationToken)
	switch {
	case out.Buckets == nil:
		return nil, brokenPage("it has no list of buckets")
	case asked != "" && next == asked && len(out.Buckets) == 0:
		return nil, brokenPage("it repeats the continuation token")
	}
	for _, bucket := range out.Buckets {
		if aws.ToString(bucket.Name) == "" {
			return nil, brokenPage("a bucket has no name")
		}
	}
	return out, nil
}
