package irsatest

import (
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// leeway is how far STS lets the clock of an issuer run ahead of its own. AWS documents none; five
// minutes is what gateways that reproduce STS use.
const leeway = 5 * time.Minute

// maxAge is how old a token may be, even if it expires later: STS was seen to refuse older ones
// with "Token too old" (mozilla-iam/mozilla-aws-cli#146).
const maxAge = 24 * time.Hour

// What STS answers where it can't fetch the issuer's keys, or none of them has the token's key id.
// The two spaces are STS's own.
const notVerifiable = "Couldn't retrieve verification key from your identity provider,  please reference " +
	"AssumeRoleWithWebIdentity documentation for requirements"

const notJWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"

var notAuthorized = knownError("AccessDenied", "")

// invalidToken is the code for everything that is wrong with a token but its end.
func invalidToken(message string) *apiError {
	return badRequest("InvalidIdentityToken", message)
}

// assumeRoleWithWebIdentity judges in STS's order: the parameters, the token's form, the provider,
// the audience, the times, the signature, and last the role. Nobody who may not assume a role is
// told whether it exists: the answer is AccessDenied either way.
func (c *call) assumeRoleWithWebIdentity() (answer, *apiError) {
	req, err := c.sessionRequest()
	if err != nil {
		return answer{}, err
	}
	token, err := parseToken(c.params.Get("WebIdentityToken"))
	if err != nil {
		return answer{}, err
	}
	provider, keys, ok := c.sts.provider(token.issuer, req.arn.Account)
	if !ok {
		return answer{}, invalidToken("No OpenIDConnect provider found in your account for " + token.issuer)
	}
	if !slices.Contains(provider.Audiences, token.audience) {
		return answer{}, invalidToken("Incorrect token audience")
	}
	now := time.Now() // by the issuer's clock: see Skew
	if err := token.checkTimes(now); err != nil {
		return answer{}, err
	}
	if err := c.verify(token, provider, keys); err != nil {
		return answer{}, err
	}
	role := c.sts.role(req.roleARN)
	if role == nil || role.policy.Evaluate(trustpolicy.Request{
		RoleARN: req.roleARN, Issuer: token.issuer, Audience: token.audience, Subject: token.subject,
	}).Outcome != trustpolicy.Allowed {
		return answer{}, notAuthorized
	}
	duration, err := req.durationFor(role)
	if err != nil {
		return answer{}, err
	}
	if c.sts.EndWithToken && req.seconds == 0 {
		duration = token.expires.Sub(now)
	}
	session := c.sts.newSession(role, req.name, "", c.now, c.sts.lasting(duration))
	id := newUUID()
	return xmlAnswer(id, webIdentityResponse{
		Audience:         token.audience,
		AssumedRoleUser:  assumedRoleUserXML{session.userID, session.arn},
		Provider:         partition.ProviderARN(role.arn.Partition, role.arn.Account, token.issuer),
		Credentials:      session.xml(),
		Subject:          token.subject,
		PackedPolicySize: req.packedPolicySize(),
		RequestID:        id,
	}), nil
}
