package exchange

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// granted is the answer to a valid request.
func granted(life time.Duration) Answer {
	return Answer{
		Status: 200, Life: life, Session: "payments.api-0",
		Subject: "system:serviceaccount:payments:api", Audience: irsatest.DefaultAudience,
	}
}

// rejected is the answer to an invalid one.
func rejected(status int, code string) Answer { return Answer{Status: status, Code: code} }

// Cases returns the whole table.
func Cases() []Case {
	return append(tokens(), requests()...)
}

// with replaces the token by one whose claims are changed, text by any text, and without by a token
// that lacks a claim.
func with(change func(*irsatest.Claims)) func(World, *sts.AssumeRoleWithWebIdentityInput) {
	return func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
		c := claims()
		change(&c)
		in.WebIdentityToken = aws.String(w.Issuer.Token(c))
	}
}

func text(token string) func(World, *sts.AssumeRoleWithWebIdentityInput) {
	return func(_ World, in *sts.AssumeRoleWithWebIdentityInput) { in.WebIdentityToken = aws.String(token) }
}

func without(claim string) func(World, *sts.AssumeRoleWithWebIdentityInput) {
	return with(func(c *irsatest.Claims) { c.Set = map[string]any{claim: nil} })
}

// tokens are the cases of valid and invalid tokens.
func tokens() []Case {
	invalid := rejected(400, "InvalidIdentityToken")
	ofAnother := granted(time.Hour)
	ofAnother.Subject = "system:serviceaccount:payments:web"
	return []Case{
		{Name: "a token that is good", Want: granted(time.Hour)},
		{Name: "a token signed with a key that the issuer made since", Want: granted(time.Hour),
			Change: func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
				w.Issuer.RotateKey()
				in.WebIdentityToken = aws.String(w.Issuer.Token(claims()))
			}},
		{Name: "a token signed with a key before the issuer's newest", Want: granted(time.Hour),
			Change: func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
				in.WebIdentityToken = aws.String(w.Issuer.Token(claims()))
				w.Issuer.RotateKey()
			}},
		{Name: "a token of ten minutes", Want: granted(time.Hour),
			Except: minio("the session ends with the token", granted(10*time.Minute)),
			Change: with(func(c *irsatest.Claims) { c.Lifetime = 10 * time.Minute })},
		{Name: "an expired token", Want: rejected(400, "ExpiredTokenException"),
			Change: with(func(c *irsatest.Claims) {
				c.IssuedAt, c.Lifetime = time.Now().Add(-2*time.Hour),
					time.Hour
			})},
		{Name: "a token signed by a key that is not the issuer's", Want: invalid,
			Change: func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
				in.WebIdentityToken = aws.String(irsatest.NewIssuer(w.Issuer.URL()).Token(claims()))
			}},
		{Name: "a token of another issuer", Want: invalid,
			Change: text(irsatest.NewIssuer("https://issuer.example.com").Token(claims()))},
		{Name: "a token for another audience", Want: invalid,
			Change: with(func(c *irsatest.Claims) { c.Audience = []string{"https://kubernetes.default.svc"} })},
		{Name: "a token for two audiences", Want: invalid,
			Except: minio("one that it knows is enough", granted(time.Hour)),
			Change: with(func(c *irsatest.Claims) { c.Audience = []string{irsatest.DefaultAudience, "vault"} })},
		{Name: "a token without audience", Want: invalid, Change: without("aud")},
		{Name: "a token without subject", Want: invalid, Change: without("sub")},
		{Name: "a token without issuer", Want: invalid, Change: without("iss"),
			Except: minio("the role says which issuer's keys to try", granted(time.Hour))},
		{Name: "a token without expiry", Want: invalid, Change: without("exp"),
			Except: minio("a defect: it accepts the token and then fails to say until when",
				Answer{Status: 500, Code: "InternalError"})},
		{Name: "a token without time of issue", Want: invalid, Change: without("iat"),
			Except: minio("it checks no other time than expiry and not-before", granted(time.Hour))},
		{Name: "a token whose expiry is a word", Want: invalid,
			Change: with(func(c *irsatest.Claims) { c.Set = map[string]any{"exp": "soon"} })},
		{Name: "a token of another service account", Want: rejected(403, "AccessDenied"),
			Except: minio("its roles trust an issuer, whatever the subject", ofAnother),
			Change: with(func(c *irsatest.Claims) { c.ServiceAccount = "web" })},
		{Name: "a token whose claims were changed after signing", Want: invalid,
			Change: func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
				good, other := strings.Split(w.Issuer.Token(claims()), "."), claims()
				other.Pod = "api-1"
				changed := strings.Split(w.Issuer.Token(other), ".")
				in.WebIdentityToken = aws.String(good[0] + "." + changed[1] + "." + good[2])
			}},
		{Name: "a token without a signature", Want: invalid,
			Change: func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
				in.WebIdentityToken = aws.String(unsigned(w.Issuer.Token(claims())))
			}},
		{Name: "text that is not a token", Want: invalid, Change: text("this is no token")},
		{Name: "an empty token", Want: rejected(400, "ValidationError"), Change: text("")},
		{Name: "a token of 20001 bytes", Want: rejected(400, "ValidationError"),
			Change: text(strings.Repeat("x", 20001))},
	}
}

// unsigned returns the token with the algorithm "none" (RFC 7518, 3.6), which careless verifiers
// accept.
func unsigned(token string) string {
	var c jwt.MapClaims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		panic(err)
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, c).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		panic(err)
	}
	return none
}

// requests are the cases of the other parameters of a request.
func requests() []Case {
	invalid := rejected(400, "ValidationError")
	set := func(change func(*sts.AssumeRoleWithWebIdentityInput)) func(World, *sts.AssumeRoleWithWebIdentityInput) {
		return func(_ World, in *sts.AssumeRoleWithWebIdentityInput) { change(in) }
	}
	name := func(n string) func(World, *sts.AssumeRoleWithWebIdentityInput) {
		return set(func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleSessionName = aws.String(n) })
	}
	duration := func(s int32) func(World, *sts.AssumeRoleWithWebIdentityInput) {
		return set(func(in *sts.AssumeRoleWithWebIdentityInput) { in.DurationSeconds = aws.Int32(s) })
	}
	policy := func(p string) func(World, *sts.AssumeRoleWithWebIdentityInput) {
		return set(func(in *sts.AssumeRoleWithWebIdentityInput) { in.Policy = aws.String(p) })
	}
	return []Case{
		{Name: "a session of 15 minutes", Want: granted(15 * time.Minute), Change: duration(900)},
		{Name: "a session of less than 15 minutes", Want: invalid, Change: duration(899)},
		{Name: "a session of more than 12 hours", Want: invalid, Change: duration(43201),
			Except: minio("it gives 12 hours", granted(12*time.Hour))},
		{Name: "a session longer than the role's limit", Want: invalid, Change: duration(3 * 3600),
			Except: minio("its roles have no limit", granted(3*time.Hour))},
		{Name: "a role that does not exist", Want: rejected(403, "AccessDenied"),
			Change: func(w World, in *sts.AssumeRoleWithWebIdentityInput) {
				in.RoleArn = aws.String(w.RoleARN + "x")
			}},
		{Name: "a role that is not an ARN", Want: invalid,
			Change: set(func(in *sts.AssumeRoleWithWebIdentityInput) { in.RoleArn = aws.String("the reader's role, please") })},
		{Name: "a session name with a space", Want: invalid, Change: name("payments api"),
			Except: minio("it has no use for the name", granted(time.Hour))},
		{Name: "a session name of one character", Want: invalid, Change: name("p"),
			Except: minio("it has no use for the name", granted(time.Hour))},
		{Name: "a session name of 65 characters", Want: invalid, Change: name(strings.Repeat("p", 65)),
			Except: minio("it has no use for the name", granted(time.Hour))},
		{Name: "a session policy", Want: granted(time.Hour),
			Change: policy(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",` +
				`"Resource":"arn:aws:s3:::reports/*"}]}`)},
		{Name: "a session policy that is not JSON", Want: rejected(400, "MalformedPolicyDocument"),
			Change: policy("{")},
		{Name: "a session policy of 2049 characters", Want: invalid,
			Except: minio("it takes policies of any length", granted(time.Hour)),
			Change: policy(`{"Version":"2012-10-17"` + strings.Repeat(" ", 2049-24) + "}")},
	}
}
