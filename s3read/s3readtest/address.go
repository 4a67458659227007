package s3readtest

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// A target is what a request is about.
type target struct {
	bucket, key string
	hostRegion  string // the region that the host's name says
	virtual     bool   // the bucket's name is in the host's
}

// s3Host matches S3's own host names, and those made like them, with the bucket before the last
// label that says S3.
var s3Host = regexp.MustCompile(`^(?:(.+)\.)?s3(?:-[a-z0-9-]+|express-[a-z0-9-]+)?(?:\.dualstack)?(?:\.([a-z]{2,}(?:-[a-z]+)+-\d+))?(?:\.[a-z0-9.-]+)?$`)

// parseTarget reads the bucket and the key from a request's host and path. Only the path's escapes
// are undone, once: "+" is a plus sign in a key, and "//" and "." are no path's to clean.
func parseTarget(r *http.Request) (target, error) {
	var t target
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if m := s3Host.FindStringSubmatch(hostname(r.Host)); m != nil {
		t.bucket, t.hostRegion = m[1], m[2]
		t.virtual = t.bucket != ""
	}
	if !t.virtual {
		t.bucket, path, _ = strings.Cut(path, "/")
	}
	bucket, err := url.PathUnescape(t.bucket)
	if err != nil {
		return t, err
	}
	t.bucket = bucket
	t.key, err = url.PathUnescape(path)
	return t, err
}

// hostname is a host without its port.
func hostname(host string) string {
	return (&url.URL{Host: host}).Hostname()
}

// signingScope is the region and the service in the request's SigV4 credential scope, "" if it
// isn't signed, and who signed it.
func signingScope(r *http.Request) (accessKey, region, service string) {
	_, scope, found := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !found {
		scope = r.URL.Query().Get("X-Amz-Credential")
	}
	scope, _, _ = strings.Cut(scope, ",")
	if parts := strings.Split(strings.TrimSpace(scope), "/"); len(parts) == 5 {
		return parts[0], parts[2], parts[3]
	}
	return "", "", ""
}
