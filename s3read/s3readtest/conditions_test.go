package s3readtest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

func TestConditions(t *testing.T) {
	srv := new(s3readtest.Server)
	etag := srv.Put("b", "k", "v").ETag
	srv.PutObject("b", s3readtest.Object{Key: "weak", Body: []byte("v"), ETag: `W/"1"`})
	old := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		in     s3.GetObjectInput
		status int
	}{
		"If-Match holds":   {s3.GetObjectInput{IfMatch: &etag}, 200},
		"If-Match * holds": {s3.GetObjectInput{IfMatch: aws.String("*")}, 200},
		"If-Match fails":   {s3.GetObjectInput{IfMatch: aws.String(`"other"`)}, 412},
		"If-Match never holds for a weak ETag": {s3.GetObjectInput{Key: aws.String("weak"),
			IfMatch: aws.String(`W/"1"`)}, 412},
		"If-None-Match fails":       {s3.GetObjectInput{IfNoneMatch: &etag}, 304},
		"If-None-Match holds":       {s3.GetObjectInput{IfNoneMatch: aws.String(`"other"`)}, 200},
		"If-Unmodified-Since fails": {s3.GetObjectInput{IfUnmodifiedSince: &old}, 412},
		"If-Match decides over If-Unmodified-Since": {s3.GetObjectInput{IfMatch: &etag, IfUnmodifiedSince: &old},
			200},
		"If-Modified-Since holds": {s3.GetObjectInput{IfModifiedSince: &old}, 200},
		"If-Modified-Since fails": {s3.GetObjectInput{IfModifiedSince: aws.Time(time.Now().Add(time.Hour))}, 304},
		"If-None-Match decides over If-Modified-Since": {s3.GetObjectInput{IfNoneMatch: &etag, IfModifiedSince: &old},
			304},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.Bucket = aws.String("b")
			if tt.in.Key == nil {
				tt.in.Key = aws.String("k")
			}
			_, _, err := get(t.Context(), srv.S3Client(once), &tt.in)
			if tt.status == 200 {
				require.NoError(t, err)
				return
			}
			_, status, _ := code(t, err)
			assert.Equal(t, tt.status, status)
		})
	}
}
