package embedded

import (
	"path/filepath"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

var cases = []Case{
	{Name: "not-injected", Shows: "neither variable is there: a pod older than the annotation", breaks: annotated(roleAnnotation, "")},
	{Name: "default-service-account", Shows: "serviceAccountName was forgotten", breaks: is(func(c *Cloud) { c.spec.serviceAccount = "default" })},
	{Name: "skipped-container", Shows: "the pod's annotation skip-containers names the container",
		breaks: is(func(c *Cloud) { c.spec.skipped = true }), ByHand: "A container that the pod's annotation eks.amazonaws.com/skip-containers names is left out on purpose",
		mends: both(is(func(c *Cloud) { c.spec.skipped = false }), (*Cloud).recreate)},
	{Name: "half-injected", Shows: "the pod spec sets AWS_ROLE_ARN, and the webhook injects nothing", breaks: set("AWS_ROLE_ARN", roleARN)},
	{Name: "empty-variables", Shows: "the pod spec sets the variables to nothing, and the webhook leaves them so",
		breaks: both(set("AWS_ROLE_ARN", ""), set("AWS_WEB_IDENTITY_TOKEN_FILE", ""))},
	{Name: "static-keys", Shows: "access keys in the environment go before the role",
		breaks: both(set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), set("AWS_SECRET_ACCESS_KEY", "example"))},
	{Name: "pod-identity", Shows: "an EKS Pod Identity association beside a role that the pod spec names", breaks: both(owns(projected), is(associated))},
	{Name: "pod-identity-instead", Shows: "an EKS Pod Identity association in the annotation's place", breaks: is(associated)},
	{Name: "missing-profile", Shows: "AWS_PROFILE names a profile that is not there", breaks: set("AWS_PROFILE", "production")},
	{Name: "session-name", Shows: "AWS_ROLE_SESSION_NAME has characters that STS refuses", breaks: set("AWS_ROLE_SESSION_NAME", "payments api/1")},

	{Name: "token-missing", Shows: "the token file is not where the variable says",
		breaks: both(owns(projected), set("AWS_WEB_IDENTITY_TOKEN_FILE", filepath.FromSlash("/var/run/secrets/nowhere/token")))},
	{Name: "token-volume", Shows: "a volume of the pod's own is named aws-iam-token, and the webhook adds none",
		breaks: is(func(c *Cloud) { c.spec.volume = true }), ByHand: "rename that one, and recreate the pod", mends: both(is(func(c *Cloud) { c.spec.volume = false }), (*Cloud).recreate)},
	{Name: "token-unreadable", Shows: "the user of the process may not read the token", breaks: is(func(c *Cloud) { c.spec.users = true })},
	{Name: "token-empty", Shows: "the token file is empty", breaks: owns(func(*Cloud) string { return "" })},
	{Name: "token-garbage", Shows: "the token file holds something else", breaks: owns(func(*Cloud) string { return "{}" })},
	{Name: "token-expired", Shows: "the kubelet does not rotate the token any more", breaks: aged(27 * time.Hour)},
	{Name: "token-not-rotated", Shows: "the token should have been replaced, and still works", breaks: aged(22 * time.Hour)},
	{Name: "kubernetes-token", Shows: "the variable names the token for the Kubernetes API", breaks: both(owns(projected), is(func(c *Cloud) { c.spec.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = c.kubernetesToken() }))},
	{Name: "audience", Shows: "the token is for another audience", breaks: annotated(audienceAnnotation, "sts.amazon.com")},
	{Name: "audience-invisible", Shows: "the identity provider's client id ends in a character that does not show",
		breaks: is(func(c *Cloud) { c.providers[0].Audiences = []string{"sts.amazonaws.com\u200b"} })},
	{Name: "no-subject", Shows: "the token names no service account", breaks: owns(func(c *Cloud) string {
		nobody := c.claims(irsatest.DefaultAudience)
		nobody.Set = map[string]any{"sub": nil}
		return c.issuer.Token(nobody)
	})},

	{Name: "role-arn", Shows: "the annotation has a colon too many", breaks: annotated(roleAnnotation, "arn:aws:iam::::111122223333:role/payments-reader")},
	{Name: "partition", Shows: "the role is in China, the cluster is not", breaks: annotated(roleAnnotation, "arn:aws-cn:iam::111122223333:role/payments-reader")},
	{Name: "no-region", Shows: "a cluster outside EKS, and no region", breaks: is(outsideEKS)},
	{Name: "region-misspelt", Shows: "AWS_REGION is no region", breaks: set("AWS_REGION", "eu-west1")},

	{Name: "sts-private", Shows: "a closed network, whose DNS does not know AWS's STS", breaks: private,
		ByHand: "the interface endpoint com.amazonaws.eu-west-1.sts with private DNS", mends: both((*Cloud).connect, (*Cloud).recreate)},
	{Name: "sts-no-url", Shows: "the endpoint named for STS is a host without a scheme", breaks: set("AWS_ENDPOINT_URL_STS", "sts.eu-west-1.amazonaws.com")},
	{Name: "sts-unresolved", Shows: "the name of STS has no address", breaks: both(set("AWS_ENDPOINT_URL_STS", "https://sts.eu-west-1.invalid"), (*Cloud).resolveNothing)},
	{Name: "sts-refused", Shows: "nobody listens where STS should be", breaks: closedPort},
	{Name: "sts-tls", Shows: "something on the way shows its own certificate", breaks: untrusted},
	{Name: "sts-hangs", Shows: "STS does not answer", breaks: befalls(irsatest.Fault{Hang: irsatest.Response}), ByHand: "see that 127.0.0.1:PORT is an STS that runs", mends: passes},
	{Name: "sts-html", Shows: "something answers in STS's place", breaks: befalls(irsatest.Fault{Replace: []byte("<html><body>Please log in.</body></html>")}),
		ByHand: "see that 127.0.0.1:PORT is an STS that runs", mends: passes},
	{Name: "sts-proxy", Shows: "the proxy does not let STS through", breaks: proxied, ByHand: "let it allow CONNECT to sts.example.com", mends: is(func(c *Cloud) { c.lets.Store(true) })},
	{Name: "sts-is-s3", Shows: "the endpoint named for STS is S3's", breaks: is(func(c *Cloud) { c.spec.env["AWS_ENDPOINT_URL_STS"] = c.s3URL })},
	{Name: "endpoint-for-all", Shows: "AWS_ENDPOINT_URL, meant for S3, is STS's as well", breaks: is(func(c *Cloud) { c.spec.env["AWS_ENDPOINT_URL"] = c.s3URL })},
	{Name: "sts-throttles", Shows: "too many exchanges in this account and region", breaks: befalls(irsatest.Fault{Code: "Throttling"}),
		ByHand: "Load one config and share it", mends: passes},
	{Name: "clock", Shows: "the node's clock is an hour ahead", breaks: is(func(c *Cloud) { c.ahead = time.Hour }), ByHand: "Set up time synchronisation",
		mends: both(is(func(c *Cloud) { c.ahead = 0 }), (*Cloud).recreate)},

	{Name: "no-provider", Shows: "the role's account does not know the cluster's issuer", breaks: is(func(c *Cloud) { c.providers = nil })},
	{Name: "other-account", Shows: "the role is in another account, which does not know the cluster's issuer", breaks: is(otherAccount)},
	{Name: "thumbprint", Shows: "the identity provider has an old thumbprint", breaks: is(func(c *Cloud) { c.providers[0].thumbprint = true })},
	{Name: "verification-key", Shows: "STS can't fetch the issuer's keys at the moment", breaks: befalls(irsatest.Fault{Code: "InvalidIdentityToken",
		Message: "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"}),
		ByHand: "An issuer that isn't EKS's must answer there", mends: passes},
	{Name: "region-disabled", Shows: "STS is not activated in this region", breaks: is(func(c *Cloud) { c.disabled = true }),
		ByHand: "Activate STS in the IAM console (in account 111122223333)", mends: is(func(c *Cloud) { c.disabled = false })},
	{Name: "trust", Shows: "the role trusts another service account", breaks: trustsOther(issuerURL, "system:serviceaccount:payments:web")},
	{Name: "trust-wildcard", Shows: "the trust policy compares a wildcard literally", breaks: trustsOther(issuerURL, "system:serviceaccount:payments:*")},
	{Name: "trust-other-cluster", Shows: "the cluster was made anew, and the role trusts the old one",
		breaks: trustsOther("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE0A0A0A0A0A0A0A0A0AEXAMPLE", subject)},
	{Name: "no-role", Shows: "the role does not exist", breaks: annotated(roleAnnotation, "arn:aws:iam::111122223333:role/payment-reader")},
}
