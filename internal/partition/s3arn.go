package partition

import "strings"

// S3ARN returns the ARN of a bucket, or of a key in it where one is given, as a request of a
// region's client names them: a bucket's name, or the ARN of an access point. It is "" where the
// partition isn't known, and where the ARN would have to name an owner that the request doesn't:
// for an access point's alias and for a directory bucket.
func S3ARN(region, bucket, key string) string {
	p, known := OfRegion(region)
	switch {
	case !known || bucket == "" || strings.HasSuffix(bucket, "-s3alias") || strings.HasSuffix(bucket, "--x-s3"):
		return ""
	case strings.HasPrefix(bucket, "arn:") && key != "":
		return bucket + "/object/" + key
	case strings.HasPrefix(bucket, "arn:"):
		return bucket
	case key != "":
		return "arn:" + p.ID + ":s3:::" + bucket + "/" + key
	}
	return "arn:" + p.ID + ":s3:::" + bucket
}
