package s3read_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// serve returns a client of a server on loopback whose handler answers everything.
func serve(t *testing.T, handler http.HandlerFunc, optFns ...func(*s3.Options)) *s3.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return s3.New(s3.Options{
		Region:       "us-east-1",
		BaseEndpoint: &server.URL,
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "SECRETKEY", "SESSIONTOKEN"),
		HTTPClient:   server.Client(),
	}, optFns...)
}

// refuse answers with an S3 error document, or with its status alone if the request is a HEAD.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("X-Amz-Request-Id", "REQUESTID")
	w.WriteHeader(status)
	if code != "" {
		_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>" + code + "</Code><Message>" + message +
			"</Message><RequestId>REQUESTID</RequestId></Error>")) // a client that went away is no failure of the test
	}
}

// serveMemory is a client of a handler, through memory.
func serveMemory(h http.HandlerFunc, optFns ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{Region: "us-east-1", HTTPClient: &http.Client{Transport: handled{h}}, EndpointOptions: s3.EndpointResolverOptions{DisableHTTPS: true},
		Credentials: aws.AnonymousCredentials{}}, optFns...)
}

// handled is a transport that calls a handler.
type handled struct{ http.Handler }

func (m handled) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}
