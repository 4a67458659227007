package irsa_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// withSilentS3 loads a config beside an S3 that denies everything and never says why.
func withSilentS3(t *testing.T, w *testbed) *loadedBed {
	t.Setenv("AWS_ENDPOINT_URL_STS", "")
	deny := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rw.WriteHeader(http.StatusForbidden)
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(rw, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
		}
	})
	w.http = irsatest.Client(map[string]http.Handler{"sts.eu-west-1.amazonaws.com": w.sts, "*.amazonaws.com": deny})
	l := w.loadBed(t, irsa.Options{})
	t.Setenv("AWS_ROLE_ARN", "") // the client knows it, the environment needs not
	return l
}

func TestADenialThatSaysNothingIsCompletedByTheCall(t *testing.T) {
	w := newTestbed(t)
	client := s3.NewFromConfig(withSilentS3(t, w).cfg)
	bucket, key := aws.String("invoices"), aws.String("2026/11.csv")
	const object = "arn:aws:s3:::invoices/2026/11.csv"
	for name, c := range map[string]struct {
		call             func() error
		action, resource string
	}{
		"an object": {func() error {
			_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
			return err
		}, "s3:GetObject", object},
		"a version": {func() error {
			in := &s3.GetObjectInput{Bucket: bucket, Key: key, VersionId: aws.String("v1")}
			_, err := client.GetObject(t.Context(), in)
			return err
		}, "s3:GetObjectVersion", object},
		"an answer without a body": {func() error {
			_, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key})
			return err
		}, "s3:GetObject", object},
		"a bucket": {func() error {
			_, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket, Prefix: key})
			return err
		}, "s3:ListBucket", "arn:aws:s3:::invoices"},
		"all buckets": {func() error {
			_, err := client.ListBuckets(t.Context(), nil)
			return err
		}, "s3:ListAllMyBuckets", ""},
		"several objects, of which none is named": {func() error {
			in := &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{
				Objects: []types.ObjectIdentifier{{Key: key}, {Key: aws.String("other")}},
			}}
			_, err := client.DeleteObjects(t.Context(), in)
			return err
		}, "s3:DeleteObject", ""},
		"several actions, of which none is named": {func() error {
			in := &s3.CopyObjectInput{Bucket: bucket, Key: key, CopySource: aws.String("elsewhere/key")}
			_, err := client.CopyObject(t.Context(), in)
			return err
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.call()
			d, ok := denial.Of(err)
			require.True(t, ok, err)
			assert.Equal(t, c.action, d.Action)
			assert.Equal(t, c.resource, d.Resource)
			text := irsa.Explain(err)
			assert.Contains(t, text, `role        "`+roleARN+`"`)
			assert.NotContains(t, text, "The service doesn't say who was denied")
			if c.resource != "" {
				assert.Contains(t, text, "aws iam put-role-policy --role-name reader ")
				assert.Contains(t, text, `"Resource": "`+c.resource+`"`)
			} else {
				assert.NotContains(t, text, `"Resource": "arn:`)
			}
		})
	}
}

func TestTheErrorOfADeniedCallReadsAsTheSDKsDoes(t *testing.T) {
	w := newTestbed(t)
	l := withSilentS3(t, w)
	plain := l.cfg.Copy()
	plain.APIOptions = nil
	in := &s3.GetObjectInput{Bucket: aws.String("invoices"), Key: aws.String("key")}
	_, ours := s3.NewFromConfig(l.cfg).GetObject(t.Context(), in)
	_, theirs := s3.NewFromConfig(plain).GetObject(t.Context(), in)
	require.Error(t, ours)
	assert.EqualError(t, ours, theirs.Error())
	assert.Contains(t, irsa.Explain(theirs), "on the ARN of what was asked for",
		"without the config's steps nothing is known of the call")
}

func TestTheRoleOfADeniedCallIsTheOneThatSignedIt(t *testing.T) {
	w := newTestbed(t)
	l := withSilentS3(t, w)
	read := func(cfg aws.Config, optFns ...func(*s3.Options)) string {
		return irsa.Explain(deniedRead(t, s3.NewFromConfig(cfg, optFns...)))
	}
	w.addRole(t, hop1Role, roleARN, assumeOnly, "")
	next, _ := hop(t, l.cfg, hop1Role)
	text := read(next)
	assert.Contains(t, text, `role        "`+hop1Role+`"`)
	assert.Contains(t, text, "put-role-policy --role-name audit ")
	assert.NotContains(t, text, roleARN)

	text = read(l.cfg, func(o *s3.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("AKIAOTHER", "secret", "")
	})
	assert.NotContains(t, text, roleARN, "another's keys")
	assert.Contains(t, text, `put-role-policy --role-name "${ROLE_NAME:?}"`)
}
