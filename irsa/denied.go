package irsa

import (
	"cmp"
	"context"
	"errors"
	"os"
	"reflect"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

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

// A deniedCall is the error of a call that was denied to a client of a loaded config, along with
// what the client knows of it and the service often doesn't say. Package denial asks for it.
type deniedCall struct {
	error
	role, resource, version string
}

// Unwrap returns the service's error.
func (d *deniedCall) Unwrap() error { return d.error }

// DeniedRole is the ARN of the role whose session signed the request; "" where it is none of this
// package's Providers.
func (d *deniedCall) DeniedRole() string { return d.role }

// DeniedResource is the ARN of the bucket or object that the request is for; "" for other services.
func (d *deniedCall) DeniedResource() string { return d.resource }

// DeniedVersion is the version of the object that the request is for; "" for the newest.
func (d *deniedCall) DeniedVersion() string { return d.version }

// deniedTo adds to a service's error what is known of a call, where the error says that it was
// denied. The role is empty where another's credentials signed the request: of a chain's steps,
// one at most knows it.
func deniedTo(ctx context.Context, role string, err error) error {
	var d *deniedCall
	if errors.As(err, &d) {
		d.role = cmp.Or(d.role, role)
		return err
	}
	if _, ok := denial.Of(err); !ok {
		return err
	}
	d = &deniedCall{error: err, role: role}
	if awsmiddleware.GetServiceID(ctx) == "S3" {
		in := middleware.GetStackValue(ctx, callKey{})
		d.resource = partition.S3ARN(awsmiddleware.GetRegion(ctx), inputField(in, "Bucket"), inputField(in, "Key"))
		d.version = inputField(in, "VersionId")
	}
	return d
}

// callKey is the key of an operation's input in a call's context.
type callKey struct{}

// A callStep is a middleware that keeps an operation's input for deniedTo, which sees the request
// alone: the path of a URL doesn't tell a bucket from a key.
type callStep struct{}

// ID names the step.
func (callStep) ID() string { return "irsaCall" }

// HandleInitialize passes the call on.
func (callStep) HandleInitialize(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(middleware.WithStackValue(ctx, callKey{}, in.Parameters), in)
}

// inputField returns a string of an operation's input, which is a pointer to a struct of pointers;
// "" where the operation has none of that name. A hundred operations of S3 share the names.
func inputField(input any, name string) string {
	v := reflect.ValueOf(input)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return ""
	}
	if field := v.Elem().FieldByName(name); field.IsValid() {
		if s, ok := field.Interface().(*string); ok && s != nil {
			return *s
		}
	}
	return ""
}
