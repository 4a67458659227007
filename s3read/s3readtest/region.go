package s3readtest

import (
	"fmt"
	"net/http"
)

// wrongScope is the answer to a signature for another service, or of a region that the bucket isn't
// in, nil in its own: 301 from the endpoint of another region, 400 where only the signature is for
// another one. Both have the right region in a header, which is all that the answer to a HEAD has;
// clients learn it from there. b is nil where there is no bucket.
func (c *call) wrongScope(b *bucket) *failure {
	_, signed, service := signingScope(c.r)
	// S3 Express has a name of its own: S3 User Guide, "Authenticating and authorizing requests".
	if service != "" && service != "s3" && service != "s3express" {
		return fail("AuthorizationHeaderMalformed").withMessage("The authorization header is malformed; "+
			`incorrect service %q. This endpoint belongs to "s3".`, service)
	}
	if b == nil {
		if signed != "" && c.hostRegion != "" && signed != c.hostRegion {
			return wrongSignedRegion(signed, c.hostRegion)
		}
		return nil
	}
	// us-east-1 knows where all buckets of its partition are: clients ask it with a signature for
	// it, on the global host or one of its own (S3 API reference, GetBucketLocation).
	if c.op.name == "GetBucketLocation" && signed == defaultRegion && (c.hostRegion == "" || c.hostRegion == defaultRegion) {
		return nil
	}
	region := b.Region
	switch {
	case c.hostRegion != "" && c.hostRegion != region,
		c.hostRegion == "" && !c.virtual && signed != "" && signed != region:
		endpoint := fmt.Sprintf("%s.s3.%s.amazonaws.com", b.Name, region)
		return fail("PermanentRedirect", "Endpoint", endpoint, "Bucket", b.Name).
			withHeader("x-amz-bucket-region", region)
	case signed != "" && signed != region:
		return wrongSignedRegion(signed, region).withHeader("x-amz-bucket-region", region)
	}
	return nil
}

func wrongSignedRegion(signed, region string) *failure {
	return fail("AuthorizationHeaderMalformed", "Region", region).
		withMessage("The authorization header is malformed; the region '%s' is wrong; expecting '%s'", signed, region)
}

func (c *call) headBucket(b *bucket) (*answer, *failure) {
	a := newXML(http.StatusOK, nil)
	a.Header.Set("x-amz-bucket-region", b.Region)
	a.Header.Set("x-amz-access-point-alias", "false")
	return a, nil
}

// bucketLocation answers the empty region for us-east-1, as S3 does.
func (c *call) bucketLocation(b *bucket) (*answer, *failure) {
	region := b.Region
	if region == defaultRegion {
		region = ""
	}
	body := fmt.Appendf(nil, `%s<LocationConstraint xmlns="%s">%s</LocationConstraint>`,
		xmlDeclaration, xmlNamespace, region)
	return newXML(http.StatusOK, body), nil
}
