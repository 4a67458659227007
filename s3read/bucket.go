package s3read

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A Client is what a [Bucket] needs of an S3 client; *[s3.Client] has it. An implementation that
// wraps another client must pass the option functions on: region, retries and checksum validation
// are set through them.
type Client interface {
	s3.ListObjectsV2APIClient
	s3.HeadObjectAPIClient
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
}

// A Bucket lists and reads the objects of one bucket. It is made by [NewBucket], is safe for
// concurrent use and needs no closing.
type Bucket struct {
	client Client
	ahead  aheadBudget
	sender

	customer customerKey
	badKey   error // of customer; it fails each GET and HEAD
}

// BucketOptions hold for every request of a [Bucket]. The zero value is right for a bucket of one's
// own in the client's region.
type BucketOptions struct {
	// Region is where the bucket is, if that is known ([BucketInfo] has it). Empty: the client's
	// region is tried first; where it is wrong, the first request fails once, and the failed
	// response names the right region for all others. Ignored for ARNs and directory buckets, whose
	// names determine their region.
	Region string

	// RequesterPays says that the caller agrees to pay for requests and transfer. Without it, a
	// bucket that is configured so responds with 403.
	RequesterPays bool

	// ExpectedOwner is the 12-digit id of the account that must own the bucket; if another account
	// does, S3 responds to every request with 403. Empty: any account.
	ExpectedOwner string

	// SSECustomerKey is the 32 bytes with which the objects are encrypted (SSE-C). It is in each GET
	// and HEAD, and in no error. S3 takes such requests over TLS only; an endpoint that is named
	// with http is sent the key in the clear. A key of another length fails each GET and HEAD.
	// Empty: none is sent, and objects that have one fail with 400.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
	SSECustomerKey []byte

	// ReadAhead is the memory, in bytes, for what one [Reader] requests ahead of Read and WriteTo;
	// all Readers of the bucket have twice that, and those for which nothing is left go on with one
	// connection. Zero means 32 MiB; negative means that every Reader has one connection. Less than
	// what a connection carries while an answer begins is slower than that connection: 9 MB where
	// it carries 90 MB/s and answers begin after 100 ms.
	//
	// It is used by a Reader that has gone through some MiBs in order, in up to 24 parts at once.
	// The SDK's default HTTP client keeps ten idle connections for each host, and dials the others
	// again and again; this one keeps them:
	//
	//	cfg.HTTPClient = awshttp.NewBuildableClient().
	//		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 })
	ReadAhead int64

	// Hedge is after how long a GET, HEAD or LIST whose answer has not begun is asked for once
	// more, on another connection; the first answer counts, and the other request is cancelled.
	// Zero means three times the 90th percentile of the bucket's latest requests of that kind, and
	// at least 10 ms; negative means never.
	//
	// No more than 2 requests in 100 are sent twice, with 10 in a row; none for ten seconds after
	// the store asked for fewer, nor while most of its answers are late.
	Hedge time.Duration

	// Stall is how long a read may wait without receiving a byte, response headers included, before
	// it gives up the connection and resumes on another one. Time during which nobody waits for the
	// object does not count. Zero means 30 seconds; negative means no limit.
	//
	// A listing applies it to the body of a page only. S3 may take minutes to send a page's
	// headers, so that only the caller's context limits the wait for them.
	Stall time.Duration
}

// defaultStall is BucketOptions.Stall's default. The SDK has no read timeout of its own: a
// connection that stalls without being closed would be waited for until the caller's context ends.
const defaultStall = 30 * time.Second

// NewBucket returns the bucket of that name, which may also be the alias or ARN of an access point.
// It makes no request, and does not check that the bucket exists.
func NewBucket(client Client, name string, optFns ...func(*BucketOptions)) *Bucket {
	var opts BucketOptions
	for _, fn := range optFns {
		fn(&opts)
	}
	b := &Bucket{client: client}
	b.sender.init(name, opts)
	b.ahead.init(opts.ReadAhead)
	b.customer, b.badKey = newCustomerKey(opts.SSECustomerKey)
	return b
}

// isDirectory reports whether the bucket is a directory bucket, or an access point of one: the
// suffixes are reserved for them,
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
func (b *Bucket) isDirectory() bool { return isDirectoryBucket(b.name) }

func isDirectoryBucket(name string) bool {
	return strings.HasSuffix(name, "--x-s3") || strings.HasSuffix(name, "--xa-s3")
}

// requestPayer is the RequestPayer of every input.
func (b *Bucket) requestPayer() types.RequestPayer {
	if b.opts.RequesterPays {
		return types.RequestPayerRequester
	}
	return ""
}

// expectedOwner is the ExpectedBucketOwner of every input.
func (b *Bucket) expectedOwner() *string { return optional(b.opts.ExpectedOwner) }

// optional is s for an input, in which nil means that the field is not sent.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}
