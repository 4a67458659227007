package s3readtest

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"regexp"
	"strings"
)

// createBucket answers CreateBucket.
func (c *call) createBucket(*bucket) (*answer, *failure) {
	p, f := c.payload()
	if f != nil {
		return nil, f
	}
	if !legalBucket(c.bucket, c.r.Header.Get("x-amz-bucket-namespace") == "account-regional") {
		return nil, fail("InvalidBucketName", "BucketName", c.bucket)
	}
	var asked struct{ LocationConstraint string }
	if len(p.data) > 0 && xml.Unmarshal(p.data, &asked) != nil {
		return nil, fail("MalformedXML")
	}
	region, f := c.newRegion(asked.LocationConstraint)
	if f != nil {
		return nil, f
	}
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	switch b := s.buckets[c.bucket]; {
	case b == nil:
		s.createBucket(Bucket{Name: c.bucket, Region: region})
	case b.Region != defaultRegion || region != defaultRegion:
		// Only us-east-1 answers 200, "for legacy compatibility": S3 API reference, CreateBucket.
		return nil, fail("BucketAlreadyOwnedByYou", "BucketName", c.bucket)
	}
	a := newAnswer(http.StatusOK, nil)
	a.Header.Set("Location", "/"+c.bucket)
	return a, nil
}

// newRegion is where a bucket is made: where the constraint says, which has to be the region of the
// endpoint. us-east-1, whose constraint is the empty one, makes buckets in all regions: S3 API
// reference, CreateBucket, LocationConstraint. A host and a signature that name no region are the
// Server's own.
func (c *call) newRegion(constraint string) (string, *failure) {
	_, signed, _ := signingScope(c.r)
	at := cmp.Or(c.hostRegion, signed, c.server.region())
	switch {
	case constraint == "EU":
		constraint = "eu-west-1"
	case constraint == defaultRegion:
		return "", fail("InvalidLocationConstraint", "LocationConstraint", constraint)
	}
	switch {
	case constraint == "" && (at == defaultRegion || c.hostRegion == "" && signed == ""):
		return at, nil
	case constraint == "":
		return "", fail("IllegalLocationConstraintException").withMessage("The unspecified location constraint is " +
			"incompatible for the region specific endpoint this request was sent to.")
	case at != defaultRegion && constraint != at:
		return "", fail("IllegalLocationConstraintException").withMessage("The %s location constraint is "+
			"incompatible for the region specific endpoint this request was sent to.", constraint)
	}
	return constraint, nil
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
// naming rules". Those of an account's regional namespace, and they alone, end with -an.
func legalBucket(name string, accountRegional bool) bool {
	if strings.HasSuffix(name, "-an") != accountRegional || !bucketName.MatchString(name) || ipAddress.MatchString(name) || strings.Contains(name, "..") {
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
