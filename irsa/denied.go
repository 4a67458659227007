package irsa

import (
	"errors"
	"os"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// explainDenied explains a call that an AWS service denied to any client.
func explainDenied(err error) string {
	d, ok := denial.Of(err)
	if !ok {
		return ""
	}
	f := environmentFacts()
	f.Denied = &advice.Denied{Denial: d}
	f.Denied.Caller, f.Denied.Likely = callerOf(err, d.Principal)
	f.RoleARN = f.Denied.Caller
	answered(err, &f)
	if topic := advice.DeniedTopic(f.Denied, f.Code); topic != nil {
		return topic.Explain(f)
	}
	return ""
}

// answered fills in what the client's error says of the call that was answered: the inner one where
// one call failed for want of another.
func answered(err error, f *advice.Facts) {
	var op *smithy.OperationError
	for errors.As(err, &op) {
		f.Denied.Service, f.Denied.Operation = op.Service(), op.Operation()
		err = op.Err
	}
	var (
		api      smithy.APIError
		response interface{ HTTPStatusCode() int }
		id       interface{ ServiceRequestID() string }
	)
	if errors.As(err, &api) {
		f.Code, f.Denied.Message = api.ErrorCode(), api.ErrorMessage()
	}
	if errors.As(err, &response) {
		f.Status = response.HTTPStatusCode()
	}
	if errors.As(err, &id) {
		f.RequestID = id.ServiceRequestID()
	}
}

// callerOf is the role whose session made the call, as this process knows it: by an error around
// the SDK's that has a method DeniedRole, else by AWS_ROLE_ARN where the principal that the service
// names is a session of that role. A service that names none leaves it likely.
func callerOf(err error, principal string) (role string, likely bool) {
	var known interface{ DeniedRole() string }
	if errors.As(err, &known) && known.DeniedRole() != "" {
		return known.DeniedRole(), false
	}
	role = os.Getenv("AWS_ROLE_ARN")
	r, bad := partition.ParseRoleARN(role)
	if bad != nil {
		return "", false
	}
	session := "arn:" + r.Partition + ":sts::" + r.Account + ":assumed-role/" + r.BaseName() + "/"
	if principal == "" || strings.HasPrefix(principal, session) {
		return role, principal == ""
	}
	return "", false
}
