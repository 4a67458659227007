package s3readtest_test

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestAnObjectWithACustomersKeyNeedsIt(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	key, other := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{8}, 32)
	sum, otherSum := md5.Sum(key), md5.Sum(other)
	var fake s3readtest.Server
	fake.PutObject("bucket", s3readtest.Object{Key: "key", Body: []byte("body"), SSECustomerKey: key})
	fake.PutObject("bucket", s3readtest.Object{Key: "plain", Body: []byte("body")})
	client := fake.S3Client()

	in := func(name, algorithm, key, md5 string) *s3.GetObjectInput {
		in := &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &name}
		if algorithm != "" {
			in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = &algorithm, &key, &md5
		}
		return in
	}
	out, err := client.GetObject(t.Context(), in("key", "AES256", encode(key), encode(sum[:])))
	require.NoError(t, err)
	body, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	assert.Equal(t, "body", string(body))
	assert.Equal(t, encode(sum[:]), *out.SSECustomerKeyMD5)
	assert.Empty(t, out.ServerSideEncryption)

	for code, wrong := range map[string]*s3.GetObjectInput{
		"InvalidRequest":                  in("key", "", "", ""),
		"AccessDenied":                    in("key", "AES256", encode(other), encode(otherSum[:])),
		"InvalidArgument":                 in("key", "AES256", encode(key), encode(otherSum[:])),
		"InvalidEncryptionAlgorithmError": in("key", "AES128", encode(key), encode(sum[:])),
	} {
		_, err := client.GetObject(t.Context(), wrong)
		var is smithy.APIError
		require.ErrorAs(t, err, &is)
		assert.Equal(t, code, is.ErrorCode())
	}
	_, err = client.GetObject(t.Context(), in("plain", "AES256", encode(key), encode(sum[:])))
	require.ErrorContains(t, err, "not applicable")
	_, err = client.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{
		Bucket: aws.String("bucket"), Key: aws.String("key"),
		ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesEtag},
	})
	require.ErrorContains(t, err, "InvalidRequest")
	_, err = client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String("bucket"), Key: aws.String("copy"), CopySource: aws.String("bucket/key"),
	})
	require.ErrorContains(t, err, "NotImplemented")
}
