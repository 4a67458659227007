package s3readtest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestKeysAndBucketsThatCanNotBeAreRefused(t *testing.T) {
	srv := new(s3readtest.Server)
	srv.CreateBucket(s3readtest.Bucket{Name: "b"})
	_, err := srv.S3Client(once).PutObject(t.Context(), put(strings.Repeat("k", 1024), "x"))
	require.NoError(t, err)
	_, err = srv.S3Client(once).PutObject(t.Context(), put(strings.Repeat("k", 1025), "x"))
	got, status, _ := code(t, err)
	assert.Equal(t, []any{"KeyTooLongError", 400}, []any{got, status})
	for _, request := range []string{"GET ", "DELETE ", "POST ?uploads"} {
		method, query, _ := strings.Cut(request, " ")
		_, body := sent(t, srv, method, "/"+strings.Repeat("k", 2000)+query, "", nil)
		assert.Contains(t, body, "<Code>KeyTooLongError</Code>", method)
		assert.Contains(t, body, "<Size>2000</Size><MaxSizeAllowed>1024</MaxSizeAllowed>", method)
	}
	status, body := sent(t, srv, "PUT", "/%ff", "x", nil)
	assert.Equal(t, 400, status, body)
	_, err = srv.S3Client(once, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(t.Context(),
		&s3.CreateBucketInput{
			Bucket:          aws.String("name-111122223333-us-east-1-an"),
			BucketNamespace: types.BucketNamespaceAccountRegional,
		})
	require.NoError(t, err)

	pathStyle := srv.S3Client(once, func(o *s3.Options) { o.UsePathStyle = true })
	for _, name := range []string{"ab", "UPPER", "under_score", "a..b", "192.168.1.1", "-dash", "xn--name",
		"name-s3alias", "name-an", strings.Repeat("a", 64)} {
		_, err := pathStyle.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
		got, status, _ := code(t, err)
		assert.Equal(t, []any{"InvalidBucketName", 400}, []any{got, status}, name)
	}
	_, err = pathStyle.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("good.name-1")})
	require.NoError(t, err)
	_, err = pathStyle.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("good.name-1")})
	require.NoError(t, err, "in us-east-1 it may be there already")
	_, err = pathStyle.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("b")})
	got, _, _ = code(t, err)
	assert.Equal(t, "BucketNotEmpty", got)
	_, err = pathStyle.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("good.name-1")})
	require.NoError(t, err)
}

func TestABucketIsMadeWhereItsEndpointIs(t *testing.T) {
	srv := &s3readtest.Server{Region: "eu-west-1"}
	in := func(region string) *s3.Client { return srv.S3Client(once, func(o *s3.Options) { o.Region = region }) }
	for _, tc := range []struct {
		region, name string
		constraint   types.BucketLocationConstraint
		code, where  string
	}{
		{"us-east-1", "first", "", "", "us-east-1"},
		{"us-east-1", "second", "eu-west-3", "", "eu-west-3"},
		{"us-east-1", "third", "EU", "", "eu-west-1"},
		{"us-east-1", "fourth", "us-east-1", "InvalidLocationConstraint", ""},
		{"eu-west-1", "fifth", "eu-west-1", "", "eu-west-1"},
		{"eu-west-1", "sixth", "", "IllegalLocationConstraintException", ""},
		{"eu-west-1", "seventh", "eu-west-3", "IllegalLocationConstraintException", ""},
		{"eu-west-1", "fifth", "eu-west-1", "BucketAlreadyOwnedByYou", ""},
	} {
		asked := &s3.CreateBucketInput{Bucket: &tc.name}
		if tc.constraint != "" {
			asked.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: tc.constraint}
		}
		_, err := in(tc.region).CreateBucket(t.Context(), asked)
		if tc.code != "" {
			got, _, _ := code(t, err)
			assert.Equal(t, tc.code, got, tc.name)
			continue
		}
		require.NoError(t, err, tc.name)
		out, err := in(tc.where).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &tc.name})
		require.NoError(t, err, tc.name)
		assert.Equal(t, tc.where, *out.BucketRegion, tc.name)
	}
}
