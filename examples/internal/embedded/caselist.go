package embedded

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// cases are in the order of the checks of a report: what the pod was given, its token, the names
// in it, the way to STS, and what STS and IAM make of it.
var cases = slices.Concat(injectionCases, tokenCases, nameCases, networkCases, accountCases)

var injectionCases = []Case{
	{
		Name: "not-injected", Shows: "neither variable is set: the pod is older than the annotation",
		breaks: annotate(roleAnnotation, ""),
	},
	{
		Name: "default-service-account", Shows: "serviceAccountName is missing from the pod's spec",
		breaks: do(func(c *Cloud) { c.spec.serviceAccount = "default" }),
	},
	{
		Name: "skipped-container", Shows: "the pod's annotation skip-containers names the container",
		breaks: do(func(c *Cloud) { c.spec.skipped = true }),
		ByHand: "A container that the pod's annotation eks.amazonaws.com/skip-containers names is left out on purpose",
		fixes:  all(do(func(c *Cloud) { c.spec.skipped = false }), (*Cloud).recreate),
	},
	{
		Name: "half-injected", Shows: "the pod's spec sets AWS_ROLE_ARN, so the webhook injects nothing",
		breaks: setEnv("AWS_ROLE_ARN", roleARN),
	},
	{
		Name: "empty-variables", Shows: "the pod's spec sets both variables to nothing, and the webhook keeps that",
		breaks: all(setEnv("AWS_ROLE_ARN", ""), setEnv("AWS_WEB_IDENTITY_TOKEN_FILE", "")),
	},
	{
		Name: "static-keys", Shows: "access keys in the environment take precedence over the role",
		breaks: all(setEnv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), setEnv("AWS_SECRET_ACCESS_KEY", "example")),
	},
	{
		Name: "pod-identity", Shows: "an EKS Pod Identity association, and a role in the pod's spec too",
		breaks: all(ownToken(validToken), associate),
	},
	{
		Name: "association-missing", Shows: "the EKS Pod Identity association was deleted after the pod was created",
		breaks: all(associate, do(func(c *Cloud) { c.forgotten = true })),
	},
	{
		Name: "association-trust", Shows: "the role of the EKS Pod Identity association does not trust EKS",
		breaks: all(associate, trustOfWebIdentity),
		ByHand: "It needs this statement, beside those that it has", fixes: trustOfPodIdentity,
	},
	{
		Name: "missing-profile", Shows: "AWS_PROFILE names a profile that does not exist",
		breaks: setEnv("AWS_PROFILE", "production"),
	},
	{
		Name: "session-name", Shows: "AWS_ROLE_SESSION_NAME has characters that STS refuses",
		breaks: setEnv("AWS_ROLE_SESSION_NAME", "payments api/1"),
	},
}

var tokenCases = []Case{
	{
		Name: "token-missing", Shows: "the variable names a token file that does not exist",
		breaks: all(
			ownToken(validToken),
			setEnv("AWS_WEB_IDENTITY_TOKEN_FILE", filepath.FromSlash("/var/run/secrets/nowhere/token")),
		),
	},
	{
		Name: "token-volume", Shows: "the pod has its own volume aws-iam-token, so the webhook adds none",
		breaks: do(func(c *Cloud) { c.spec.volume = true }),
		ByHand: "rename that one, and recreate the pod",
		fixes:  all(do(func(c *Cloud) { c.spec.volume = false }), (*Cloud).recreate),
	},
	{
		Name: "token-unreadable", Shows: "the process's user may not read the token file",
		breaks: do(func(c *Cloud) { c.spec.otherUser = true }),
	},
	{
		Name: "token-empty", Shows: "the token file is empty",
		breaks: ownToken(func(*Cloud) string { return "" }),
	},
	{
		Name: "token-garbage", Shows: "the token file does not hold a token",
		breaks: ownToken(func(*Cloud) string { return "{}" }),
	},
	{
		Name: "token-expired", Shows: "the kubelet has stopped rotating the token, and it has expired",
		breaks: tokenAge(27 * time.Hour),
	},
	{
		Name: "token-not-rotated", Shows: "the kubelet should have rotated the token, which is still valid",
		breaks: tokenAge(22 * time.Hour),
	},
	{
		Name: "kubernetes-token", Shows: "the variable names the token for the Kubernetes API",
		breaks: all(ownToken(validToken), do(func(c *Cloud) {
			c.spec.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = c.kubernetesToken()
		})),
	},
	{
		Name: "audience", Shows: "the token is for another audience",
		breaks: annotate(audienceAnnotation, "sts.amazon.com"),
	},
	{
		Name: "audience-invisible", Shows: "the identity provider's client ID ends with an invisible character",
		breaks: do(func(c *Cloud) { c.providers[0].Audiences = []string{"sts.amazonaws.com\u200b"} }),
	},
	{
		Name: "no-subject", Shows: "the token names no service account",
		breaks: ownToken(subjectlessToken),
	},
}

var nameCases = []Case{
	{
		Name: "role-arn", Shows: "the role ARN in the annotation has a colon too many",
		breaks: annotate(roleAnnotation, "arn:aws:iam::::111122223333:role/payments-reader"),
	},
	{
		Name: "partition", Shows: "the role is in China, the cluster is not",
		breaks: annotate(roleAnnotation, "arn:aws-cn:iam::111122223333:role/payments-reader"),
	},
	{
		Name: "no-region", Shows: "the cluster is not on EKS, and nothing names a region",
		breaks: do(outsideEKS),
	},
	{
		Name: "region-misspelt", Shows: "AWS_REGION is not a region",
		breaks: setEnv("AWS_REGION", "eu-west1"),
	},
}

var networkCases = []Case{
	{
		Name: "sts-private", Shows: "the network is isolated, and its DNS does not resolve STS",
		breaks: isolated,
		ByHand: "the interface endpoint com.amazonaws.eu-west-1.sts with private DNS",
		fixes:  all((*Cloud).connect, (*Cloud).recreate),
	},
	{
		Name: "sts-no-url", Shows: "the endpoint for STS is a host name without a scheme",
		breaks: setEnv("AWS_ENDPOINT_URL_STS", "sts.eu-west-1.amazonaws.com"),
	},
	{
		Name: "sts-unresolved", Shows: "the host name of the endpoint for STS does not resolve",
		breaks: all(setEnv("AWS_ENDPOINT_URL_STS", "https://sts.eu-west-1.invalid"), (*Cloud).resolveNothing),
	},
	{
		Name: "sts-refused", Shows: "nothing listens at the endpoint for STS",
		breaks: closedPort,
	},
	{
		Name: "sts-tls", Shows: "a proxy in between presents its own certificate",
		breaks: untrustedCertificate,
	},
	{
		Name: "sts-hangs", Shows: "STS does not answer",
		breaks: stsFault(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)}),
		ByHand: "see that 127.0.0.1:PORT is an STS that runs", fixes: stsRecovers,
	},
	{
		Name: "sts-html", Shows: "a web page answers instead of STS",
		breaks: stsFault(irsatest.Fault{Do: irsatest.Reply(200, "text/html",
			"<html><body>Please log in.</body></html>")}),
		ByHand: "see that 127.0.0.1:PORT is an STS that runs", fixes: stsRecovers,
	},
	{
		Name: "sts-proxy", Shows: "the proxy refuses connections to STS",
		breaks: proxied,
		ByHand: "let it allow CONNECT to sts.example.com",
		fixes:  do(func(c *Cloud) { c.proxyAllows.Store(true) }),
	},
	{
		Name: "sts-is-s3", Shows: "the endpoint for STS is that of S3",
		breaks: do(func(c *Cloud) { c.spec.env["AWS_ENDPOINT_URL_STS"] = c.s3URL }),
	},
	{
		Name: "endpoint-for-all", Shows: "AWS_ENDPOINT_URL, meant for S3, applies to STS too",
		breaks: do(func(c *Cloud) { c.spec.env["AWS_ENDPOINT_URL"] = c.s3URL }),
	},
}

var accountCases = []Case{
	{
		Name: "sts-throttles", Shows: "STS throttles this account in this region",
		breaks: stsFault(irsatest.Fault{Do: irsatest.Error("Throttling", "")}),
		ByHand: "Load one config and share it", fixes: stsRecovers,
	},
	{
		Name: "clock", Shows: "the node's clock is twenty minutes ahead",
		breaks: do(func(c *Cloud) { c.ahead = 20 * time.Minute }),
		ByHand: "Set up time synchronisation",
		fixes:  all(do(func(c *Cloud) { c.ahead = 0 }), (*Cloud).recreate),
	},
	{
		Name: "no-provider", Shows: "the account has no identity provider for the cluster's issuer",
		breaks: do(func(c *Cloud) { c.providers = nil }),
	},
	{
		Name: "other-account", Shows: "the role's account is another one, without an identity provider for the issuer",
		breaks: do(roleInOtherAccount),
	},
	{
		Name: "thumbprint", Shows: "the identity provider has an outdated thumbprint",
		breaks: do(func(c *Cloud) { c.providers[0].staleThumbprint = true }),
	},
	{
		Name: "verification-key", Shows: "STS cannot fetch the issuer's keys at the moment",
		breaks: stsFault(irsatest.Fault{Do: irsatest.Error("InvalidIdentityToken",
			"Couldn't retrieve verification key from your identity provider,  "+
				"please reference AssumeRoleWithWebIdentity documentation for requirements")}),
		ByHand: "An issuer that isn't EKS's must answer there", fixes: stsRecovers,
	},
	{
		Name: "region-disabled", Shows: "STS is not activated in this region",
		breaks: do(func(c *Cloud) { c.disabled = true }),
		ByHand: "Activate STS in the IAM console (in account 111122223333)",
		fixes:  do(func(c *Cloud) { c.disabled = false }),
	},
	{
		Name: "trust", Shows: "the trust policy names another service account",
		breaks: trustOnly(issuerURL, "system:serviceaccount:payments:web"),
	},
	{
		Name: "trust-wildcard", Shows: "the trust policy compares a wildcard literally",
		breaks: trustOnly(issuerURL, "system:serviceaccount:payments:*"),
	},
	{
		Name: "trust-other-cluster", Shows: "the cluster was recreated, and the trust policy names the old one",
		breaks: trustOnly("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE0A0A0A0A0A0A0A0A0AEXAMPLE", subject),
	},
	{
		Name: "no-role", Shows: "the role does not exist",
		breaks: annotate(roleAnnotation, "arn:aws:iam::111122223333:role/payment-reader"),
	},
}
