package s3readtest

import (
	"fmt"
	"net/http"
)

// wrongRegion is the answer of a region that the bucket isn't in, nil in its own: 301 from the
// endpoint of another region, 400 where only the signature is for another one. Both have the right
// region in a header, which is all that the answer to a HEAD has; clients learn it from there.
func (c *call) wrongRegion(b *bucket) *failure {
	region, signed := b.Region, signingRegion(c.r)
	switch {
	case c.hostRegion != "" && c.hostRegion != region,
		c.hostRegion == "" && !c.virtual && signed != "" && signed != region:
		endpoint := fmt.Sprintf("%s.s3.%s.amazonaws.com", b.Name, region)
		return fail("PermanentRedirect", "Endpoint", endpoint, "Bucket", b.Name).
			withHeader("x-amz-bucket-region", region)
	case signed != "" && signed != region:
		return fail("AuthorizationHeaderMalformed", "Region", region).
			withMessage("The authorization header is malformed; the region '%s' is wrong; expecting '%s'",
				signed, region).
			withHeader("x-amz-bucket-region", region)
	}
	return nil
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
	if region == "us-east-1" {
		region = ""
	}
	body := fmt.Appendf(nil, `%s<LocationConstraint xmlns="%s">%s</LocationConstraint>`,
		xmlDeclaration, xmlNamespace, region)
	return newXML(http.StatusOK, body), nil
}
