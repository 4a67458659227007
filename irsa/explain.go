package irsa

import (
	"errors"
	"os"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

// Explain says what is wrong, which facts of this pod bear on it, and what to change, as commands
// and JSON to paste: in the account, partition, issuer, namespace and service account that the error
// is about. It has several lines, and holds no secret. It is empty for errors that this package
// knows nothing of. It is safe for concurrent use.
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
		return ""
	}
	f := e.facts
	f.RoleARN, f.Token = e.RoleARN, (*advice.Token)(e.Token)
	f.Endpoint, f.Code, f.Status, f.RequestID = e.Endpoint, e.Code, e.HTTPStatus, e.RequestID
	return topic.Explain(f)
}

// environmentFacts are those that every failure of this process has.
func environmentFacts() advice.Facts {
	pod := podfs.Read()
	f := advice.Facts{
		WebhookFile: pod.EKSToken, Mounted: pod.Mounted,
		STSEndpoint: os.Getenv("AWS_ENDPOINT_URL_STS"), AnyEndpoint: os.Getenv("AWS_ENDPOINT_URL"), NoProxy: os.Getenv("NO_PROXY"),
	}
	if f.NoProxy == "" {
		f.NoProxy = os.Getenv("no_proxy")
	}
	return f
}
