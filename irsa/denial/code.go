package denial

import "net/http"

// A meaning is what an error code says of a call.
type meaning int

const (
	foreign meaning = iota // something else failed than permission
	denied                 // by a policy, as far as the code tells
	refused                // not by a policy: credentials, region, account, storage class
)

// meaningOf is what a service's code means, of which there are few in all of AWS. A response
// without a body has none: S3's client then says Forbidden, others UnknownError, and one that reads
// JSON nothing where the body is a page.
func meaningOf(code string, status int) meaning {
	if code == "UnknownError" || code == "" {
		if status == http.StatusForbidden {
			return denied
		}
		return foreign
	}
	return codes[code]
}

// codes are the services' codes that mean a denial, or look so.
var codes = map[string]meaning{
	"AccessDenied":                    denied, // S3, STS, IAM, SQS and the older services
	"AccessDeniedException":           denied, // most services
	"AccessDeniedFault":               denied, // Database Migration Service
	"AuthorizationError":              denied, // SNS
	"AuthorizationErrorException":     denied, // SNS, by its type
	"AuthorizationFailure":            denied, // SimpleDB
	"Forbidden":                       denied, // S3, of a response without a body
	"ForbiddenException":              denied, // MSK, IoT
	"InsufficientPrivilegesException": denied, // Elastic Beanstalk
	"KMS.AccessDeniedException":       denied, // SQS
	"KMSAccessDenied":                 denied, // SNS
	"KMSAccessDeniedException":        denied, // Lambda, Kinesis
	"KMSAccessDeniedFault":            denied, // Database Migration Service
	"KmsAccessDeniedException":        denied, // Step Functions, CloudWatch
	"NotAuthorized":                   denied, // a common error of several services
	"UnauthorizedOperation":           denied, // EC2

	"AccountProblem":                      refused,
	"AllAccessDisabled":                   refused,
	"AuthFailure":                         refused, // EC2: credentials, or an image that isn't shared
	"AuthorizationHeaderMalformed":        refused, // S3: another region
	"Blocked":                             refused,
	"ExpiredToken":                        refused,
	"ExpiredTokenException":               refused,
	"IncompleteSignature":                 refused,
	"InvalidAccessKeyId":                  refused,
	"InvalidClientTokenId":                refused,
	"InvalidObjectState":                  refused, // S3: archived
	"InvalidSignatureException":           refused,
	"InvalidToken":                        refused,
	"MissingAuthenticationToken":          refused,
	"MissingAuthenticationTokenException": refused,
	"NotAuthorizedException":              refused, // Cognito: a user's password; Route 53: a VPC
	"OptInRequired":                       refused,
	"PendingVerification":                 refused,
	"PermanentRedirect":                   refused, // S3: another region
	"RequestExpired":                      refused,
	"RequestTimeTooSkewed":                refused,
	"SignatureDoesNotMatch":               refused,
	"SubscriptionRequiredException":       refused,
	"UnrecognizedClientException":         refused,
}

// keyCodes are those of a service that was denied the use of a KMS key.
var keyCodes = map[string]bool{
	"KMS.AccessDeniedException": true,
	"KMSAccessDenied":           true,
	"KMSAccessDeniedException":  true,
	"KMSAccessDeniedFault":      true,
	"KmsAccessDeniedException":  true,
}
