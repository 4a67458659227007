package irsa

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
)

// Explain says what is wrong, which facts of this pod bear on it, and what to change: commands and
// JSON to paste, in the account, partition, issuer, namespace and service account that the error is
// about. The text has several lines, ends with a line feed, and holds no secret.
//
// It returns "" for nil, for an error without an *[Error] in its chain, and where nothing is known
// of the cause. It makes no request, and is safe for concurrent use.
//
// It explains this package's own errors, and those of any AWS client whose call was denied: who was
// denied what, by which kind of policy, and whose it is to change, as far as the service says it
// (see package denial). No command replaces a policy that it didn't show.
//
//	cfg, err := irsa.LoadConfig(ctx)
//	if err != nil {
//		log.Fatal(err, "\n", irsa.Explain(err))
//	}
func Explain(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return explainDenied(err)
	}
	topic := e.topic
	if topic == nil {
		topic = topicOfReason(e.Reason)
	}
	if topic == nil {
		return explainDenied(e.Err)
	}
	f := e.facts
	f.RoleARN, f.Token = e.RoleARN, (*advice.Token)(e.Token)
	f.Endpoint, f.Code, f.Status, f.RequestID = e.Endpoint, e.Code, e.HTTPStatus, e.RequestID
	return topic.Explain(f)
}

// environmentFacts returns the facts that every failure of this process has. They are read when an
// Error is made, because they may be different by the time it is explained.
func environmentFacts() advice.Facts {
	pod := podfs.Read()
	f := advice.Facts{
		WebhookFile: pod.EKSToken, Mounted: pod.Mounted,
		STSEndpoint: os.Getenv("AWS_ENDPOINT_URL_STS"), AnyEndpoint: os.Getenv("AWS_ENDPOINT_URL"),
		NoProxy: os.Getenv("NO_PROXY"),
	}
	if f.NoProxy == "" {
		f.NoProxy = os.Getenv("no_proxy")
	}
	return f
}

// An explained error is a cause without a Reason: callers need not branch on it, but Explain has
// advice of its own for it.
type explained struct {
	error
	topic *advice.Topic
}

// Unwrap returns the cause.
func (e *explained) Unwrap() error { return e.error }

// advised gives a cause its topic in the place where it arises, so that no text is matched later.
func advised(topic *advice.Topic, cause error) error { return &explained{cause, topic} }

// localError makes the Error of a failure before any request.
func localError(op, role string, reason, err error) *Error {
	e := &Error{Op: op, RoleARN: role, Reason: reason, Err: err, facts: environmentFacts()}
	var x *explained
	if errors.As(err, &x) {
		e.topic = x.topic
	}
	return e
}

// notLoaded makes the Error of a config that the SDK does not load.
func notLoaded(role string, err error) *Error {
	e := localError(opLoad, role, nil, err)
	e.topic, e.facts.Variables = topicOfLoad(err), precedence.VariablesIn(err)
	_, e.Token = whoAmI(podfs.Read()) // whose pod spec is to be changed
	return e
}

// topicOfLoad returns the topic of a config that the SDK does not load. The errors of some of its
// reasons have no type.
func topicOfLoad(err error) *advice.Topic {
	var (
		source config.SharedConfigAssumeRoleError
		mfa    config.AssumeRoleTokenProviderNotSetError
		absent config.SharedConfigProfileNotExistError
		role   config.CredentialRequiresARNError
		file   config.SharedConfigLoadError
		call   *smithy.OperationError
	)
	text := err.Error()
	switch {
	case errors.As(err, &mfa):
		return advice.MFA
	case errors.As(err, &source):
		return advice.SourceProfile
	case errors.As(err, &absent):
		return advice.ProfileMissing
	case errors.As(err, &role):
		return advice.ProfileWithoutRole
	case errors.As(err, &file):
		return advice.ConfigFile
	case errors.As(err, &call) && call.Service() == "ec2imds":
		return advice.MetadataRegion
	case strings.Contains(text, "EcsContainer was specified"):
		return advice.AgentNotInjected
	case strings.Contains(text, "invalid endpoint host"):
		return advice.AgentAddress
	case strings.Contains(text, "custom RootCAs"), strings.Contains(text, "custom CA bundle"),
		slices.Contains(precedence.VariablesIn(err), "AWS_CA_BUNDLE"):
		return advice.CABundle
	}
	return advice.NotLoaded
}
