package advice

import (
	"cmp"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// Topics of where a pod gets its identity from.

// NotInjected is a container without a web identity, or with half of one.
var NotInjected = &Topic{
	"The container has no web identity, or half of one. The EKS webhook sets AWS_ROLE_ARN and " +
		"AWS_WEB_IDENTITY_TOKEN_FILE " +
		"together, when a pod is created whose service account is annotated with a role.",
	injection,
}

// NodeRole is a config whose credentials would be the node's.
var NodeRole = &Topic{
	"What is left are the credentials of the instance metadata service: those of the node instance role, which every " +
		"pod of the node can get, or of a role that kube2iam or kiam chooses. They are not used.",
	func(f Facts) []Step {
		return append(injection(f),
			say("If this program is meant to use the node instance role, say so: irsa.Loader{Fallback: "+
				"irsa.FallbackNodeRole}."),
			say("Where kube2iam or kiam answers in the place of the instance metadata, by the pod's annotation "+
				"iam.amazonaws.com/role, the same setting uses its role until the service account has one."))
	},
}

// injection is how a pod gets its identity: by the most likely reason why it has none.
func injection(f Facts) []Step {
	p := f.pod()
	switch {
	case f.Present != "":
		return []Step{run("The pod spec (or its image, or a ConfigMap) sets "+f.Present+" itself, and the "+
			"webhook then injects neither. "+
			"Remove it, and let the webhook set both:", p.SetRole(f.RoleARN), p.SetEnv(f.Present+"-"))}
	case f.Mounted:
		return []Step{
			run("The token is mounted, so the webhook has seen the pod. Where the pod spec sets one of the "+
				"variables, even to an empty "+
				"value, the webhook injects neither. "+
				"Remove them:", p.SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-")),
			say("If the spec does not set them, the program was started with an environment of its own (env -i, " +
				"sudo, su -, cron): " +
				"pass both on to it."),
		}
	case p.ServiceAccount == "default":
		return []Step{
			run("The pod runs as the namespace's default service account: is serviceAccountName missing in its "+
				"spec? Name the one "+
				"that is annotated:", p.SetServiceAccount()),
			run("Or annotate this one, if it is the one that the role trusts:", p.SetRole(f.RoleARN), p.Recreate()),
		}
	}
	return []Step{
		run("The webhook injects what the service account's annotation says when a pod is created. See what "+
			"it says:", p.ServiceAccountYAML()),
		run("Without eks.amazonaws.com/role-arn, annotate it. With it, the pod is older than the annotation, or "+
			"was created while the "+
			"webhook was down. Either way recreate it:", p.SetRole(f.RoleARN), p.Recreate()),
		say("A container that the pod's annotation eks.amazonaws.com/skip-containers names is left out on " +
			"purpose."),
		associations(f, "With EKS Pod Identity there is no annotation. Where an association is listed, the pod is "+
			"older than it, or the webhook missed it: recreate it"),
	}
}

// RunInPod is a doctor that was started outside of a pod.
var RunInPod = &Topic{
	"This is not a pod.",
	all(run("Run this where the program runs: copied there, if its image has tar, or as a Job of its service "+
		"account:",
		`kubectl -n "${NAMESPACE:?}" cp doctor "${POD:?}":/tmp/doctor`,
		`kubectl -n "${NAMESPACE:?}" exec "${POD:?}" -- /tmp/doctor`)),
}

// Shadowed is a web identity that other credentials take precedence over.
var Shadowed = &Topic{
	"Other credentials take precedence over the web identity: those given in code, a profile, or " +
		"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
	func(f Facts) []Step {
		if len(f.Variables) > 0 {
			return []Step{run("Remove them from the pod spec, its Secrets and ConfigMaps, and "+
				"the image:", f.pod().SetEnv(removals(f.Variables)...))}
		}
		return []Step{
			say("If the pod's own role is meant, remove what the error names: from the container's env and " +
				"envFrom (a leftover Secret), or from the code."),
			run("Which variables the container has, without their "+
				"values:", `kubectl exec "${POD:?}" -- sh -c 'env | cut -d= -f1 | grep ^AWS_'`),
			say("If the other credentials are meant, don't ask for the web identity as well: leave out " +
				"Options.RoleARN, Options.TokenFile and FallbackNone."),
		}
	},
}

// removals are the words of kubectl set env that remove variables.
func removals(names []string) []string {
	var words []string
	for _, name := range names {
		if IsVariable(name) {
			words = append(words, name+"-")
		}
	}
	return words
}

// PodIdentity is an EKS Pod Identity association beside, or in place of, a web identity.
var PodIdentity = &Topic{
	"EKS Pod Identity is injected into this pod.",
	func(f Facts) []Step {
		words := "If the role of the service account's annotation is meant, remove the association"
		if f.RoleARN != "" && f.TokenFile != "" {
			words = "To stay with the web identity, remove the association"
		}
		p := f.pod()
		where := ` --cluster-name "${CLUSTER:?}"`
		if region := cmp.Or(f.clusterRegion(), f.ownRegion()); region != "" {
			where += regionOption(region)
		}
		list := "aws eks list-pod-identity-associations" + where + " --namespace " + Word(named(p.Namespace),
			"NAMESPACE") +
			" --service-account " + Word(named(p.ServiceAccount), "SERVICE_ACCOUNT") + " --query " +
			"'associations[0].associationId' --output text"
		remove := run(words+" (CLUSTER is the cluster's name). The first command shows it, and the role that it "+
			"is for, which nothing else has:",
			"aws eks describe-pod-identity-association"+where+` --association-id "$(`+list+`)"`,
			"aws eks delete-pod-identity-association"+where+` --association-id "$(`+list+`)"`, p.Recreate())
		if f.RoleARN == "" || f.TokenFile == "" {
			return []Step{remove}
		}
		return []Step{
			run("To go over to EKS Pod Identity, remove the web identity's variables from the pod spec, and "+
				"recreate the pod:",
				p.SetEnv("AWS_ROLE_ARN-", "AWS_WEB_IDENTITY_TOKEN_FILE-"), p.Recreate()),
			remove,
		}
	},
}

func (f Facts) ownRegion() string {
	if f.Own == nil {
		return ""
	}
	i, _ := partition.ParseIssuer(f.Own.Issuer)
	return i.Region
}

// NotLoaded is a config that the SDK does not load.
var NotLoaded = &Topic{
	"The config does not load.",
	func(f Facts) []Step {
		if words := removals(f.Variables); len(words) > 0 {
			return []Step{run("Correct what the message names, or leave it out:", f.pod().SetEnv(words...))}
		}
		return []Step{say("Correct what the message names, a variable in the pod spec or an entry of the shared " +
			"config file, and recreate the pod.")}
	},
}

// NotUsed is a web identity that is there and not in use.
var NotUsed = &Topic{"The credentials are not the web identity's.", all(say("See above why the web identity is " +
	"not used."))}

// IdentityRefused is credentials whose identity STS does not tell.
var IdentityRefused = &Topic{
	"STS does not say whose credentials these are.",
	all(say("sts:GetCallerIdentity needs no permission: the credentials are not valid, or what answers is not " +
		"AWS's STS.")),
}

// Partitions is a role, a region and a cluster of different AWS partitions.
var Partitions = &Topic{
	"The role and the region are in different AWS partitions, which share neither accounts nor STS.",
	func(f Facts) []Step {
		return []Step{
			say("Use a role of an account in the region's partition: its ARN begins with arn:aws: in the " +
				"commercial regions, " +
				"arn:aws-cn: in China, arn:aws-us-gov: in GovCloud."),
			correctRole(f),
		}
	},
}

// ForeignIssuer is a cluster of another partition than the role's.
var ForeignIssuer = &Topic{
	"The cluster is in another AWS partition than the role. That works where the role's account has the " +
		"cluster's issuer as an identity provider.",
	func(f Facts) []Step {
		if !f.inAWS() {
			return []Step{say("See that the role's account has the issuer above as an identity provider.")}
		}
		return []Step{
			run("See whether it has (in "+f.account()+"):", f.iam("get-open-id-connect-provider",
				"--open-id-connect-provider-arn", Word(f.ProviderARN(), "PROVIDER_ARN"))),
			correctRole(f),
		}
	},
}

// correctRole is what to do where the role is another than the one that was meant.
func correctRole(f Facts) Step {
	const words = "If another role was meant, correct the service account's annotation " +
		"eks.amazonaws.com/role-arn and recreate the pod"
	if !f.pod().Known() {
		return say(words + ".")
	}
	return run(words+" (ROLE_ARN is the role's ARN):", f.pod().SetRole(""), f.pod().Recreate())
}

// PolicyDocument is a trust policy that was given to the doctor and is none.
var PolicyDocument = &Topic{
	"The trust policy that was given is not a policy document.",
	func(f Facts) []Step {
		return []Step{run("Give the document alone, as IAM has it:", f.iam("get-role", "--role-name", f.roleName(),
			"--query", "Role.AssumeRolePolicyDocument"))}
	},
}

// MendFirst points to a check of the doctor that found the cause.
func MendFirst(check string) string { return "Correct " + quoted(check) + " first: see above." }

// MendBelow points to a later check that did.
func MendBelow(check string) string { return "Correct " + quoted(check) + ": see below." }

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, "") + `"` }
