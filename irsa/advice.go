package irsa

import (
	"net/url"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

// Advice on what STS answers.

var adviseTrust = advice{
	"The role's trust policy does not admit this service account, or there is no such role. STS says the same of both.",
	func(f facts) []string {
		if !f.inAWS() {
			return []string{"Compare the role's trust policy with the subject and the issuer above."}
		}
		role := kubectl.Quote(f.roleName())
		steps := []string{command("See whether the role is there, and whom it trusts (in "+f.account()+"):",
			f.iam("get-role", "--role-name", role, "--query", "Role.AssumeRolePolicyDocument"))}
		policy, err := f.trust()
		if err != nil {
			return append(steps, "Compare it with the facts above; the policy to paste can't be made of them: "+err.Error()+".")
		}
		return append(steps,
			command("This puts a policy in its place that admits exactly this service account. If the one above has other statements that are needed, add them to it:",
				f.iam("update-assume-role-policy", "--role-name", role, "--policy-document", quoteJSON(policy.String()))),
			"A change takes a few seconds to be seen everywhere. If the policy is right and STS still refuses, a service control policy (SCP) or resource control policy (RCP) of the organization denies it.",
			correctRole(f))
	},
}

var adviseOrganization = advice{
	"A policy other than the role's trust policy denies the role to this service account explicitly.",
	func(f facts) []string {
		return []string{
			"STS's message names the kind of policy: a service control policy (SCP) or a resource control policy (RCP) of the organization is changed by those who run the organization, not in " + f.account() + ".",
			"Give them the facts above: it is " + f.action() + " that is denied.",
		}
	},
}

var adviseProvider = advice{
	"The role's account has no IAM OIDC identity provider for the cluster that issued the token. The account that counts is the role's, also where the cluster runs in another one.",
	func(f facts) []string {
		if !f.inAWS() {
			return []string{"Add the issuer above as an identity provider to the role's account."}
		}
		return []string{
			command("Add it, in "+f.account()+":", createProvider(f)),
			"If the cluster was made anew, its issuer changed with it: the trust policies of its roles name the old one.",
			correctRole(f),
		}
	},
}

var adviseAudience = advice{
	"The token is for an audience that the identity provider in the role's account doesn't list, or for none at all. The EKS webhook asks for sts.amazonaws.com, in every partition.",
	func(f facts) []string {
		if podfs.IsKubernetesAudience(f.audience(), f.issuer) {
			return []string{"AWS_WEB_IDENTITY_TOKEN_FILE names the token for the Kubernetes API, which is not for anybody else. " + leaveToWebhook(f)}
		}
		var steps []string
		if f.pod().Known() && (len(f.token.Audience) != 1 || f.audience() != defaultAudience) {
			steps = append(steps, command("If the audience above is a mistake, go back to the default:",
				f.pod().Annotate("eks.amazonaws.com/audience-"), f.pod().Recreate()))
		}
		if f.inAWS() && len(f.token.Audience) > 0 {
			steps = append(steps, command("Let the provider take it, in "+f.account()+":",
				f.iam("add-client-id-to-open-id-connect-provider", "--open-id-connect-provider-arn", kubectl.Quote(f.providerARN()), "--client-id", kubectl.Quote(f.audience()))))
		}
		return append(steps, "An audience that looks right may hold an invisible character, here or in the provider: compare them as they are quoted above.")
	},
}

var adviseOneAudience = advice{
	"The token is for several audiences. STS takes a token for one.",
	func(f facts) []string {
		return []string{"Give the projected service account token one audience, sts.amazonaws.com, and make the pod anew. Other audiences get tokens, and volume sources, of their own."}
	},
}

var adviseClaims = advice{
	"The token lacks a claim that STS needs; its message names it. Tokens of a Kubernetes API server have them all.",
	func(f facts) []string { return []string{wrongFile(f)} },
}

var adviseToken = advice{
	"STS does not accept the token, and says no more than is quoted in the error.",
	func(f facts) []string {
		return []string{wrongFile(f), "If the issuer is not an EKS cluster, see that its discovery document and its keys are those that signed the token."}
	},
}

var adviseOtherIssuer = advice{
	"The token was signed with a key that the identity provider doesn't know: another cluster issued it, or the provider has not fetched the issuer's newest keys.",
	func(f facts) []string {
		return []string{"Compare the issuer above with the one that the provider is configured for.", wrongFile(f)}
	},
}

var adviseNotJWT = advice{
	"What was sent is no service account token: STS can't read it as a JWT.",
	func(f facts) []string { return []string{wrongFile(f)} },
}

var adviseKeys = advice{
	"STS could not fetch the issuer's public keys to verify the token. That passes by itself where it is a disturbance, and is tried again.",
	func(f facts) []string {
		steps := []string{"If it stays so: STS reads the issuer from the public internet. An issuer that isn't EKS's must answer there, with a certificate that everybody trusts."}
		if strings.HasPrefix(f.issuer, "https://") {
			steps = append(steps, command("From outside the cluster, both must answer:",
				"curl -fsS "+kubectl.Quote(f.issuer+"/.well-known/openid-configuration"),
				"curl -fsS \"$(curl -fsS "+kubectl.Quote(f.issuer+"/.well-known/openid-configuration")+" | jq -r .jwks_uri)\""))
		}
		return steps
	},
}

var adviseThumbprint = advice{
	"The certificate of the issuer's host is not the one that the identity provider in the role's account remembers.",
	func(f facts) []string {
		if !f.inAWS() {
			return []string{"Update the identity provider's thumbprint."}
		}
		return []string{command("Made anew without a thumbprint, IAM finds the right one itself (in "+f.account()+"; its roles work again at once, since trust policies name the provider by the same ARN; what the first command shows of other client ids has to be added again):",
			f.iam("get-open-id-connect-provider", "--open-id-connect-provider-arn", kubectl.Quote(f.providerARN())),
			f.iam("delete-open-id-connect-provider", "--open-id-connect-provider-arn", kubectl.Quote(f.providerARN())),
			createProvider(f))}
	},
}

var adviseExpired = advice{
	"The token has expired. The kubelet replaces the file at 80 % of a token's life, so this one is no longer kept up to date, or a clock is wrong.",
	func(f facts) []string {
		steps := []string{
			"A file that was mounted with subPath, or copied by an init container or an entry point, is never replaced: read the token where the kubelet projects it.",
			"STS's message has the time by its own clock: if the token's times above are wrong by it, so is the clock of the control plane's or the node's machine.",
		}
		if f.pod().Known() {
			steps = append(steps, command("A new pod has a new token:", f.pod().Recreate()))
		}
		return steps
	},
}

var adviseTooOld = advice{
	"The token was issued too long ago for STS, though it has not expired: STS takes tokens up to a day old.",
	func(f facts) []string {
		if !f.pod().Known() {
			return []string{"Ask for tokens of at most 86400 seconds (expirationSeconds of the projected volume)."}
		}
		return []string{command("Ask for tokens of a day at most, and make the pod anew:",
			f.pod().Annotate("eks.amazonaws.com/token-expiration=86400"), f.pod().Recreate())}
	},
}

// wrongFile is what to do about a token that isn't one of the kubelet's.
func wrongFile(f facts) string {
	return "See that AWS_WEB_IDENTITY_TOKEN_FILE names the file that the kubelet projects, and that nothing else writes to it. " + leaveToWebhook(f)
}

// leaveToWebhook is what to do where a pod's spec sets what the webhook would.
func leaveToWebhook(f facts) string {
	words := "The token for AWS is /var/run/secrets/eks.amazonaws.com/serviceaccount/token. Let the webhook name it: where the pod's spec sets AWS_ROLE_ARN or AWS_WEB_IDENTITY_TOKEN_FILE, it leaves both alone"
	if !f.pod().Known() {
		return words + "."
	}
	return command(words+":", f.pod().SetRole(f.RoleARN), f.pod().SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-"))
}

// correctRole is what to do where the role is another than the one that was meant.
func correctRole(f facts) string {
	words := "If another role was meant, correct the service account's annotation eks.amazonaws.com/role-arn and make the pod anew"
	if !f.pod().Known() {
		return words + "."
	}
	return command(words+" (ROLE_ARN is the role's ARN):", f.pod().SetRole(""), f.pod().Recreate())
}

func createProvider(f facts) string {
	u, err := url.Parse(f.issuer)
	if err != nil || u.Scheme != "https" {
		return "# IAM takes https issuers alone, not " + kubectl.Quote(f.issuer)
	}
	return f.iam("create-open-id-connect-provider", "--url", kubectl.Quote(f.issuer), "--client-id-list", kubectl.Quote(f.audience()))
}

// quoteJSON quotes a document for a shell. Indented along with its command it is
// still the same document.
func quoteJSON(doc string) string { return "'" + strings.ReplaceAll(doc, "'", `'\''`) + "'" }
