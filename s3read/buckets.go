package s3read

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// A BucketInfo is what a listing of buckets says of one.
type BucketInfo struct {
	Name    string
	Region  string    // where it is, for BucketOptions.Region; empty if the server doesn't say
	Created time.Time // zero if the server doesn't say
}

// BucketsOptions narrow the listing of buckets. The zero value lists all of them.
type BucketsOptions struct {
	Prefix string // only buckets whose names begin so
	Region string // only buckets that are there; those whose region the server doesn't say are listed too
}

// bucketsPage is what S3 allows at most for MaxBuckets. Without MaxBuckets it neither divides the listing in pages,
// which it then refuses to accounts of more than 10000 buckets, nor tells the buckets' regions.
const bucketsPage = 1000

// Buckets lists the account's buckets by name; it takes s3:ListAllMyBuckets. *[s3.Client] is the client.
//
// A failure is the last pair, with a zero BucketInfo; a listing that ends without one is complete. Each range over the
// result lists anew. What fails for a moment is asked again, and so is an answer whose body stalls for 30 seconds or is
// no list. A server that doesn't know pages, and repeats all its buckets instead, is listed once.
func Buckets(ctx context.Context, client s3.ListBucketsAPIClient, optFns ...func(*BucketsOptions)) iter.Seq2[BucketInfo, error] {
	var opts BucketsOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	return func(yield func(BucketInfo, error) bool) {
		in := &s3.ListBucketsInput{MaxBuckets: aws.Int32(bucketsPage)}
		if opts.Prefix != "" {
			in.Prefix = &opts.Prefix
		}
		if opts.Region != "" {
			in.BucketRegion = &opts.Region
		}
		account := NewBucket(nil, "") // for its retries, its patience and its errors
		var loop tokens
		seen := map[string]bool{}
		for {
			r := request{op: "buckets", resume: in.ContinuationToken != nil}
			out, err := call(ctx, account, r, func(ctx context.Context, optFns ...func(*s3.Options)) (out *s3.ListBucketsOutput, err error) {
				err = account.whole(ctx, optFns, func(ctx context.Context, optFns ...func(*s3.Options)) error {
					out, err = bucketsAnswer(ctx, client, in, optFns)
					return err
				})
				return out, err
			})
			if err != nil {
				yield(BucketInfo{}, err)
				return
			}
			known := len(seen)
			for _, bucket := range out.Buckets {
				info := BucketInfo{Name: aws.ToString(bucket.Name), Region: aws.ToString(bucket.BucketRegion), Created: aws.ToTime(bucket.CreationDate)}
				if seen[info.Name] {
					continue
				}
				seen[info.Name] = true
				if !strings.HasPrefix(info.Name, opts.Prefix) || opts.Region != "" && info.Region != "" && info.Region != opts.Region {
					continue // from a server that doesn't know the parameters
				}
				if !yield(info, nil) {
					return
				}
			}
			repeated := len(out.Buckets) > 0 && len(seen) == known
			if aws.ToString(out.ContinuationToken) == "" || repeated {
				return
			}
			if !loop.next(*out.ContinuationToken) {
				yield(BucketInfo{}, account.failed(r, "", errCircle))
				return
			}
			in.ContinuationToken = out.ContinuationToken
		}
	}
}

// bucketsAnswer asks for a page and refuses one that isn't: the SDK takes an empty answer, or another document, for
// an account without buckets.
func bucketsAnswer(ctx context.Context, client s3.ListBucketsAPIClient, in *s3.ListBucketsInput, optFns []func(*s3.Options)) (*s3.ListBucketsOutput, error) {
	out, err := client.ListBuckets(ctx, in, optFns...)
	switch {
	case err != nil:
		return nil, err
	case out.Buckets == nil:
		return nil, broken("the answer lists no buckets, not even none")
	case aws.ToString(in.ContinuationToken) != "" && aws.ToString(out.ContinuationToken) == *in.ContinuationToken && len(out.Buckets) == 0:
		return nil, broken("it repeats the continuation token")
	}
	for _, bucket := range out.Buckets {
		if aws.ToString(bucket.Name) == "" {
			return nil, broken("a bucket has no name")
		}
	}
	return out, nil
}
