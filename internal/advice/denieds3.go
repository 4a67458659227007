package advice

import "strings"

// S3Denied is S3's "Access Denied" without a reason.
var S3Denied = &Topic{
	"S3 denied the request, and doesn't say why: it does so where bucket and caller belong to different " +
		"organizations, " +
		"for a key that doesn't exist where the caller may not list, and for much else.",
	denied(func(_ Facts, d *Denied) []Step {
		steps := []Step{d.allow("The caller's own policy has to allow it:")}
		if d.Action == "s3:GetObject" || d.Action == "s3:GetObjectVersion" {
			list := *d
			list.Action = "s3:ListBucket"
			list.Resource, _, _ = strings.Cut(d.Resource, "/")
			steps = append(steps, list.allow("If it has that, the object may not exist: S3 says 403 instead of "+
				"404 to whoever "+
				"may not list the bucket. To be told:"))
		}
		steps = append(steps, d.admit("resource-policy", "If the bucket is another account's, its policy has to "+
			"admit the "+
			"caller too:")...)
		return append(steps,
			say("Where that is all right: a bucket whose requester pays (RequestPayer of the request, BucketOptions."+
				"RequesterPays), an expected owner that is another, an object that another account owns, a KMS "+
				"key of another "+
				"account, the policy of a VPC endpoint, or a setting of S3 Block Public Access."),
			say("If the endpoint is not AWS's, IAM has no say in it: look at that store's own policies."), seen)
	}),
}

// refusedCodes are those of calls that no policy denied.
var refusedCodes = map[string]*Topic{
	"ExpiredToken":          SessionEnded,
	"ExpiredTokenException": SessionEnded,
	"RequestExpired":        ServiceClock,
	"RequestTimeTooSkewed":  ServiceClock,

	"IncompleteSignature":                 KeysRefused,
	"InvalidAccessKeyId":                  KeysRefused,
	"InvalidClientTokenId":                KeysRefused,
	"InvalidSignatureException":           KeysRefused,
	"InvalidToken":                        KeysRefused,
	"MissingAuthenticationToken":          KeysRefused,
	"MissingAuthenticationTokenException": KeysRefused,
	"SignatureDoesNotMatch":               KeysRefused,
	"UnrecognizedClientException":         KeysRefused,
	"AuthFailure":                         KeysRefused,

	"AccountProblem":                AccountRefused,
	"AllAccessDisabled":             AccountRefused,
	"Blocked":                       AccountRefused,
	"OptInRequired":                 AccountRefused,
	"PendingVerification":           AccountRefused,
	"SubscriptionRequiredException": AccountRefused,

	"AuthorizationHeaderMalformed": OtherRegion,
	"PermanentRedirect":            OtherRegion,
	"InvalidObjectState":           Archived,
	"NotAuthorizedException":       NotByPolicy, // a user of Cognito's, a VPC of Route 53's
}

// SessionEnded is credentials past their end.
var SessionEnded = &Topic{
	"The credentials have ended. A config of irsa.LoadConfig refreshes its own long before.",
	all(say("See that the client was made of that config, and not of credentials that were copied out of it; " +
		"and that " +
		"the machine's clock is right.")),
}

// KeysRefused is credentials that the service doesn't take.
var KeysRefused = &Topic{
	"The service does not accept the credentials, or the signature that was made with them. That is no question of " +
		"permissions.",
	all(
		say("See which credentials the client has, and that they are for this endpoint and partition."),
		say("With good credentials: the region may not be enabled in the account, the role may have been deleted and "+
			"recreated since, or a proxy changes the headers that are signed."),
	),
}

// ServiceClock is a signature from another time.
var ServiceClock = &Topic{
	"This machine's clock and the service's are too far apart for a signed request.",
	all(say("Set the node's clock: EKS's images take it from the Amazon Time Sync Service, 169.254.169.123.")),
}

// AccountRefused is an account that can't use the service.
var AccountRefused = &Topic{
	"The account can't use the service, or the resource is disabled. That is no question of permissions.",
	all(say("Look at what the message names in the account's console: a subscription, a verification, its billing.")),
}

// OtherRegion is a request that was signed for another region than the bucket's.
var OtherRegion = &Topic{
	"The bucket is in another region than the request was signed for.",
	all(say("Set the region of the client (for s3read: BucketOptions.Region) to the bucket's, which the " +
		"message names.")),
}

// Archived is an object in an archive.
var Archived = &Topic{
	"The object is in an archive storage class or tier.",
	all(say("Restore it with RestoreObject, wait until that is done, then read it.")),
}
