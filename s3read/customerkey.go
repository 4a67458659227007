package s3read

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A customerKey is BucketOptions.SSECustomerKey as requests carry it. All nil: there is none.
type customerKey struct{ algorithm, key, md5 *string }

// customerKeySize is that of the only algorithm that S3 has for them, AES-256.
const customerKeySize = 32

func newCustomerKey(key []byte) (customerKey, error) {
	switch len(key) {
	case 0:
		return customerKey{}, nil
	case customerKeySize:
		sum := md5.Sum(key)
		return customerKey{
			algorithm: aws.String("AES256"),
			key:       aws.String(base64.StdEncoding.EncodeToString(key)),
			md5:       aws.String(base64.StdEncoding.EncodeToString(sum[:])),
		}, nil
	}
	return customerKey{}, fmt.Errorf("an SSECustomerKey has %d bytes, not %d", customerKeySize, len(key))
}
