package s3read_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/denial"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

// deniedBy is the Error of an object that S3 denies with a message.
func deniedBy(t *testing.T, key, message string) *s3read.Error {
	b := s3read.NewBucket(serve(func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusForbidden, "AccessDenied", message)
	}), "bucket")
	_, err := b.ReadAll(t.Context(), key, 10)
	var e *s3read.Error
	require.ErrorAs(t, err, &e)
	return e
}

const deniedUser = "User: arn:aws:sts::111122223333:assumed-role/r/session is not authorized to perform: "

func TestTheHintOfADenialIsWhatS3SaysAndNotWhatAKeySays(t *testing.T) {
	for name, tt := range map[string]struct{ key, message, hint string }{
		"a version": {"k", deniedUser + `s3:GetObjectVersion on resource: "arn:aws:s3:::bucket/k" ` +
			"because no identity-based policy allows the s3:GetObjectVersion action",
			"the role needs s3:GetObjectVersion on arn:aws:s3:::bucket/k"},
		"a key named kms": {"kms/k", deniedUser + `s3:GetObject on resource: "arn:aws:s3:::bucket/kms/k" ` +
			"because no identity-based policy allows the s3:GetObject action",
			"the role needs s3:GetObject on arn:aws:s3:::bucket/kms/k"},
		"a key named so": {"explicit deny", deniedUser + `s3:GetObject on resource: "arn:aws:s3:::bucket/explicit deny" ` +
			"because no resource-based policy allows the s3:GetObject action",
			"no statement allows s3:GetObject on arn:aws:s3:::bucket/explicit deny in the bucket's policy; " +
				"the role's own policy must allow it too"},
		"an organization": {"k", deniedUser + `s3:GetObject on resource: "arn:aws:s3:::bucket/k" ` +
			"with an explicit deny in a service control policy",
			"a policy explicitly denies this, so that allowing it elsewhere does not help: " +
				"change the policy that denies s3:GetObject, a service control policy of the organization"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tt.hint, deniedBy(t, tt.key, tt.message).Hint)
		})
	}
	bare := deniedBy(t, "kms/explicit deny", "Access Denied")
	assert.Contains(t, bare.Hint, "the role needs s3:GetObject on the object;")
}

func TestADenialNamesTheObjectWhereS3DoesNot(t *testing.T) {
	d, ok := denial.Of(deniedBy(t, "a/key", "Access Denied"))
	require.True(t, ok)
	assert.Equal(t, "s3:GetObject", d.Action)
	assert.Equal(t, "arn:aws:s3:::bucket/a/key", d.Resource)
	for want, e := range map[string]s3read.Error{
		"arn:aws-cn:s3:::b/k": {Op: "read", Bucket: "b", Key: "k", Region: "cn-north-1"},
		"arn:aws:s3:::b":      {Op: "list", Bucket: "b", Key: "prefix/", Region: "eu-west-1"},
		"arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/k": {
			Op: "read", Bucket: "arn:aws:s3:eu-west-1:111122223333:accesspoint/p", Key: "k", Region: "eu-west-1"},
	} {
		assert.Equal(t, want, e.DeniedResource())
	}
	for _, e := range []s3read.Error{
		{Op: "buckets", Region: "eu-west-1"},
		{Op: "read", Bucket: "b", Key: "k"},
		{Op: "read", Bucket: "b", Key: "k", Region: "somewhere"},
		{Op: "read", Bucket: "p-x-s3alias", Key: "k", Region: "eu-west-1"},
		{Op: "read", Bucket: "b--euw1-az1--x-s3", Key: "k", Region: "eu-west-1"},
	} {
		assert.Empty(t, e.DeniedResource(), e)
	}
}
