package denial

import "strings"

// actionOf is the IAM action that an operation needs, by the SDK's names of service and operation;
// "" where either isn't known, or the operation needs several.
func actionOf(service, operation string, versioned bool) string {
	actions := actionsOf(service, operation)
	if len(actions) != 1 {
		return ""
	}
	if action, ok := ofVersion[actions[0]]; ok && versioned {
		return action
	}
	return actions[0]
}

// actionsOf are all that an operation needs.
func actionsOf(service, operation string) []string {
	prefix, known := prefixes[service]
	if !known || operation == "" {
		return nil
	}
	if actions, ok := operations[service][operation]; ok {
		return actions
	}
	return []string{prefix + ":" + operation}
}

// canonical is an action of a message in IAM's own case, as far as that is known: SQS writes
// "sqs:sendmessage", SNS "SNS:Publish". IAM itself ignores case.
func canonical(action, service, operation string) string {
	for _, known := range append(actionsOf(service, operation), queueActions...) {
		if strings.EqualFold(action, known) {
			return known
		}
	}
	prefix, name, _ := strings.Cut(action, ":")
	return strings.ToLower(prefix) + ":" + name
}

// onBucket reports whether an action of S3 is on a bucket, not on its objects.
func onBucket(action string) bool {
	return strings.HasPrefix(action, "s3:") &&
		(strings.Contains(action, "Bucket") || strings.HasSuffix(action, "Configuration"))
}

// onEverything reports whether a statement that allows an action has to be on "*".
func onEverything(action string) bool {
	return anyResource[action] || strings.HasPrefix(action, "ec2:Describe")
}
