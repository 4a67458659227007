package irsa

import (
	"errors"
	"os"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
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
