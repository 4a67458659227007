package denial

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A Denial is what is known of a call that was denied. A string that isn't known is empty.
type Denial struct {
	// Principal is the ARN of who was denied, as the service has it: for a role its session,
	// "arn:aws:sts::111122223333:assumed-role/reader/session"; "anonymous" where the request was
	// not signed.
	Principal string

	// Action is the IAM action: as the message has it, else the one that the operation needs where
	// it needs one. Its case is IAM's own where that is known.
	Action string

	// Resource is as the message has it: an ARN, "*", or a name; else the one that the errors
	// around the SDK's name.
	Resource string

	// PolicyType is the kind of policy that denied: "identity", "resource", "boundary", "session",
	// "scp" (service control policy), "rcp" (resource control policy), "vpce" (VPC endpoint
	// policy), "kms" (a key's policy), or "unknown".
	PolicyType string

	// PolicyARN is the policy that denied explicitly, where the message names it.
	PolicyARN string

	// Deny is "explicit" where a policy denies the call, "implicit" where none allows it, and empty
	// where the message says neither.
	Deny string

	// Fix says whose it is to change what: "identity-statement" (the caller's own policy lacks a
	// statement), "resource-policy", "key-policy", "boundary", "organization", "endpoint-policy",
	// "none" (no policy that allows more would help), or "unknown".
	Fix string
}

const (
	unknown  = "unknown"
	explicit = "explicit"
	implicit = "implicit"
)

// Of says what was denied, by the error of any AWS client. It is false where nothing was denied, or
// err is no service's answer. A call that was refused for another reason than a policy, such as
// credentials that have expired, is a Denial with the Fix "none", of which no more is known.
func Of(err error) (Denial, bool) {
	c, answered := callOf(err)
	if !answered {
		return Denial{PolicyType: unknown, Fix: unknown}, false
	}
	switch meaningOf(c.code, c.status) {
	case denied:
		return c.denial(), true
	case refused:
		return Denial{PolicyType: unknown, Fix: fixNone}, true
	}
	return Denial{PolicyType: unknown, Fix: unknown}, false
}

// Parse says what a service's message says by itself. It is false where the message holds no
// sentence that AWS denies a call with, as "Access Denied" does not.
func Parse(message string) (Denial, bool) {
	c := call{message: message}
	return c.read()
}

// A call is what a client's error holds of the call that failed.
type call struct {
	service, operation string // the SDK's names
	code, message      string
	status             int
	resource, version  string // by the errors around the SDK's
}

// callOf takes the error of a client apart. Where one call failed for want of another, as of
// credentials that STS would not give, it is the inner one that was answered.
func callOf(err error) (c call, answered bool) {
	c.target(err)
	var op *smithy.OperationError
	for inner := false; errors.As(err, &op); inner = true {
		c.service, c.operation = op.Service(), op.Operation()
		err = op.Err
		if inner {
			c.target(err)
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		c.code, c.message = api.ErrorCode(), api.ErrorMessage()
		answered = true
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil && response.Response.Response != nil {
		c.status = response.HTTPStatusCode()
	}
	// A client that reads JSON makes no APIError of a page in HTML.
	return c, answered || op != nil && c.status == http.StatusForbidden
}

// target is what the request was for, by the errors around the SDK's.
func (c *call) target(err error) {
	c.resource, c.version = "", ""
	var resource interface{ DeniedResource() string }
	if errors.As(err, &resource) {
		c.resource = resource.DeniedResource()
	}
	var version interface{ DeniedVersion() string }
	if errors.As(err, &version) {
		c.version = version.DeniedVersion()
	}
}

// denial is what a call that was denied says, and its operation where the message leaves something
// open.
func (c *call) denial() Denial {
	d, ok := c.read()
	if !ok {
		d = Denial{PolicyType: unknown, Fix: unknown}
		if keyCodes[c.code] {
			d.PolicyType, d.Action = "kms", c.keyAction()
		}
	}
	if d.Action == "" {
		d.Action = actionOf(c.service, c.operation, c.version != "")
	}
	if d.Resource == "" {
		d.Resource = c.targetOf(d.Action)
	}
	return d
}

// read is what the message says.
func (c *call) read() (Denial, bool) {
	message := c.message
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	if s, ok := parseSentence(message); ok {
		d := Denial{
			Principal: s.principal, Resource: s.resource,
			PolicyType: s.reason.policyType, PolicyARN: s.reason.policyARN, Deny: s.reason.deny,
		}
		d.Action = canonical(s.action, c.service, c.operation)
		d.Fix = s.reason.fix
		if d.Fix == "" {
			d.settle()
		}
		return d, true
	}
	return c.phrase(message)
}

// targetOf is the resource that the request was for, where it is one of the action's service.
func (c *call) targetOf(action string) string {
	prefix, _, _ := strings.Cut(action, ":")
	f := strings.SplitN(c.resource, ":", 6)
	if len(f) < 6 || f[2] != prefix || !fit(c.resource) {
		return ""
	}
	// A bucket's ARN has neither region nor account.
	switch bucket, _, keyed := strings.Cut(c.resource, "/"); {
	case onBucket(action):
		return bucket
	case prefix == "s3" && f[4] == "" && !keyed:
		return "" // an action on objects, of which the request names none or several
	}
	return c.resource
}
