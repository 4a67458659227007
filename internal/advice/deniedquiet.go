package advice

// NotSigned is a request without credentials.
var NotSigned = &Topic{
	"The request was not signed: the service took it for anybody's.",
	all(say("Give the client credentials: the config of irsa.LoadConfig, and no aws.AnonymousCredentials. Don't open " +
		"the resource to everyone.")),
}

// NotByPolicy is a call that is refused for something else than a permission.
var NotByPolicy = &Topic{
	"The service refuses the call for what its message says. No policy that allows more helps.",
	all(say("Change what the message names: the request (a public ACL, an encryption that the bucket blocks), a " +
		"setting " +
		"of the service, or a grant that the service keeps itself (Lake Formation, model access of Bedrock).")),
}

// EncodedDenied is EC2's denial, of which only an encoded message tells more.
var EncodedDenied = &Topic{
	"The service denied the call, and says which policy did in an encoded message.",
	denied(func(_ Facts, d *Denied) []Step {
		_, blob := d.said()
		if len(blob) > maxEncoded {
			blob = ""
		}
		steps := []Step{run("Decode it. That needs sts:DecodeAuthorizationMessage on \"*\":",
			"aws sts decode-authorization-message --encoded-message "+Word(blob, "ENCODED_MESSAGE")+
				" --query DecodedMessage --output text")}
		return append(steps, d.allow("If no policy matches there, allow the action in the role's own policies:"), seen)
	}),
}

// SilentlyDenied is a service that denies and doesn't say why.
var SilentlyDenied = &Topic{
	"The service denied the call, and doesn't say which policy did.",
	denied(func(_ Facts, d *Denied) []Step {
		steps := []Step{d.allow("The caller's own policy has to allow it:")}
		if d.foreign() {
			steps = append(steps, d.admit("resource-policy", "The resource is in another account, whose policy "+
				"has to admit "+
				"the caller too (in "+d.owner()+"):")...)
		}
		return append(steps, say("If both are right, look at permissions boundaries, at the organization's "+
			"policies, and at "+
			"the policy of a VPC endpoint. CloudTrail has the call, in the account whose policy denied it."), seen)
	}),
}
