package s3readtest

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// Client returns an S3 client whose every request ends at the Server, through memory:
// with the SDK's own endpoints, region us-east-1 and made-up credentials unless
// options say otherwise. There is nothing to close.
func (s *Server) Client(optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		Region:          "us-east-1",
		Credentials:     credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient:      s.HTTPClient(),
		EndpointOptions: s3.EndpointResolverOptions{DisableHTTPS: true},
	}, optFns...)
}

// HTTPClient returns a client for an aws.Config: whatever the host, http or https, it
// connects to the Server, through memory, and so inside the testing/synctest bubble
// that it is used in. It makes a connection for each request.
func (s *Server) HTTPClient() *http.Client {
	network := new(memnet.Network)
	network.Handle("", memnet.Host{Handler: s})
	return &http.Client{Transport: network.Transport()}
}
