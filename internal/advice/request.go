package advice

import (
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Topics of a request that is wrong in itself, and of the endpoint and region that it is for.

// RoleARN is an ARN that STS doesn't take.
var RoleARN = &Topic{
	"STS does not accept the role's ARN.",
	func(f Facts) []Step {
		steps := []Step{say("It has the form arn:aws:iam::111122223333:role/name, with two colons before the " +
			"account's twelve digits; in China arn:aws-cn:…, " +
			"in GovCloud arn:aws-us-gov:…. A colon too many and a space at the end are the usual mistakes.")}
		if !f.pod().Known() {
			return append(steps, correctRole(f))
		}
		return append(steps, run("The webhook injects what the annotation says, right or wrong. Correct it, and "+
			"recreate the pod:",
			f.pod().SetRole(Meant(f.RoleARN)), f.pod().Recreate()))
	},
}

// Meant is the ARN that a misspelt one was meant to be; "" where that can't be told.
func Meant(arn string) string {
	m := misspelt.FindStringSubmatch(strings.TrimSpace(arn))
	if m == nil {
		return ""
	}
	meant := "arn:" + m[1] + ":iam::" + m[2] + ":role/" + m[3]
	if _, err := partition.ParseRoleARN(meant); err != nil {
		return ""
	}
	return meant
}

// What can be told is what has a partition, an account and a name, however many colons and spaces
// there are.
var misspelt = regexp.MustCompile(`(?i)^arn:\s*(aws[a-z-]*)\s*:+\s*iam\s*:+\s*(\d{12})\s*:*\s*role\s*/+\s*(\S+)$`)

// Duration is a session that is longer than the role allows, or than STS gives.
var Duration = &Topic{
	"The session's duration is longer than the role allows, or not between 900 and 43200 seconds.",
	func(f Facts) []Step {
		steps := []Step{say("Leave Options.Duration out: every role allows sessions of an hour, and they are " +
			"renewed.")}
		if f.inAWS() {
			steps = append(steps, run("Or let the role give sessions of up to 12 hours (in "+f.account()+"):",
				f.iam("update-role", "--role-name", f.roleName(), "--max-session-duration", "43200")))
		}
		return steps
	},
}

// MinLife is a life of credentials that no session has.
var MinLife = &Topic{
	"The credentials are wanted for longer than a session lasts: MinLife can only give what a new session has.",
	func(f Facts) []Step {
		switch {
		case f.Hop != nil:
			return []Step{say("STS gives a role that is assumed with another role's session an hour at most. Let the " +
				"last role trust the cluster's issuer, and assume it directly (Options.RoleARN): up to 12 hours.")}
		case !f.inAWS():
			return []Step{say("Ask for less. EKS gives the sessions of Pod Identity 6 hours, or 59 minutes where the " +
				"association has a target role.")}
		}
		return []Step{
			say("Ask for less, or for longer sessions: Options.Duration, an hour where it is not set."),
			run("The role's own maximum must allow it (in "+f.account()+"):",
				f.iam("update-role", "--role-name", f.roleName(), "--max-session-duration", "43200")),
		}
	},
}

// SessionName is a session's name that STS doesn't take.
var SessionName = &Topic{
	"STS does not accept the session's name: it has 2 to 64 letters, digits and the characters _=,.@+-.",
	func(f Facts) []Step {
		const words = "Leave Options.SessionName and AWS_ROLE_SESSION_NAME out: the name is then made of the " +
			"namespace and the pod"
		step := say(words + ".")
		if f.pod().Known() {
			step = run(words+":", f.pod().SetEnv("AWS_ROLE_SESSION_NAME-"))
		}
		return []Step{step, say("Or remove what is not allowed from it: a space, a slash, a colon.")}
	},
}

// SessionPolicy is session policies that STS doesn't take.
var SessionPolicy = &Topic{
	"STS does not accept the session policies: they are not valid policies, or too large together.",
	all(say("Options.Policy is a policy of at most 2048 characters, Options.PolicyARNs at most 10; all of them, " +
		"packed, must fit a limit of STS, of which the message says how much they take.")),
}

// PackedTooLarge is session policies and session tags that take more than STS has room for.
var PackedTooLarge = &Topic{
	"The session policies and the session tags are too large together: STS packs both into one room, and its message " +
		"says how much of it they take.",
	all(
		say("Shorten or leave out Options.Policy and Options.PolicyARNs, if any are set."),
		say("If tags are sent, which a token can bring along and a chain pass on, send fewer or shorter ones."),
	),
}

// TagsTooLarge is session tags alone that do.
var TagsTooLarge = &Topic{
	"The session tags are too large together: STS packs them, and its message says how much of its room they take.",
	func(f Facts) []Step {
		return []Step{
			say("Send fewer or shorter tags: those of the options of AssumeRole, those that a hop before passes on " +
				"(TransitiveTagKeys), those that the token has."),
			run("The sessions of EKS Pod Identity have six tags that every hop passes on. Without them (CLUSTER is the "+
				"cluster's name, ASSOCIATION_ID is in the list):",
				`aws eks list-pod-identity-associations --cluster-name "${CLUSTER:?}"`+f.ofServiceAccount()+f.inRegion(),
				`aws eks update-pod-identity-association --cluster-name "${CLUSTER:?}" --association-id `+
					`"${ASSOCIATION_ID:?}" --disable-session-tags`+f.inRegion()),
		}
	},
}

// Request is a parameter that STS refuses.
var Request = &Topic{
	"STS does not accept the request; its message names the parameter and the rule.",
	all(say("Correct what the message names: it is in Options, in the environment, or in the service account's " +
		"annotation.")),
}

// Parameter is a parameter of which no request can be made.
var Parameter = &Topic{
	"A request to STS can't be made of what was given; the message names the parameter. Nothing was sent.",
	all(say("Correct what the message names, in Options or in the options of AssumeRole: a tag, for one, has " +
		"both a key and a value.")),
}

// EndpointVariant is FIPS or dual-stack where there is none.
var EndpointVariant = &Topic{
	"FIPS and dual-stack are choices among AWS's own endpoints: they don't go together with an endpoint that is " +
		"set, and not every partition has them. Nothing was sent.",
	all(
		say("If an endpoint is set that is to be asked (AWS_ENDPOINT_URL_STS, or AWS_ENDPOINT_URL), leave the "+
			"choice to it: unset what the error names, AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT (in a "+
			"profile use_fips_endpoint, use_dualstack_endpoint)."),
		say("If FIPS or dual-stack is to be used, unset the endpoint: the right one is found by the region. Set "+
			"for S3 alone, as AWS_ENDPOINT_URL_S3, an endpoint doesn't matter here."),
	),
}

// EndpointURL is an endpoint that is not a URL.
var EndpointURL = &Topic{
	"The endpoint that is set for STS is not a URL that a request can be made to. Nothing was sent.",
	func(f Facts) []Step {
		steps := []Step{say("It begins with https:// and has a host, as in " +
			"https://" + f.regionalHost() + ". Without any, the right one is found by the region.")}
		return append(steps, leaveEndpoint(f, "", ""))
	},
}

func (f Facts) regionalHost() string {
	return "sts." + orWord(f.region(), "us-east-1") + ".amazonaws.com"
}

func orWord(known, other string) string {
	if known == "" {
		return other
	}
	return known
}

// NoRegion is a config that doesn't say which STS to ask.
var NoRegion = &Topic{
	"There is no region, or none that the role's STS is in: which STS to ask is not known.",
	func(f Facts) []Step {
		const words = "Set AWS_REGION in the pod spec, or pass config.WithRegion. The EKS webhook sets it; a " +
			"token of EKS names it too"
		hint := ""
		if r := f.clusterRegion(); r != "" {
			hint = " This cluster is in " + r + "."
		}
		if !f.pod().Known() {
			return []Step{say(words + "." + hint)}
		}
		return []Step{run(words+":"+hint, f.pod().SetEnv("AWS_REGION="+Word(f.clusterRegion(), "REGION")))}
	},
}

// RegionMisspelt is a region that AWS doesn't have.
var RegionMisspelt = &Topic{
	"AWS has no region of this name.",
	func(f Facts) []Step {
		var words []string
		for _, name := range f.Variables {
			words = append(words, name+"="+Word(f.clusterRegion(), "REGION"))
		}
		return []Step{run("The cluster is in "+f.clusterRegion()+". If that is the one:", f.pod().SetEnv(words...))}
	},
}

// RegionDisabled is a region whose STS the account has not activated.
var RegionDisabled = &Topic{
	"STS is not activated in this region for the role's account.",
	func(f Facts) []Step {
		step := say("Activate STS in the IAM console (in " + f.account() + "): Account settings, Security Token " +
			"Service, Endpoints.")
		if partition.OptIn(f.region()) {
			step = run("It is one of the regions that have to be enabled (in "+f.account()+"), which takes some "+
				"minutes:",
				"aws account enable-region --region-name "+f.regionWord())
		}
		return []Step{step, say("Or let the pod use another region's STS: set AWS_REGION in its spec.")}
	},
}

// Throttled is an account that asks too often.
var Throttled = &Topic{
	"STS, or EKS Auth behind the EKS Pod Identity agent, throttles the account: too many exchanges at once. The " +
		"exchange is retried, with longer and longer pauses.",
	all(
		say("Load one config and share it: each config that is loaded on its own exchanges on its own. A program "+
			"that has to load many keeps one irsa.Loader."),
		say("Many pods that assume a role in the same second, at the start of a job, are the usual cause: start "+
			"them over a minute."),
	),
}
