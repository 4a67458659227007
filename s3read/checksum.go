package s3read

import (
	"encoding/base64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/seed-15cba5db/irsa-go/internal/crc"
)

// A checksum is what S3 stored of a whole object. The zero checksum means that there is none.
type checksum struct {
	algorithm *crc.Algorithm
	value     string // base64, as in the response
}

// checksumAlgorithms are those of storedChecksum's values, in their order: the cheapest first,
// among those that one object may have.
var checksumAlgorithms = [...]*crc.Algorithm{crc.CRC64NVME, crc.CRC32C, crc.CRC32, crc.SHA256, crc.SHA1}

// storedChecksum finds the checksum of a whole object in the values of a response, which are in the
// order of checksumAlgorithms. A composite checksum, which S3 computes from the checksums of an
// upload's parts and marks by "-" and their number, can't be verified without knowing the parts,
// and counts as none.
func storedChecksum(kind types.ChecksumType, values ...*string) checksum {
	for i, value := range values {
		if value != nil && *value != "" && kind != types.ChecksumTypeComposite && !strings.Contains(*value, "-") {
			return checksum{checksumAlgorithms[i], *value}
		}
	}
	return checksum{}
}

// prefix returns the running sum that a reader will verify; nil if there is nothing to compare it
// with.
func (c checksum) prefix() *crc.Prefix {
	if c.algorithm == nil {
		return nil
	}
	return crc.NewPrefix(c.algorithm)
}

// verify compares the sum of the bytes received with the stored one. A nil sum is of no bytes, or
// of not all of them, and is not compared.
func (c checksum) verify(sum []byte) error {
	if sum == nil {
		return nil
	}
	if got := base64.StdEncoding.EncodeToString(sum); got != c.value {
		return because(ErrChecksum, "stored as %s %s, received as %s", c.algorithm, c.value, got)
	}
	return nil
}

// followMode returns the option that asks for the object's checksum by the mode of an input, unless
// the client is told to validate only where an operation requires it: not every store knows the
// header that asks for it.
func followMode(mode *types.ChecksumMode) func(*s3.Options) {
	return func(o *s3.Options) {
		*mode = types.ChecksumModeEnabled
		if o.ResponseChecksumValidation == aws.ResponseChecksumValidationWhenRequired {
			*mode = ""
		}
	}
}
