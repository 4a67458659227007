// Package integration holds the tests of this module's packages against real servers: MinIO as STS
// and S3, and a Kubernetes API server as the issuer of service account tokens. All of them run on
// loopback, on ports that the system gives, and end with the tests.
//
//	cd internal/integration && go test ./...
//
// The servers are built from the Go module proxy when first needed, into
// $XDG_CACHE_HOME/irsa-go, which takes some minutes once; see package build.
//
// A test that needs S3 or an STS starts one and gets everything of it by name:
//
//	issuer := irsatest.NewIssuer(url)
//	s := miniotest.Start(t, miniotest.Options{Issuer: url})
//	s.URL       // endpoint of both STS and S3
//	s.RoleARN   // the role that the issuer's tokens may assume
//	s.Client(t) // minio-go as the root user, to put there what the test reads
//	s.Kill(t)   // as kill -9 does
//	s.Restart(t) // on the same port, with the same data
//
// A test that needs Kubernetes starts a cluster of it, whose tokens a MinIO or an
// irsatest.STS can be configured to trust:
//
//	c := clustertest.Start(t)
//	s := miniotest.Start(t, miniotest.Options{Issuer: c.Issuer, CA: c.CA})
//	pod := c.PodOf(t, "payments", "listbuckets") // as the Job's, which Apply made
//	c.Token(t, pod, "sts.amazonaws.com", time.Hour)
//	c.Run(t, pod, binary) // in a root folder of its own, as in a container
package integration
