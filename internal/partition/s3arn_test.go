package partition_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

func TestTheARNOfABucketOrAKeyIsInTheRegionsPartition(t *testing.T) {
	const point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/invoices"
	for _, c := range []struct{ region, bucket, key, want string }{
		{"eu-west-1", "invoices", "", "arn:aws:s3:::invoices"},
		{"cn-north-1", "invoices", "2026/11.csv", "arn:aws-cn:s3:::invoices/2026/11.csv"},
		{"eu-west-1", point, "", point},
		{"eu-west-1", point, "a/b", point + "/object/a/b"},
		{"garage", "invoices", "a", ""},
		{"eu-west-1", "", "a", ""},
		{"eu-west-1", "invoices-abc-s3alias", "a", ""},
		{"eu-west-1", "invoices--euw1-az1--x-s3", "a", ""},
	} {
		assert.Equal(t, c.want, partition.S3ARN(c.region, c.bucket, c.key), c)
	}
}
