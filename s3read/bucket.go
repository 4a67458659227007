package s3read

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Client is what a Bucket needs of an S3 client; *[s3.Client] has it. Where another implementation wraps one, it
// must pass the option functions on: region, retries and checksum validation are set through them.
type Client interface {
	s3.ListObjectsV2APIClient
	s3.HeadObjectAPIClient
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// A Bucket lists and reads the objects of one bucket. It is safe for concurrent use and needs no closing.
type Bucket struct {
	client Client
	name   string
	opts   BucketOptions
	region atomic.Pointer[string] // given, or learned from a failure; nil: the client's
	exists atomic.Bool            // an answer has shown that the bucket exists
}

// BucketOptions hold for every request of a Bucket. The zero value is right for a bucket of one's own in the client's
// region.
type BucketOptions struct {
	// Region is where the bucket is, if it is known ([BucketInfo] says it). When it is empty the client's region is
	// tried; where that is wrong the first request fails once, and its answer names the right one for all others.
	// It is not used for ARNs and directory buckets, whose names hold their region.
	Region string

	// RequesterPays says that the caller agrees to pay for requests and transfer, without which a bucket whose
	// requesters pay answers 403.
	RequesterPays bool

	// ExpectedOwner is the 12-digit id of the account that must own the bucket; S3 refuses every request with 403 if
	// another one does. Empty: any account.
	ExpectedOwner string

	// Stall is how long a read may wait without receiving a byte, response headers included, before its connection is
	// given up and the read resumed on another. Time during which nobody waits for the object does not count. Zero
	// means 30 seconds, a negative value for ever. A listing waits for the headers of a page without a limit, since S3 may
	// take minutes for one, and for its body with this one.
	Stall time.Duration
}

// NewBucket returns the bucket of that name, which may also be an access point's alias or ARN. It makes no request and
// does not check that the bucket exists.
func NewBucket(client Client, name string, optFns ...func(*BucketOptions)) *Bucket {
	b := &Bucket{client: client, name: name}
	for _, fn := range optFns {
		fn(&b.opts)
	}
	if b.opts.Stall == 0 {
		b.opts.Stall = 30 * time.Second
	}
	if b.opts.Region != "" && !b.regional() {
		b.region.Store(&b.opts.Region)
	}
	return b
}

// directory reports whether the bucket is a directory bucket, or an access point of one: the suffixes are reserved,
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
func (b *Bucket) directory() bool {
	return strings.HasSuffix(b.name, "--x-s3") || strings.HasSuffix(b.name, "--xa-s3")
}

// payer is the RequestPayer of every input.
func (b *Bucket) payer() types.RequestPayer {
	if b.opts.RequesterPays {
		return types.RequestPayerRequester
	}
	return ""
}

// owner is the ExpectedBucketOwner of every input.
func (b *Bucket) owner() *string {
	if b.opts.ExpectedOwner == "" {
		return nil
	}
	return aws.String(b.opts.ExpectedOwner)
}
