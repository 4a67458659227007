package irsatest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A webToken is what STS reads in a token before it trusts it.
type webToken struct {
	text, keyID               string
	method                    jwt.SigningMethod
	issuer, subject, audience string
	issued, notBefore         time.Time
	expires                   time.Time
}

// algorithms are those of tokens that STS accepts: its API reference, AssumeRoleWithWebIdentity.
var algorithms = []string{"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}

var compactJWT = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]*$`)

// parseToken reads a token without verifying it. STS wants the claims
// iss, aud, iat, exp and sub, and of several audiences the one that azp names (IAM User Guide,
// "Available keys for AWS OIDC federation").
func parseToken(text string) (*webToken, *apiError) {
	// Go's decoder of base64 skips line feeds, which STS doesn't: a token is three parts of the
	// URL-safe alphabet (RFC 7515, section 3.1), and a file that ends with a line feed holds none.
	if !compactJWT.MatchString(text) {
		return nil, invalidToken(notJWT)
	}
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(text, claims)
	if err != nil || !slices.Contains(algorithms, parsed.Method.Alg()) {
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

// seconds reads a time of a token. RFC 7519 allows fractions of seconds; STS takes integers alone
// (its API reference, AssumeRoleWithWebIdentity).
func seconds(claim any) (time.Time, bool) {
	number, ok := claim.(json.Number)
	if !ok {
		return time.Time{}, false
	}
	n, err := number.Int64()
	return time.Unix(n, 0), err == nil
}

// checkTimes judges the token's times. A token is outdated by its exp, by its age, or by its nbf
// and iat being in the future.
func (t *webToken) checkTimes(now time.Time) *apiError {
	age := now.Sub(t.issued)
	switch {
	case !now.Before(t.expires):
		return badRequest("ExpiredTokenException",
			fmt.Sprintf("Token expired: current date/time %d must be before the expiration date/time %d",
				now.Unix(), t.expires.Unix()))
	case age > maxAge+leeway:
		// The answer is quoted in mozilla-iam/mozilla-aws-cli#146.
		return badRequest("ExpiredTokenException", fmt.Sprintf("Token too old: %d", int(age.Seconds())))
	case now.Add(leeway).Before(t.issued), now.Add(leeway).Before(t.notBefore):
		return invalidToken("The ID Token provided is not yet valid")
	}
	return nil
}

// verify checks the signature with the key that the token names. A key that isn't there gets the
// same answer as an issuer that can't be reached.
func (c *call) verify(t *webToken, p OIDCProvider, keySet *keySet) *apiError {
	var key any
	if p.Issuer != nil {
		key = p.Issuer.publicKeys()[t.keyID]
	} else {
		var err error
		if key, err = keySet.key(c.r.Context(), c.sts.HTTPClient, p.URL, t.keyID); err != nil {
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

// cutLast is strings.Cut at the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
