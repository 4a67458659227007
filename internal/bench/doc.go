// Package bench measures irsa-go against its peers: the SDK's own operations,
// paginator and transfer managers, minio-go and gocloud.dev. They all work on one
// server in the same process, [s3readtest.Server] behind a real listener, in the same
// run; what counts are the ratios between them. README.md says what is measured, and
// how to reproduce it.
//
// [s3readtest.Server]: https://pkg.go.dev/github.com/seed-15cba5db/irsa-go/s3read/s3readtest#Server
package bench
