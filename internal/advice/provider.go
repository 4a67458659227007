package advice

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// Topics of the role's trust policy and of the identity provider in its account.

// TrustDenied is a role that does not admit the pod.
var TrustDenied = &Topic{
	"The role's trust policy does not admit this service account, or there is no such role. STS says the same " +
		"of both.",
	func(f Facts) []Step {
		if !f.inAWS() {
			return []Step{say("Compare the role's trust policy with the subject and the issuer above.")}
		}
		steps := []Step{run("See whether the role exists, and whom it trusts (in "+f.account()+"):",
			f.iam("get-role", "--role-name", f.roleName(), "--query", "Role.AssumeRolePolicyDocument"))}
		policy, err := f.TrustPolicy()
		if err != nil {
			return append(steps, say("Compare it with the facts above; they don't make a policy to "+
				"paste: "+err.Error()+"."))
		}
		s := statementOf(policy.String())
		steps = append(steps, run("The statement that it needs, in addition to what it has, admits exactly this "+
			"service account:", s))
		return append(append(steps, f.mergeTrust(s)...),
			say("A change takes a few seconds to be seen everywhere. If the policy is right and STS still "+
				"refuses, a service control policy (SCP) "+
				"or resource control policy (RCP) of the organization denies it."),
			correctRole(f))
	},
}

// NotAdmitted is a role whose trust policy is known, and does not admit the pod.
var NotAdmitted = &Topic{
	"The role's trust policy does not admit this service account.",
	func(f Facts) []Step {
		policy, err := f.TrustPolicy()
		if !f.inAWS() || err != nil {
			return nil
		}
		whole, err := trustpolicy.Parse([]byte(mergeStatement(f.Trusts, statementOf(policy.String()))))
		if err != nil {
			return nil
		}
		if whole.Evaluate(f.trustRequest()).Outcome != trustpolicy.Allowed {
			return []Step{say("No statement that admits it helps while another one denies it: narrow that Deny.")}
		}
		return []Step{
			run("This keeps all of its statements, and adds the one that admits exactly this service account (in "+
				f.account()+"):", f.iam("update-assume-role-policy", "--role-name", f.roleName(),
				"--policy-document", QuoteText(whole.String()))),
			correctRole(f),
		}
	},
}

// A merged policy is a document of IAM's with all of its statements.
type merged struct {
	Version   string `json:",omitempty"`
	ID        string `json:"Id,omitempty"`
	Statement []json.RawMessage
}

// mergeStatement is a policy with one more statement; "" where the policy is none.
func mergeStatement(policy, statement string) string {
	var document struct {
		Version   string
		ID        string          `json:"Id"`
		Statement json.RawMessage // one, or a list of them
	}
	if json.Unmarshal([]byte(policy), &document) != nil {
		return ""
	}
	var statements []json.RawMessage
	if json.Unmarshal(document.Statement, &statements) != nil {
		statements = []json.RawMessage{document.Statement}
	}
	statements = append(statements, json.RawMessage(statement))
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // what is there stays as it is written
	if e.Encode(merged{document.Version, document.ID, statements}) != nil {
		return ""
	}
	return strings.TrimSpace(out.String())
}

// NoProvider is an account that does not know the cluster.
var NoProvider = &Topic{
	"The role's account has no IAM OIDC identity provider for the cluster that issued the token. The account " +
		"that counts is the role's, " +
		"also where the cluster runs in another one.",
	func(f Facts) []Step {
		if !f.inAWS() {
			return []Step{say("Add the issuer above as an identity provider to the role's account.")}
		}
		if f.private() {
			return publish(f)
		}
		return []Step{
			createProvider(f, "Add it, in "+f.account()+":"),
			say("A cluster that was recreated has another issuer: the trust policies of its roles name the " +
				"old one."),
			correctRole(f),
			say("A service account with an EKS Pod Identity association needs no provider: this pod was created before " +
				"that took effect. Recreate it."),
		}
	},
}

// IssuerKeys is an issuer whose keys STS could not fetch.
var IssuerKeys = &Topic{
	"STS could not fetch the issuer's public keys to verify the token. A disturbance passes by itself, and the " +
		"exchange is retried.",
	func(f Facts) []Step {
		if f.private() {
			return publish(f)
		}
		steps := []Step{say("If it persists: STS reads the issuer from the public internet. An issuer that isn't " +
			"EKS's must answer there, " +
			"with a certificate that everybody trusts.")}
		if strings.HasPrefix(f.issuer(), "https://") {
			// A slash at the end goes before the path is added (OpenID Connect Discovery 1.0, 4).
			discovery := Word(strings.TrimSuffix(f.issuer(), "/")+"/.well-known/openid-configuration", "DISCOVERY_URL")
			steps = append(steps, run("From outside the cluster, both must answer:",
				"curl -fsS "+discovery, `curl -fsS "$(curl -fsS `+discovery+` | jq -r .jwks_uri)"`))
		}
		return steps
	},
}

// Thumbprint is an identity provider with an old certificate's thumbprint.
var Thumbprint = &Topic{
	"The certificate of the issuer's host is not the one whose thumbprint the identity provider in the role's " +
		"account holds.",
	func(f Facts) []Step {
		if !f.inAWS() {
			return []Step{say("Update the identity provider's thumbprint.")}
		}
		arn := Word(f.ProviderARN(), "PROVIDER_ARN")
		create := createProvider(f, "Recreated without a thumbprint, IAM finds the right one "+
			"itself (in "+f.account()+"). Its roles work again at once, "+
			"since trust policies name the provider by the same ARN:")
		create.Commands = append([]string{
			f.iam("delete-open-id-connect-provider", "--open-id-connect-provider-arn", arn),
		}, create.Commands...)
		return []Step{
			run("See its client ids and tags, which it loses; those beside "+f.audience()+" are to be added again:",
				f.iam("get-open-id-connect-provider", "--open-id-connect-provider-arn", arn)),
			create,
		}
	},
}

// private reports whether the issuer is a name or an address of the cluster's own network, from
// which AWS can fetch no keys.
func (f Facts) private() bool {
	u, err := url.Parse(f.issuer())
	if err != nil || u.Scheme == "" {
		return f.issuer() == "kubernetes/serviceaccount"
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if a, err := netip.ParseAddr(host); err == nil {
		return Private(a)
	}
	return !strings.Contains(host, ".") || privateName.MatchString(host)
}

// Names that public DNS has not: those of Kubernetes' services, of RFC 6761 and 6762, and ICANN's
// own for private use.
var privateName = regexp.MustCompile(`\.(?:svc|local|localhost|internal)$|^kubernetes\.default$`)

// publish is what a cluster needs whose issuer AWS can't reach.
func publish(f Facts) []Step {
	return []Step{
		say("AWS fetches an issuer's keys from the public internet, and " + text.Line(f.issuer()) + " is a name of the " +
			"cluster's own network: no identity provider can be made for it."),
		say("On EKS the token of AWS_WEB_IDENTITY_TOKEN_FILE has the cluster's public issuer: if this is another " +
			"cluster's, or a token that the webhook didn't mount, use the webhook's."),
		say("On another cluster publish /.well-known/openid-configuration and the key set below a public https URL (a " +
			"bucket, say), give the API server that URL as its first --service-account-issuer, and make the provider for " +
			"it. Pods get tokens of the new issuer when they are recreated."),
	}
}

// createProvider is the command that adds the issuer to the role's account.
func createProvider(f Facts, words string) Step {
	u, err := url.Parse(f.issuer())
	if err != nil || u.Scheme != "https" {
		return run(words, "# IAM takes https issuers alone, not "+Quote(f.issuer()))
	}
	return run(words, f.iam("create-open-id-connect-provider", "--url", Word(f.issuer(), "ISSUER"),
		"--client-id-list", Word(f.audience(), "AUDIENCE")))
}
