package advice

// Topics of credentials that are not an identity of the pod: what else the SDK's chain finds.

// OtherSource is a failure of credentials that are not the web identity's.
var OtherSource = &Topic{
	"The credentials come from another source than the web identity.",
	all(say("Correct what the message names: a profile, or another source of credentials.")),
}

// Process is a credential process that failed.
var Process = &Topic{
	"The profile's credential_process gives no credentials.",
	all(say("Run the command of the profile by hand, as the same user and with the same environment: what it " +
		"writes to its " +
		"standard error went to this program's. An image often lacks the program, or what it is signed in with.")),
}

// SignIn is a session of IAM Identity Center, or of the console, that has ended or never began.
var SignIn = &Topic{
	"The profile's sign-in (IAM Identity Center, or aws login) has no session, or it has ended.",
	all(say("On a person's machine sign in again: aws sso login, or aws login where the profile has a " +
		"login_session, with --profile where it is not the default one. " +
		"A pod can't: " +
		"leave the profile out of its image and of AWS_PROFILE, and give its service account a role.")),
}

// NothingFound is an instance metadata service that gives no credentials, where nothing else does.
var NothingFound = &Topic{
	"There are no credentials: not in the environment, not in a profile, and the instance metadata service gives none.",
	all(
		say("On a person's machine choose a profile (AWS_PROFILE), or sign in. In a container give it an "+
			"identity of its own: on EKS "+
			"a service account with a role."),
		say("Where kube2iam or kiam answers in the place of the instance metadata, see that the pod's annotation "+
			"iam.amazonaws.com/role names a role that it may assume, and what the one on this node logs."),
	),
}

// EmptyKeys is a profile that takes its keys from the environment, which has none.
var EmptyKeys = &Topic{
	"The profile takes its credentials from the environment (credential_source = Environment), which has no " +
		"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
	all(say("EKS Pod Identity and ECS are credential_source = EcsContainer. A web identity needs no profile: leave " +
		"credential_source and AWS_PROFILE out.")),
}

// CABundle is AWS_CA_BUNDLE, or ca_bundle of a profile, that can't be used.
var CABundle = &Topic{
	"AWS_CA_BUNDLE, or ca_bundle of the profile, can't be used: there is no such file, it holds no certificate in " +
		"PEM form, or the program has an HTTP client of its own, whose certificates the SDK doesn't change.",
	func(f Facts) []Step {
		return []Step{
			say("Mount the bundle at the path that the variable names, in PEM form."),
			say("A program with a client of its own gives it the certificates by itself, or takes the SDK's: " +
				"awshttp.NewBuildableClient().WithTransportOptions(…)."),
			run("Or leave the variable out:", f.pod().SetEnv("AWS_CA_BUNDLE-")),
		}
	},
}

// SourceProfile is a profile that assumes a role with a source that gives nothing.
var SourceProfile = &Topic{
	"The profile assumes a role with another profile (source_profile), which is missing or has no credentials.",
	all(say("Correct source_profile in the shared config file. In a pod no profile is needed for another role: " +
		"irsa.AssumeRole adds one to the pod's own.")),
}

// MFA is a profile whose role wants the code of a device.
var MFA = &Topic{
	"The profile's role wants a code of a person's device (mfa_serial), and nobody in a pod types one.",
	all(say("Leave the profile out of AWS_PROFILE and of the image, and give the service account a role. On a " +
		"person's machine give the code by config.WithAssumeRoleCredentialOptions (TokenProvider).")),
}
