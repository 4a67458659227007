package irsatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// leeway is how far STS lets the clock of an issuer run ahead of its own.
const leeway = 5 * time.Minute

// maxAge is how old a token may be, whatever its end.
const maxAge = 24 * time.Hour

// The two spaces are STS's own.
const notVerifiable = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

const notJWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"

var notAuthorized = &apiError{http.StatusForbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"}

func invalidToken(message string) *apiError {
	return &apiError{http.StatusBadRequest, "InvalidIdentityToken", message}
}

// assumeRoleWithWebIdentity judges in STS's order: the parameters, the token's
// form, the provider, the audience, the times, the signature, and last the role,
// so that whether a role exists is told to nobody who may not assume it.
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
	now := time.Now() // the issuer's clock: see Fault.Skew
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
	session := c.sts.newSession(role, req.name, "", c.now, duration)
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

// A webToken is what STS reads in a token, before it trusts it.
type webToken struct {
	text, keyID               string
	method                    jwt.SigningMethod
	issuer, subject, audience string
	issued, notBefore         time.Time
	expires                   time.Time
}

func parseToken(text string) (*webToken, *apiError) {
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(text, claims)
	if err != nil || !slices.Contains([]string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}, parsed.Method.Alg()) {
		return nil, invalidToken(notJWT)
	}
	for _, name := range []string{"iss", "aud", "iat", "exp", "sub"} {
		if claims[name] == nil {
			return nil, invalidToken("Missing a required claim: " + name)
		}
	}
	t := &webToken{text: text, method: parsed.Method}
	t.keyID, _ = parsed.Header["kid"].(string)
	var ok [5]bool
	t.issuer, ok[0] = claims["iss"].(string)
	t.subject, ok[1] = claims["sub"].(string)
	t.issued, ok[2] = seconds(claims["iat"])
	t.expires, ok[3] = seconds(claims["exp"])
	ok[4] = true
	if claims["nbf"] != nil {
		t.notBefore, ok[4] = seconds(claims["nbf"])
	}
	if slices.Contains(ok[:], false) {
		return nil, invalidToken(notJWT)
	}
	audiences, err := claims.GetAudience()
	if err != nil {
		return nil, invalidToken(notJWT)
	}
	t.audience, ok[0] = claims["azp"].(string)
	switch {
	case ok[0]:
	case len(audiences) > 1:
		return nil, invalidToken("Token audience contains more than one audience while authorized party is not present")
	case len(audiences) == 1:
		t.audience = audiences[0]
	}
	return t, nil
}

// seconds reads a time of a token; STS takes whole seconds alone.
func seconds(claim any) (time.Time, bool) {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	n, err := number.Int64()
	return time.Unix(n, 0), err == nil
}

func (t *webToken) checkTimes(now time.Time) *apiError {
	age := now.Sub(t.issued)
	switch {
	case !now.Before(t.expires):
		return &apiError{http.StatusBadRequest, "ExpiredTokenException",
			fmt.Sprintf("Token expired: current date/time %d must be before the expiration date/time %d", now.Unix(), t.expires.Unix())}
	case age > maxAge+leeway:
		// The answer is quoted in mozilla-iam/mozilla-aws-cli#146.
		return &apiError{http.StatusBadRequest, "ExpiredTokenException", fmt.Sprintf("Token too old: %d", int(age.Seconds()))}
	case now.Add(leeway).Before(t.issued), now.Add(leeway).Before(t.notBefore):
		return invalidToken("The ID Token provided is not yet valid")
	}
	return nil
}

func (c *call) verify(t *webToken, p Provider, fetched *fetched) *apiError {
	var key any
	if p.Issuer != nil {
		key = p.Issuer.publicKeys()[t.keyID]
	} else {
		var err error
		if key, err = fetched.key(c.r.Context(), c.sts.HTTPClient, p.URL, t.keyID); err != nil {
			return invalidToken(notVerifiable)
		}
	}
	if key == nil {
		return invalidToken(notVerifiable)
	}
	signed, signature, _ := cutLast(t.text, ".")
	raw, err := jwt.NewParser().DecodeSegment(signature)
	if err != nil || t.method.Verify(signed, raw, key) != nil {
		return invalidToken(notJWT)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
