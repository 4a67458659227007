package denial

import (
	"regexp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// phrases are what services say in words of their own. Each is the beginning of the whole message,
// so that no name in a message makes one of it.
var phrases = []struct {
	begin string
	Denial
}{
	{"Access to KMS is not allowed", Denial{PolicyType: "kms", Fix: fixUnknown}}, // Secrets Manager
	{"The ciphertext refers to a customer master key that does not exist", Denial{PolicyType: "kms", Fix: fixUnknown}},
	{"Insufficient Lake Formation permission(s):", Denial{PolicyType: unknown, Fix: fixNone}},
	// Bedrock
	{"You don't have access to the model with the specified model ID", Denial{PolicyType: unknown, Fix: fixNone}},
	{"User not enabled for cost explorer access", Denial{PolicyType: unknown, Fix: fixNone}},
	// An authorizer of API Gateway, which is somebody's code.
	{"User is not authorized to access this resource with an explicit deny",
		Denial{PolicyType: unknown, Deny: explicit, Fix: fixNone}},
}

// phrase reads a message without AWS's sentence.
func (c *call) phrase(message string) (Denial, bool) {
	for _, p := range phrases {
		if strings.HasPrefix(message, p.begin) {
			d := p.Denial
			if d.PolicyType == "kms" {
				d.Action = c.keyAction()
			}
			return d, true
		}
	}
	if arn := queueOf(message); arn != "" {
		return Denial{Resource: arn, PolicyType: unknown, Fix: fixUnknown}, true
	}
	return Denial{PolicyType: unknown, Fix: fixUnknown}, false
}

// keyAction is what a service that keeps its data under a KMS key asks of it: a new key for what is
// written, the old one for what is read.
func (c *call) keyAction() string {
	switch {
	case c.operation == "":
		return ""
	case c.service == "KMS":
		return actionOf(c.service, c.operation, false)
	}
	for _, verb := range []string{"Put", "Create", "Update", "Send", "Publish", "Upload"} {
		if strings.HasPrefix(c.operation, verb) {
			return "kms:GenerateDataKey"
		}
	}
	return "kms:Decrypt"
}

var queueDenied = regexp.MustCompile(
	`^Access to the resource https://sqs\.([a-z0-9-]+)\.([a-z0-9.-]+)/(\d{12})/([\w-]+(?:\.fifo)?) is denied\.?$`)

// queueOf is the ARN of the queue whose URL SQS names, or "".
func queueOf(message string) string {
	m := queueDenied.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	p, ok := partition.OfRegion(m[1])
	if !ok || m[2] != p.DNSSuffix {
		return ""
	}
	return "arn:" + p.ID + ":sqs:" + m[1] + ":" + m[3] + ":" + m[4]
}
