package s3readtest

import (
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
)

// createBucket answers CreateBucket, in the region that the request is for.
func (c *call) createBucket(*bucket) (*answer, *failure) {
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	if !legalBucket(c.bucket) {
		return nil, fail("InvalidBucketName", "BucketName", c.bucket)
	}
	var asked struct{ LocationConstraint string }
	if len(p.data) > 0 && xml.Unmarshal(p.data, &asked) != nil {
		return nil, fail("MalformedXML")
	}
	_, signed, _ := signingScope(c.r)
	region := asked.LocationConstraint
	for _, other := range []string{c.hostRegion, signed, c.server.region()} {
		if region == "" {
			region = other
		}
	}
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[c.bucket] != nil {
		return nil, fail("BucketAlreadyOwnedByYou", "BucketName", c.bucket)
	}
	s.createBucket(Bucket{Name: c.bucket, Region: region})
	a := newAnswer(http.StatusOK, nil)
	a.Header.Set("Location", "/"+c.bucket)
	return a, nil
}

// deleteBucket answers DeleteBucket, which takes an empty one.
func (c *call) deleteBucket(b *bucket) (*answer, *failure) {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(b.entries) > 0 {
		return nil, fail("BucketNotEmpty", "BucketName", b.Name)
	}
	delete(s.buckets, b.Name)
	return newAnswer(http.StatusNoContent, nil), nil
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

var ipAddress = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`)

// legalBucket reports whether a bucket can have this name: S3 User Guide, "General purpose bucket
// naming rules".
func legalBucket(name string) bool {
	if !bucketName.MatchString(name) || ipAddress.MatchString(name) || strings.Contains(name, "..") {
		return false
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return false
		}
	}
	return true
}
