package s3readtest

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// S3Client returns the SDK's S3 client whose every request ends at the Server, through memory: with
// the SDK's own endpoints, the Server's region and made-up credentials unless options say
// otherwise. It is safe for concurrent use, and there is nothing to close.
func (s *Server) S3Client(optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region:      s.region(),
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:  s.Client(),
		// A handshake costs more than most answers of a fake.
		EndpointOptions: s3.EndpointResolverOptions{DisableHTTPS: true},
	}, optFns...)
}

// Client returns an HTTP client, for an aws.Config say, that reaches the Server whatever host is
// asked for, by http and https. Its connections end in memory: no port, no socket, and no goroutine
// while no request is in flight, so that it works inside a testing/synctest bubble. It makes a
// connection for each request. It is safe for concurrent use, and there is nothing to close.
func (s *Server) Client() *http.Client { return memnet.Client(map[string]http.Handler{"": s}) }
