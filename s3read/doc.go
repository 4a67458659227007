// Package s3read lists and reads S3 buckets: listings that are complete, objects that are one version with every byte,
// or an error.
//
//	bucket := s3read.NewBucket(s3.NewFromConfig(cfg), "my-bucket")
//	for object, err := range bucket.List(ctx, "logs/2026/") {
//		if err != nil {
//			return err
//		}
//		data, err := bucket.ReadAll(ctx, object.Key, 1<<20)
//		…
//	}
//
// A [Bucket] is built on a client that the caller owns: its credentials, endpoint, HTTP client and middleware are used
// as they are, and nothing of it is changed. Only the retries are the Bucket's own: a request of this package is sent
// once by the client and repeated by the package, so that many requests at once don't drain the client's retry quota,
// and a body that breaks in the middle is resumed where it broke.
//
// Reading an object pins the version that the first answer named. When that version is gone before the last byte, the
// reader says [ErrChanged]; it never joins two versions, and never ends early without an error.
//
// Errors are an [*Error] that names operation, bucket, key, region and request, with [errors.Is] for its reason:
// [fs.ErrNotExist], [fs.ErrPermission], [ErrNoBucket], [ErrChanged], [ErrTooLarge], [ErrArchived], [ErrThrottled] and
// [ErrChecksum].
package s3read
