package irsa

import (
	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Advice on what is wrong with a request rather than with its token.

var adviseARN = advice{
	"STS does not take the role's ARN.",
	func(f facts) []string {
		steps := []string{"It has the form arn:aws:iam::111122223333:role/name, with two colons before the account's twelve digits; in China arn:aws-cn:…, in GovCloud arn:aws-us-gov:…. A colon too many and a space at the end are the usual mistakes."}
		return append(steps, correctRole(f))
	},
}

var adviseDuration = advice{
	"The session's duration is longer than the role allows, or not between 900 and 43200 seconds.",
	func(f facts) []string {
		steps := []string{"Leave Options.Duration out: sessions of an hour are allowed everywhere, and are renewed."}
		if f.inAWS() {
			steps = append(steps, command("Or let the role give sessions of up to 12 hours (in "+f.account()+"):",
				f.iam("update-role", "--role-name", kubectl.Quote(f.roleName()), "--max-session-duration", "43200")))
		}
		return steps
	},
}

var adviseSessionName = advice{
	"STS does not take the session's name: it has 2 to 64 letters, digits and the characters _=,.@+-.",
	func(f facts) []string {
		words := "Leave Options.SessionName and AWS_ROLE_SESSION_NAME out: the name is then made of the namespace and the pod."
		if f.pod().Known() {
			words = command(words, f.pod().SetEnv("AWS_ROLE_SESSION_NAME-"))
		}
		return []string{
			words,
			"Or leave out of it what is not allowed: a space, a slash, a colon.",
		}
	},
}

var adviseSessionPolicy = advice{
	"STS does not take the session policies: they are no valid policy, or too large together.",
	func(facts) []string {
		return []string{"Options.Policy is a policy of at most 2048 characters, Options.PolicyARNs at most 10; all of them, packed, must fit a limit of STS, of which the message says how much they take."}
	},
}

var adviseRequest = advice{
	"STS does not take the request; its message names the parameter and the rule.",
	func(facts) []string {
		return []string{"Correct what the message names: it is in Options, in the environment, or in the service account's annotation."}
	},
}

var adviseParameter = advice{
	"A request to STS can't be made of what was given; the message names the parameter. Nothing was sent.",
	func(facts) []string {
		return []string{"Correct what the message names, in Options or in the options of AssumeRole: a tag, for one, has both a key and a value."}
	},
}

var adviseRegionDisabled = advice{
	"STS is not activated in this region for the role's account.",
	func(f facts) []string {
		step := "Activate STS in the IAM console (in " + f.account() + "): Account settings, Security Token Service, Endpoints."
		if partition.OptIn(f.region) {
			step = command("It is one of the regions that have to be enabled (in "+f.account()+"), which takes some minutes:", "aws account enable-region --region-name "+f.region)
		}
		return []string{step, "Or let the pod use another region's STS: set AWS_REGION in its spec."}
	},
}

var adviseThrottled = advice{
	"STS throttles the account: too many exchanges at once. It passes by itself, and is tried again later and later.",
	func(facts) []string {
		return []string{
			"Load one config and share it: each config that is loaded for itself exchanges for itself. A program that has to load many keeps one irsa.Loader.",
			"Roles that are assumed in the same second by many pods, at the start of a job, are the usual cause: start them over a minute.",
		}
	},
}

var adviseNotSTS = advice{
	"The endpoint is not an STS: it does not know the operation. It is probably an S3 or another service's.",
	func(facts) []string {
		return []string{"Set AWS_ENDPOINT_URL_STS to an STS, or unset it. An endpoint that is meant for S3 belongs into AWS_ENDPOINT_URL_S3, not into AWS_ENDPOINT_URL."}
	},
}

var adviseServerFault = advice{
	"STS, or what stands in front of it, is out of order. It passes by itself, and is tried again.",
	func(facts) []string {
		return []string{
			"Credentials that are held go on being served until they end.",
			"If it stays so, look at the AWS Health Dashboard, and at the proxy if there is one.",
		}
	},
}
