package embedded

import (
	"io"
	"log"
	"path/filepath"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// What the TLS server says of clients that don't trust it is the case's point, and
// the report says it.
var silent = log.New(io.Discard, "", 0)

var cases = []Case{
	{"not-injected", "neither variable is there: a pod older than the annotation", notInjected},
	{"default-service-account", "serviceAccountName was forgotten", both(token(func(k *irsatest.Claims) { k.ServiceAccount = "default" }), notInjected)},
	{"half-injected", "the pod spec sets AWS_ROLE_ARN, and the webhook injects nothing", variable("AWS_WEB_IDENTITY_TOKEN_FILE")},
	{"static-keys", "access keys in the environment go before the role", both(variable("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), variable("AWS_SECRET_ACCESS_KEY", "example"))},
	{"pod-identity", "an EKS Pod Identity association beside it", variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")},
	{"missing-profile", "AWS_PROFILE names a profile that is not there", variable("AWS_PROFILE", "production")},
	{"session-name", "AWS_ROLE_SESSION_NAME has characters that STS refuses", variable("AWS_ROLE_SESSION_NAME", "payments api/1")},

	{"token-missing", "the token file is not where the variable says", variable("AWS_WEB_IDENTITY_TOKEN_FILE", filepath.FromSlash("/var/run/secrets/nowhere/token"))},
	{"token-unreadable", "the user of the process may not read the token", unreadable},
	{"token-empty", "the token file is empty", func(c *Cloud) error { return c.pod.Write("") }},
	{"token-garbage", "the token file holds something else", func(c *Cloud) error { return c.pod.Write("{}") }},
	{"token-expired", "the kubelet does not rotate the token any more", token(func(k *irsatest.Claims) { k.IssuedAt = time.Now().Add(-27 * time.Hour) })},
	{"token-not-rotated", "the token should have been replaced, and still works", token(func(k *irsatest.Claims) { k.IssuedAt = time.Now().Add(-22 * time.Hour) })},
	{"kubernetes-token", "the variable names the token for the Kubernetes API", token(func(k *irsatest.Claims) { k.Audience = []string{"https://kubernetes.default.svc"} })},
	{"audience", "the token is for another audience", token(func(k *irsatest.Claims) { k.Audience = []string{"sts.amazon.com"} })},
	{"no-subject", "the token names no service account", token(func(k *irsatest.Claims) { k.Set = map[string]any{"sub": nil} })},

	{"role-arn", "the annotation has a colon too many", variable("AWS_ROLE_ARN", "arn:aws:iam::::111122223333:role/payments-reader")},
	{"partition", "the role is in China, the cluster is not", variable("AWS_ROLE_ARN", "arn:aws-cn:iam::111122223333:role/payments-reader")},
	{"no-region", "a cluster outside EKS, and no region", noRegion},

	{"sts-unresolved", "the name of STS has no address", variable("AWS_ENDPOINT_URL_STS", "https://sts.eu-west-1.invalid")},
	{"sts-refused", "nobody listens where STS should be", closedPort},
	{"sts-tls", "something on the way shows its own certificate", untrusted},
	{"sts-hangs", "STS does not answer", stsFault(irsatest.Fault{Hang: irsatest.Response})},
	{"sts-html", "a proxy answers in STS's place", stsFault(irsatest.Fault{Replace: []byte("<html><body>Please log in.</body></html>")})},
	{"sts-is-s3", "the endpoint named for STS is S3's", func(c *Cloud) error { c.env["AWS_ENDPOINT_URL_STS"] = c.env["AWS_ENDPOINT_URL_S3"]; return nil }},
	{"sts-throttles", "too many exchanges in this account and region", stsFault(irsatest.Fault{Code: "Throttling"})},
	{"clock", "the node's clock is an hour ahead", clockAhead},

	{"no-provider", "the role's account does not know the cluster's issuer", noProvider},
	{"thumbprint", "the identity provider has an old thumbprint", stsFault(irsatest.Fault{Code: "InvalidIdentityToken", Message: "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"})},
	{"verification-key", "STS can't fetch the issuer's keys at the moment", stsFault(irsatest.Fault{Code: "InvalidIdentityToken", Message: "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"})},
	{"region-disabled", "STS is not activated in this region", stsFault(irsatest.Fault{Code: "RegionDisabledException"})},
	{"trust", "the role trusts another service account", token(func(k *irsatest.Claims) { k.ServiceAccount = "web" })},
	{"no-role", "the role does not exist", variable("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/payment-reader")},
}

func noRegion(c *Cloud) error {
	issuer := irsatest.NewIssuer("https://cluster.example.com")
	if err := c.sts.Trust(roleARN, issuer, claims.Subject()); err != nil {
		return err
	}
	if err := c.remake(issuer, claims); err != nil {
		return err
	}
	delete(c.env, "AWS_REGION")
	delete(c.env, "AWS_DEFAULT_REGION")
	return nil
}

// noProvider gives the pod tokens of another cluster, as after one was made anew.
func noProvider(c *Cloud) error {
	kept := c.env
	other := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE0A0A0A0A0A0A0A0A0AEXAMPLE")
	if err := c.makePod(other, kept["AWS_ENDPOINT_URL_STS"], claims); err != nil {
		return err
	}
	c.env["AWS_ENDPOINT_URL_S3"] = kept["AWS_ENDPOINT_URL_S3"]
	return nil
}
