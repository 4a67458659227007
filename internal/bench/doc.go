// Package bench measures irsa-go against its peers: the SDK's own operations, paginator and
// transfer managers, minio-go and gocloud.dev.
//
// All clients work on one server in the same process, [s3readtest.Server] behind a real listener,
// in the same run. Client and server share the processors, so absolute figures say little; each
// benchmark reports the ratio to its peers, which is what to look at. README.md says what is
// measured, how to reproduce it, and what came out.
//
// The package is a module of its own, so that the peers stay out of irsa-go's go.mod. It holds
// tests and benchmarks alone.
//
// [s3readtest.Server]: https://pkg.go.dev/github.com/seed-15cba5db/irsa-go/s3read/s3readtest#Server
package bench
