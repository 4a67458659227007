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
	all(say("On a person's machine choose a profile (AWS_PROFILE), or sign in. In a container give it an " +
		"identity of its own: on EKS " +
		"a service account with a role.")),
}

// EmptyKeys is a profile that takes its keys from the environment, which has none.
var EmptyKeys = &Topic{
	"The profile takes its credentials from the environment (credential_source = Environment), which has no " +
		"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
	all(say("EKS Pod Identity and ECS are credential_source = EcsContainer. A web identity needs no profile: leave " +
		"credential_source and AWS_PROFILE out.")),
}
