// Package s3read lists and reads S3 buckets. A listing is complete, and an object is every byte of
// one version, or there is an error.
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
// # Which method
//
// [Bucket.ReadAll] reads an object of a limited size into memory, [Bucket.Open] streams one and
// reads at any offset, [Bucket.Download] and [Bucket.DownloadFile] fetch a large one by several
// requests at once. [Bucket.Stat] describes an object, [Bucket.List] lists keys, [Buckets] lists
// buckets, and [Bucket.FS] is a bucket as an [fs.FS].
//
// # The client
//
// A [Bucket] is built on a client that the caller owns: its credentials, endpoint, HTTP client and
// middleware are used as they are, and nothing of it is changed. Only the retries are the package's
// own: the client sends each request once and the package repeats it, so that many requests at once
// don't drain the client's retry quota, and a body that breaks in the middle is resumed where it
// broke.
//
// # One version
//
// Reading an object pins the version that the first response was from. When that version is gone
// before the last byte, the error is [ErrChanged]; two versions are never joined, and nothing ends
// early without an error.
//
// # Errors
//
// Errors are an [*Error], which names operation, bucket, key, region and request, and is for
// [errors.Is] its reason: [fs.ErrNotExist], [fs.ErrPermission], [ErrNoBucket], [ErrChanged],
// [ErrTooLarge], [ErrArchived], [ErrThrottled] or [ErrChecksum].
package s3read
