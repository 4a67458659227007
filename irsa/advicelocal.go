package irsa

import (
	"errors"
	"io/fs"
	"strings"
)

// Advice on what fails before any request is made.

var adviseNotConfigured = advice{
	"The container has no web identity, or half of one: AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE come together from the EKS webhook, when a pod is made whose service account is annotated.",
	func(f facts) []string { return injection(f) },
}

var adviseNodeRole = advice{
	"The credentials that were found are the node's, not this pod's: every pod of the node has them. They are not used.",
	func(f facts) []string {
		return append(injection(f), "If the node's role is what this program is to have, say so: irsa.Loader{Fallback: irsa.FallbackNodeRole}.")
	},
}

var adviseShadowed = advice{
	"Other credentials take precedence over the web identity: those given in code, a profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
	func(facts) []string {
		return []string{
			"If the pod's own role is meant, take out what the error names: from the container's env and envFrom (a Secret that is left over from before), or from the code.",
			command("Which variables the container has, without their values:", "kubectl exec POD -- sh -c 'env | cut -d= -f1 | grep ^AWS_'"),
			"If the other credentials are meant, don't ask for the web identity as well: leave out Options.RoleARN, Options.TokenFile and FallbackNone.",
		}
	},
}

var advisePartition = advice{
	"The role and the cluster are in different AWS partitions, which know nothing of each other.",
	func(f facts) []string {
		return []string{"Use a role of an account in the cluster's partition: its ARN begins with arn:aws: in the commercial regions, arn:aws-cn: in China, arn:aws-us-gov: in GovCloud.", correctRole(f)}
	},
}

// injection is how a pod gets its identity.
func injection(f facts) []string {
	steps := []string{"See that the pod's spec names the service account that is meant (serviceAccountName); without one it is \"default\"."}
	const anew = "Annotate the service account with the role, and make the pod anew, since the webhook acts on new pods alone"
	switch {
	case f.pod().Known() && f.RoleARN != "":
		steps = append(steps, command(anew+":", f.pod().SetRole(f.RoleARN), f.pod().Recreate()))
	case f.pod().Known():
		steps = append(steps, command(anew+" (ROLE_ARN is the role's ARN):", f.pod().SetRole(""), f.pod().Recreate()))
	default:
		steps = append(steps, anew+": eks.amazonaws.com/role-arn is the annotation.")
	}
	return append(steps,
		"If one of the two variables is in the pod's spec already, the webhook leaves both alone: take it out. The annotation eks.amazonaws.com/skip-containers leaves containers out, too.")
}

// adviseReading is the advice on a token that could not be read.
func adviseReading(e *Error) advice {
	a := advice{"The token file can't be read, or what is in it is no token.", func(f facts) []string { return []string{wrongFile(f)} }}
	text := ""
	if e.Err != nil {
		text = e.Err.Error()
	}
	switch {
	case errors.Is(e.Err, fs.ErrNotExist):
		a.cause = "The token file is not there: the volume that the webhook adds is not mounted in this container, or the path is wrong."
		a.fix = func(f facts) []string {
			return []string{wrongFile(f), "A pod that has a volume named aws-iam-token of its own does not get the webhook's: rename it, and make the pod anew."}
		}
	case errors.Is(e.Err, fs.ErrPermission):
		a.cause = "The token file is there, but the user that this process runs as may not read it."
		a.fix = func(facts) []string {
			return []string{
				"Give the pod a group for its files:\n  securityContext:\n    fsGroup: 65534",
				"Or let all containers of the pod run as the same user (runAsUser): the kubelet then makes that user the file's owner.",
				"A process that changes its user after it was started (gosu, su-exec) is neither that user nor in that group: let it start as the user that it runs as.",
			}
		}
	case strings.Contains(text, "empty"):
		a.cause = "The token file is empty: nothing that the kubelet writes ever is."
	case strings.Contains(text, "20000"):
		a.cause = "The token file is larger than any token that STS takes (20000 bytes): it is another file."
	}
	return a
}
