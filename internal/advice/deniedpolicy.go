package advice

import (
	"strings"
)

// A policyOf is how the AWS CLI fetches and puts the policy of a service's resources.
type policyOf struct {
	fetch string // prints the document
	put   string // takes it from policy.json
}

// resourcePolicy is that of a resource, by its ARN; false where this package knows none.
func resourcePolicy(arn string) (policyOf, bool) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 {
		return policyOf{}, false
	}
	name, region := f[5], ""
	if f[3] != "" {
		region = regionOption(f[3])
	}
	const file = "file://policy.json"
	switch f[2] {
	case "s3":
		bucket, _, _ := strings.Cut(name, "/")
		if f[4] != "" {
			return policyOf{}, false // an access point has a policy of its own
		}
		b := " --bucket " + Word(only(bucketForm, bucket), "BUCKET")
		return policyOf{"aws s3api get-bucket-policy" + b + " --query Policy --output text",
			"aws s3api put-bucket-policy" + b + " --policy " + file}, true
	case "kms":
		key := " --key-id " + Word(only(keyForm, arn), "KEY_ARN") + " --policy-name default" + region
		return policyOf{"aws kms get-key-policy" + key + " --query Policy --output text",
			"aws kms put-key-policy" + key + " --policy " + file}, true
	case "sns":
		topic := " --topic-arn " + Word(only(arnForm, arn), "TOPIC_ARN") + region
		return policyOf{"aws sns get-topic-attributes" + topic + " --query Attributes.Policy --output text",
			"aws sns set-topic-attributes" + topic + " --attribute-name Policy --attribute-value " + file}, true
	case "sqs":
		queue := ` --queue-url "$(aws sqs get-queue-url --queue-name ` + Word(only(queueForm, name), "QUEUE") +
			" --queue-owner-aws-account-id " +
			Word(only(accountForm, f[4]), "ACCOUNT") + region + ` --query QueueUrl --output text)"` + region
		return policyOf{
			"aws sqs get-queue-attributes" + queue + " --attribute-names Policy --query Attributes.Policy " +
				"--output text",
			"aws sqs set-queue-attributes" + queue + ` --attributes "$(jq '{Policy: tojson}' policy.json)"`}, true
	case "secretsmanager":
		secret := " --secret-id " + Word(only(arnForm, arn), "SECRET_ARN") + region
		return policyOf{"aws secretsmanager get-resource-policy" + secret + " --query ResourcePolicy --output text",
			"aws secretsmanager put-resource-policy" + secret + " --resource-policy " + file}, true
	}
	return policyOf{}, false
}

// admit is how the policy of the resource, or of its key, admits the caller: the statement first,
// and where the policy can be fetched, how it is added to what is there.
func (d *Denied) admit(fix, words string) []Step {
	s, ok := d.statement(fix)
	if !ok {
		return []Step{say(strings.TrimSuffix(words, ":") + ": " + d.need() + ", for the caller's role.")}
	}
	steps := []Step{run(words, s)}
	p, ok := resourcePolicy(d.Resource)
	if !ok || d.Caller == "" {
		return steps
	}
	return append(steps,
		run("Fetch the present policy, add the statement, and read the whole "+
			"of it (in "+d.owner()+"; without a policy "+
			"there is nothing to fetch, and policy.json stays empty: then put a document with this statement alone):",
			merge(p.fetch, s, "policy.json")),
		run("If that is what it should be:", ifMerged(p.put)))
}
