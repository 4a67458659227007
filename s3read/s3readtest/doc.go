// Package s3readtest is an S3 for tests: an http.Handler with S3's wire format, which breaks on
// demand.
//
// A test fills a [Server], points a client of the SDK at it, and says what goes wrong:
//
//	srv := new(s3readtest.Server)
//	srv.Put("reports", "2026/01.csv", "a,b\n1,2\n")
//	client := srv.S3Client()
//
//	srv.Inject(s3readtest.Fault{Op: "GetObject", Times: 1, Do: s3readtest.Cut(4)})
//
// From here on it is the real client with its real signatures, retries and decoders, over real
// HTTP. [Server.S3Client] is the SDK's client, and [Server.Client] the *http.Client under it. Both
// reach the Server through memory, so that they work inside a testing/synctest bubble too; as any
// handler, the Server also serves from an [net/http/httptest.Server].
//
// The Server answers the requests of programs that read, with ranges, conditions, versions,
// checksums, regions, requester pays and directory buckets, and the writes by which tests fill a
// bucket and look at what came of it:
//
//   - ListBuckets, CreateBucket, HeadBucket, DeleteBucket, GetBucketLocation, GetBucketVersioning,
//     PutBucketVersioning, CreateSession
//   - ListObjectsV2, ListObjects, ListObjectVersions
//   - GetObject, HeadObject, GetObjectAttributes, GetObjectTagging, PutObjectTagging,
//     DeleteObjectTagging
//   - PutObject, CopyObject, DeleteObject, DeleteObjects
//   - CreateMultipartUpload, UploadPart, UploadPartCopy, CompleteMultipartUpload,
//     AbortMultipartUpload, ListParts, ListMultipartUploads
//
// Bodies are compared with all that is said of them: lengths, hashes, checksums in headers and
// trailers, signed or not. Everything else is answered with NotImplemented, 501, and by its name:
// nothing is answered in place of something else. Both addressing styles work:
// http://host/bucket/key, and http://bucket.s3.REGION.amazonaws.com/key or any other host with a
// label "s3", "s3-…" or "s3express-…" behind the bucket's name.
//
// Requests may be unsigned unless [Server.Authorize] refuses them.
//
// Package irsatest is the same for STS, with the same form of clients and faults.
package s3readtest
