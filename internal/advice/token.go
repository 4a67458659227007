package advice

import (
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// Topics of the token and its file, and of what STS says of a token.

// TokenMissing is a token file that does not exist.
var TokenMissing = &Topic{
	"The token file does not exist: the volume that the webhook adds is not mounted in this container, or the " +
		"path is wrong.",
	func(f Facts) []Step {
		volume := say("A pod that has a volume named aws-iam-token of its own does not get the webhook's: rename " +
			"that one, and recreate the pod.")
		if f.fromWebhook() {
			return []Step{volume}
		}
		return []Step{say("The path must be that of a projected volume that this container " +
			"mounts."), useWebhook(f), volume}
	},
}

// TokenUnreadable is a token file that this process's user may not read.
//
// Where all containers have one runAsUser, the kubelet gives a projected token to that user, with
// mode 0600; with fsGroup it has mode 0640 and that group; otherwise it has the volume's own mode,
// 0644 by default (Kubernetes, pkg/volume/projected). So it is closed to a process that changed its
// user after it was started, to an ephemeral container of another user, and to all but root where
// the volume has another mode.
var TokenUnreadable = &Topic{
	"The token file exists, but the user that this process runs as may not read it.",
	func(f Facts) []Step {
		return []Step{
			run("Give the token to a group that every process of the pod is in when it starts:",
				f.pod().Patch(`{"securityContext": {"fsGroup": 65534}}`)),
			say("Or let all containers of the pod run as the same user (runAsUser): the kubelet then makes that " +
				"user the file's owner."),
			say("A process that changes its user after it was started (gosu, su-exec) leaves that group: start " +
				"it as the user that it runs as."),
		}
	},
}

// TokenIsFolder is a path that names a folder.
var TokenIsFolder = &Topic{
	"The token file is a folder.",
	func(f Facts) []Step {
		return []Step{say("AWS_WEB_IDENTITY_TOKEN_FILE must name the file in it, " +
			"usually " + text.Line(f.TokenFile) + "/token."), useWebhook(f)}
	},
}

// TokenEmpty is a token file without content.
var TokenEmpty = &Topic{"The token file is empty. The kubelet never writes an empty one.", wrongFile}

// TokenTooLarge is a token file that holds more than a token.
var TokenTooLarge = &Topic{
	"The token file is larger than any token that STS accepts (20000 bytes): it is another file.", wrongFile,
}

// TokenUnusable is a token file that can't be read, or is no token, for any other reason.
var TokenUnusable = &Topic{"The token file can't be read, or what is in it is not a token.", wrongFile}

// NotJWT is bytes that STS can't read as a token.
var NotJWT = &Topic{"What was sent is not a service account token: STS can't read it as a JWT.", wrongFile}

// NoSubject is a token that names nobody.
var NoSubject = &Topic{
	"The token has no subject. STS refuses it.",
	func(f Facts) []Step {
		return []Step{say("This is not a Kubernetes service account token."), useWebhook(f)}
	},
}

// OtherSubject is a token of something else than a service account.
var OtherSubject = &Topic{
	"The token's subject is not a Kubernetes service account.",
	func(f Facts) []Step {
		return []Step{say("The role's trust policy must name this subject. If a service account's " +
			"is meant:"), useWebhook(f)}
	},
}

// Legacy is the token of a Secret, of the time before bound tokens.
var Legacy = &Topic{
	"The token is the legacy token of a Secret, which STS can't verify.",
	func(f Facts) []Step { return []Step{useWebhook(f)} },
}

// IssuerURL is an issuer that STS can't fetch keys from.
var IssuerURL = &Topic{
	"The token's issuer is not an https URL.",
	all(say("The API server's --service-account-issuer must be the public https URL of the cluster's discovery " +
		"document.")),
}

// Expired is a token past its end.
var Expired = &Topic{
	"The token has expired. The kubelet replaces the file at 80 % of a token's life, or after 24 hours, so this " +
		"one is no longer " +
		"kept up to date, or a clock is wrong.",
	notRotated,
}

// NotRotated is a token that is valid and should have been replaced.
var NotRotated = &Topic{"The token is older than the kubelet lets a token get.", notRotated}

func notRotated(f Facts) []Step {
	return []Step{
		say("A file that is mounted with subPath, or was copied by an init container or an entry point, is never " +
			"replaced: " +
			"mount the projected volume itself."),
		say("Otherwise look at the node's clock and its kubelet's log. STS's message has the time by its " +
			"own clock."),
		run("A new pod has a new token:", f.pod().Recreate()),
	}
}

// NotYetValid is a token from the future.
var NotYetValid = &Topic{
	"The token is not valid yet.",
	all(say("This node's clock is behind the API server's: set up time synchronisation on the node.")),
}

// TooOld is a token that STS refuses for its age.
var TooOld = &Topic{
	"The token was issued too long ago for STS, though it has not expired: STS accepts tokens up to a day old.",
	func(f Facts) []Step {
		if !f.pod().Known() {
			return []Step{say("Ask for tokens of at most 86400 seconds (expirationSeconds of the projected " +
				"volume).")}
		}
		return []Step{run("Ask for tokens of a day at most, and recreate the pod:",
			f.pod().Annotate("eks.amazonaws.com/token-expiration=86400"), f.pod().Recreate())}
	},
}

// Audience is a token for somebody else than STS.
var Audience = &Topic{
	"The token is for an audience that the identity provider in the role's account doesn't list, or for none " +
		"at all. " +
		"The EKS webhook asks for sts.amazonaws.com, in every partition.",
	func(f Facts) []Step {
		if f.kubernetesAPI() {
			return []Step{say("AWS_WEB_IDENTITY_TOKEN_FILE names the token for the Kubernetes API, which is for " +
				"nobody else."), useWebhook(f)}
		}
		var steps []Step
		if f.Token != nil && (len(f.Token.Audience) != 1 || f.audience() != DefaultAudience) {
			if f.WebhookFile != "" && !f.fromWebhook() {
				steps = append(steps, useWebhook(f))
			} else if f.pod().Known() {
				steps = append(steps, run("If the audience above is a mistake, go back to the default:",
					f.pod().Annotate("eks.amazonaws.com/audience-"), f.pod().Recreate()))
			}
		}
		if f.inAWS() && len(f.Token.Audience) > 0 {
			steps = append(steps, run("Let the provider accept "+
				"it, in "+f.account()+":", f.iam("add-client-id-to-open-id-connect-provider",
				"--open-id-connect-provider-arn", Word(f.ProviderARN(), "PROVIDER_ARN"),
				"--client-id", Word(f.audience(), "AUDIENCE"))))
		}
		return append(steps, say("An audience that looks right may hold an invisible character, here or in the "+
			"provider: "+
			"compare them as they are quoted above."))
	},
}

// kubernetesAPI reports whether the token is the one for the cluster's own API.
func (f Facts) kubernetesAPI() bool {
	return f.Token != nil && podfs.IsKubernetesAudience(f.audience(), f.issuer())
}

// SeveralAudiences is a token for more than one reader.
var SeveralAudiences = &Topic{
	"The token is for several audiences. STS accepts a token for one.",
	func(f Facts) []Step {
		return []Step{
			say("Give the projected service account token one audience, sts.amazonaws.com, and recreate the pod. " +
				"Other audiences get tokens, and volume sources, of their own."),
			useWebhook(f),
		}
	},
}

// MissingClaim is a token that lacks what STS needs.
var MissingClaim = &Topic{
	"The token lacks a claim that STS needs; its message names it. Tokens of a Kubernetes API server have " +
		"them all.", wrongFile,
}

// TokenRefused is a token that STS refuses without more than its own words.
var TokenRefused = &Topic{
	"STS does not accept the token, and says no more than the error quotes.",
	func(f Facts) []Step {
		return append(wrongFile(f), say("If the issuer is not an EKS cluster, see that its discovery document "+
			"and its keys are those that signed the token."))
	},
}

// UnknownKey is a token that was signed with a key that the identity provider doesn't know.
var UnknownKey = &Topic{
	"The token was signed with a key that the identity provider doesn't know: another cluster issued it, or the " +
		"provider has not " +
		"fetched the issuer's newest keys.",
	func(f Facts) []Step {
		return append([]Step{say("Compare the issuer above with the one that the provider is " +
			"configured for.")}, wrongFile(f)...)
	},
}

// wrongFile is what to do about a token that isn't one of the kubelet's.
func wrongFile(f Facts) []Step {
	return []Step{
		say("The file must hold the service account token that the kubelet projects: see that " +
			"AWS_WEB_IDENTITY_TOKEN_FILE names it, " +
			"and that nothing else writes to it."),
		useWebhook(f),
	}
}

// useWebhook is what to do where the token is not the one that the webhook mounts, or was spoiled.
func useWebhook(f Facts) Step {
	const words = "Let the webhook inject volume and variables (its token is " +
		"/var/run/secrets/eks.amazonaws.com/serviceaccount/token): annotate the service account, and set neither " +
		"variable in the pod spec"
	switch {
	case f.Profile != "":
		return say("The profile " + text.Line(f.Profile) + " of the shared config file names it: correct " +
			"web_identity_token_file there.")
	case f.fromWebhook():
		return run("A new pod has a new token:", f.pod().Recreate())
	case !f.pod().Known() && f.RoleARN == "":
		return say(words + ".")
	}
	return run(words+":", f.pod().SetRole(f.RoleARN), f.pod().SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-"))
}
