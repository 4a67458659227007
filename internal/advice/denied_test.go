package advice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

const (
	ownRole = "arn:aws:iam::111122223333:role/teams/reader"
	ownUser = "User: arn:aws:sts::111122223333:assumed-role/reader/session is not authorized to perform: "
)

// deniedCall are the facts of a call that was denied with a message; the caller is ownRole where
// known says so.
func deniedCall(t *testing.T, service, operation, message string, known bool) advice.Facts {
	t.Helper()
	d, _ := denial.Parse(message)
	x := &advice.Denied{Denial: d, Service: service, Operation: operation, Message: message}
	if known {
		x.Caller = ownRole
	}
	return advice.Facts{RoleARN: x.Caller, Denied: x, Code: "AccessDenied", Status: 403}
}

func explain(f advice.Facts) string { return advice.DeniedTopic(f.Denied, f.Code).Explain(f) }

// An expectation is how a denial is explained.
type expectation struct {
	service, message string
	topic            *advice.Topic
	says, not        []string // not: of what to do
}

// no is AWS's sentence of a policy that doesn't allow an action on a resource.
func no(kind, action, resource string) string {
	return ownUser + action + " on resource: " + resource + " because no " + kind + " allows the " + action + " action"
}

// deny is that of one that denies it.
func deny(kind, action, resource string) string {
	return ownUser + action + " on resource: " + resource + " with an explicit deny in " + kind
}

const (
	ourQueue   = "arn:aws:sqs:eu-west-1:111122223333:orders"
	theirQueue = "arn:aws:sqs:eu-west-1:444455556666:orders"
	theirKey   = "arn:aws:kms:eu-west-1:444455556666:key/k"
	object     = `"arn:aws:s3:::b/k"`
	orgPolicy  = "arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-x"
)

var expectations = map[string]expectation{
	"a missing statement": {
		"SQS", no("identity-based policy", "sqs:sendmessage", ourQueue),
		advice.ActionMissing,
		[]string{"put-role-policy --role-name reader --policy-name allow-sqs-SendMessage-", "replaces none"},
		[]string{"set-queue-attributes"},
	},
	"an own Deny": {
		"SQS", deny("an identity-based policy", "sqs:sendmessage", ourQueue),
		advice.OwnPolicyDenied,
		[]string{"No statement that allows it helps", "list-attached-role-policies --role-name reader"},
		[]string{"put-"},
	},
	"another account's queue": {
		"SQS", no("resource-based policy", "sqs:sendmessage", theirQueue),
		advice.ResourceDenied,
		[]string{
			`"AWS": "` + ownRole + `"`, "get-queue-attributes", "(in account 444455556666)",
			"own policy has to allow it too",
		},
		nil,
	},
	"another account's Deny": {
		"SQS", deny("a resource-based policy", "sqs:sendmessage", theirQueue),
		advice.ResourceDenied,
		[]string{"narrow the Deny", "account 444455556666"},
		[]string{"aws ", `Allow"`},
	},
	"another account's bucket": {
		"S3", no("resource-based policy", "s3:GetObject", object),
		advice.ResourceDenied,
		[]string{"get-bucket-policy --bucket b ", "put-bucket-policy --bucket b --policy file://", "put-role-policy"},
		nil,
	},
	"a key behind S3": {
		"S3", no("resource-based policy", "kms:Decrypt", theirKey),
		advice.KeyDenied,
		[]string{"aws/s3", `"Resource": "*"`, "get-key-policy", "account 444455556666",
			`"Resource": "` + theirKey + `"`},
		nil,
	},
	"a boundary": {
		"SQS", no("permissions boundary", "sqs:sendmessage", ourQueue),
		advice.BoundaryDenied,
		[]string{"Role.PermissionsBoundary", "The statement that the boundary lacks",
			"has to allow the action besides"},
		[]string{"put-"},
	},
	"an organization": {
		"SQS", deny("a service control policy: "+orgPolicy, "sqs:sendmessage", ourQueue),
		advice.OrganizationDenied,
		[]string{"management account", `by          "` + orgPolicy + `"`},
		[]string{"put-", "{"},
	},
	"an endpoint": {
		"SQS", no("VPC endpoint policy", "sqs:sendmessage", ourQueue),
		advice.EndpointDenied,
		[]string{"describe-vpc-endpoints", `"aws:PrincipalArn": "` + ownRole + `"`},
		[]string{"put-", "modify-"},
	},
	"a session": {
		"SQS", no("session policy", "sqs:sendmessage", ourQueue),
		advice.SessionDenied,
		[]string{"in code, not in IAM"},
		[]string{"aws "},
	},
	"nobody": {
		"SQS", "User: anonymous is not authorized to perform: sqs:sendmessage on resource: " + ourQueue,
		advice.NotSigned,
		[]string{"irsa.LoadConfig"},
		[]string{"aws iam"},
	},
	"a setting": {
		"S3", ownUser + "s3:PutObject on resource: " + object +
			" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
		advice.NotByPolicy,
		[]string{"BlockPublicAcls"},
		[]string{"put-"},
	},
	"an encoded message": {
		"EC2", "You are not authorized to perform this operation. Encoded authorization failure message: Ab_c-9",
		advice.EncodedDenied,
		[]string{"aws sts decode-authorization-message --encoded-message Ab_c-9 ", "sts:DecodeAuthorizationMessage"},
		[]string{"operation. Encoded"},
	},
	"silence":            {"S3", "Access Denied", advice.S3Denied, []string{"requester pays", "not AWS's"}, nil},
	"silence of another": {"IoT", "UnknownError", advice.SilentlyDenied, []string{"CloudTrail"}, nil},
	"a policy of tomorrow": {
		"SQS", no("galactic policy", "sqs:sendmessage", ourQueue),
		advice.SilentlyDenied,
		[]string{"galactic policy"},
		nil,
	},
}

func TestEachKindOfDenialIsExplainedByWhoseItIs(t *testing.T) {
	for name, want := range expectations {
		t.Run(name, func(t *testing.T) {
			f := deniedCall(t, want.service, "Operation", want.message, true)
			assert.Same(t, want.topic, advice.DeniedTopic(f.Denied, f.Code))
			text := explain(f)
			for _, s := range want.says {
				assert.Contains(t, text, s)
			}
			_, todo, _ := strings.Cut(text, "What to do:")
			for _, s := range want.not {
				assert.NotContains(t, todo, s)
			}
		})
	}
}

func TestAMissingKeyIsNamedAsACauseWhereTheCallerMayNotList(t *testing.T) {
	f := deniedCall(t, "S3", "GetObject", "Access Denied", true)
	f.Denied.Action, f.Denied.Resource = "s3:GetObject", "arn:aws:s3:::b/a/key"
	text := explain(f)
	assert.Contains(t, text, "S3 says 403 instead of 404")
	assert.Contains(t, text, `"Resource": "arn:aws:s3:::b/a/key"`)
	assert.Regexp(t, `"Action": "s3:ListBucket",\s+"Resource": "arn:aws:s3:::b"`, text)
}

func TestAPrincipalThatOnlyTheServiceNamesIsGrantedNothing(t *testing.T) {
	for _, message := range []string{
		no("resource-based policy", "s3:GetObject", object),
		no("identity-based policy", "s3:GetObject", object),
		no("resource-based policy", "kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/k"),
		no("VPC endpoint policy", "sqs:sendmessage", ourQueue),
	} {
		message = strings.Replace(message, "111122223333:assumed-role/reader", "666677778888:assumed-role/evil", 1)
		_, todo, _ := strings.Cut(explain(deniedCall(t, "S3", "GetObject", message, false)), "What to do:")
		assert.NotContains(t, todo, "666677778888")
		assert.NotContains(t, todo, "evil")
		assert.Contains(t, todo, "this process doesn't know it for its own")
	}
	node := strings.Replace(ownUser, "reader/session", "node/i-0abcd1234ef567890", 1)
	f := deniedCall(t, "S3", "ListBuckets", node+"s3:ListAllMyBuckets", false)
	assert.Contains(t, explain(f), "credentials of the node")
}
