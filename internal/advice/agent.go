package advice

import (
	"cmp"
	"fmt"
	"strings"
)

// Topics of container credentials: the EKS Pod Identity agent, and others of its kind.

// PodIdentityAudience is what a token for the EKS Pod Identity agent is for
// (amazon-eks-pod-identity-webhook, main.go).
const PodIdentityAudience = "pods.eks.amazonaws.com"

const agentPods = "kubectl -n kube-system get pods -l app.kubernetes.io/name=eks-pod-identity-agent"

// AgentAbsent is a node without an agent, or with one that is not there yet.
var AgentAbsent = &Topic{
	"The EKS Pod Identity agent is not there: it is not installed, it starts later than this pod on a new node, " +
		"or it crashes. " +
		"Fargate and Windows nodes have none.",
	func(f Facts) []Step {
		return []Step{
			run("See whether it runs on this pod's node, and what it says:", agentPods+f.onNode(),
				"kubectl -n kube-system logs -l app.kubernetes.io/name=eks-pod-identity-agent --tail=50"),
			run("Without one, install the add-on (CLUSTER is the cluster's name):",
				`aws eks create-addon --cluster-name "${CLUSTER:?}" --addon-name eks-pod-identity-agent`+f.inRegion()),
			say("On Fargate use IAM Roles for Service Accounts instead."),
			f.family(),
		}
	},
}

// family says which of the agent's addresses was asked: a node has both where its network has both.
func (f Facts) family() Step {
	if strings.HasPrefix(f.Endpoint, "[") {
		return say("The pod was told the agent's IPv6 address, " + f.host() + ": on a cluster whose pods have IPv4 alone " +
			"it can't be reached, and AWS_CONTAINER_CREDENTIALS_FULL_URI doesn't belong into the pod spec.")
	}
	return say("On a node without IPv6 the agent needs the option that turns its IPv6 address off " +
		"(EKS User Guide, agent configuration), or it crashes.")
}

// AgentBlocked is an agent that a network policy or a security group keeps the pod from.
var AgentBlocked = &Topic{
	"The EKS Pod Identity agent can't be connected to: a network policy, the CNI or a security group drops the " +
		"packets.",
	all(
		say("Let the pod out to TCP port 80 of 169.254.170.23/32 (fd00:ec2::23/128 on IPv6 clusters). Cilium's "+
			"ipBlock doesn't match the "+
			"node's own addresses: use toEntities: [host]."),
		run("With security groups for pods, the strict mode drops it; the standard one does not (recreate the "+
			"pods afterwards):",
			"kubectl -n kube-system set env ds/aws-node POD_SECURITY_GROUP_ENFORCING_MODE=standard"),
	),
}

// AgentUpstream is an agent that can't reach EKS Auth, or not in time.
var AgentUpstream = &Topic{
	"The EKS Pod Identity agent answers, and gets no credentials from EKS: it can't reach EKS Auth, or EKS Auth " +
		"is out of order. The exchange is retried.",
	func(f Facts) []Step {
		return []Step{
			run("See what the agent says:", "kubectl -n kube-system logs -l "+
				"app.kubernetes.io/name=eks-pod-identity-agent --tail=50"),
			run("A private cluster needs an interface endpoint for EKS Auth (VPC is the cluster's VPC):",
				`aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id "${VPC:?}" --service-name com.amazonaws.`+
					f.regionWord()+".eks-auth"+f.inRegion()),
			say("The agent uses the node's network, DNS and proxy, not the pod's."),
		}
	},
}

// AgentNoAssociation is a service account without an association.
var AgentNoAssociation = &Topic{
	"EKS knows no Pod Identity association for this pod's service account, or it was deleted since.",
	func(f Facts) []Step {
		return []Step{
			associations(f, "See what is associated"),
			run("Associate a role, which needs iam:PassRole; it takes effect some seconds later (ROLE_ARN is the "+
				"role's ARN):",
				`aws eks create-pod-identity-association --cluster-name "${CLUSTER:?}"`+f.ofServiceAccount()+
					` --role-arn "${ROLE_ARN:?}"`+f.inRegion()),
		}
	},
}

// associations shows what is associated with this pod's service account.
func associations(f Facts, words string) Step {
	return run(words+" (CLUSTER is the cluster's name):",
		`aws eks list-pod-identity-associations --cluster-name "${CLUSTER:?}"`+f.ofServiceAccount()+f.inRegion())
}

// ofServiceAccount are the options of the AWS CLI for this pod's service account.
func (f Facts) ofServiceAccount() string {
	p := f.pod()
	return " --namespace " + Word(named(p.Namespace), "NAMESPACE") +
		" --service-account " + Word(named(p.ServiceAccount), "SERVICE_ACCOUNT")
}

// AgentTrust is a role that EKS may not assume.
var AgentTrust = &Topic{
	"EKS may not assume the associated role: its trust policy does not admit EKS Pod Identity, or an SCP denies " +
		"it, or there is no such role.",
	func(f Facts) []Step {
		return []Step{
			run("See whom the role trusts (ROLE_NAME is the associated role's):",
				`aws iam get-role --role-name "${ROLE_NAME:?}" --query Role.AssumeRolePolicyDocument`),
			run("It needs this statement, beside those that it has:", podIdentityTrust(f)),
			say("Conditions on aws:RequestTag/… must be those of this pod: kubernetes-namespace, " +
				"kubernetes-service-account, kubernetes-pod-name. " +
				"A change takes a few seconds to be seen everywhere, a new role up to a minute."),
			say("CloudTrail has the request as AssumeRoleForPodIdentity, by the node's instance."),
		}
	},
}

// podIdentityTrust is the statement that admits EKS Pod Identity for this pod's service account.
func podIdentityTrust(f Facts) string {
	p := f.pod()
	condition := ""
	if p.Known() {
		condition = fmt.Sprintf(`, "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": %q, `+
			`"aws:RequestTag/kubernetes-service-account": %q}}`, p.Namespace, p.ServiceAccount)
	}
	return `{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, ` +
		`"Action": ["sts:AssumeRole", "sts:TagSession"]` + condition + `}`
}

// AgentNodeRole is a node whose role may not ask EKS Auth.
var AgentNodeRole = &Topic{
	"EKS Auth denies the agent: the node's role lacks eks-auth:AssumeRoleForPodIdentity, or an SCP denies it.",
	all(run("AWS's policy for worker nodes allows it (NODE_ROLE is the name of the node's role):",
		`aws iam attach-role-policy --role-name "${NODE_ROLE:?}" `+
			`--policy-arn arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy`)),
}

// AgentNoToken is a request without a token.
var AgentNoToken = &Topic{
	"The agent got no token: the file that AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names is empty, or the " +
		"variable is missing.",
	func(f Facts) []Step {
		return []Step{run("EKS injects both variables and the file, into pods that are created after the "+
			"association. Leave them out of the pod spec, and recreate the pod:",
			f.pod().SetEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI-", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE-"),
			f.pod().Recreate())}
	},
}

// AgentHalf is a token for the agent without the variable that says where the agent is.
var AgentHalf = &Topic{
	"Half of EKS Pod Identity is here: there is a token for the agent, and no variable that says where the " +
		"agent is. The credentials would be those of the node instance role, which every pod of the node can get; " +
		"they are not used.",
	AgentNoToken.steps,
}

// AgentNotInjected is a profile that wants the container's credentials where there are none.
var AgentNotInjected = &Topic{
	"The profile takes the container's credentials (credential_source = EcsContainer), and no variable says where " +
		"they are: the pod is older than its EKS Pod Identity association, or has none.",
	func(f Facts) []Step {
		return []Step{
			associations(f, "See what is associated"),
			run("Where an association is listed, recreate the pod:", f.pod().Recreate()),
		}
	},
}

// AgentBadToken is a token that the agent or EKS Auth can't use.
var AgentBadToken = &Topic{
	"The token is not one that EKS Auth accepts: it is not a service account token of this cluster for the " +
		"audience pods.eks.amazonaws.com.",
	AgentNoToken.steps,
}

// AgentExpired is a token past its end.
var AgentExpired = &Topic{
	"The token for the agent has expired, by the clock of the node or of EKS: the kubelet is not replacing the " +
		"file, or a clock is wrong.",
	notRotated,
}

// AgentAddress is an endpoint that is none for a pod's token.
var AgentAddress = &Topic{
	"The address in AWS_CONTAINER_CREDENTIALS_FULL_URI is not the agent's: the token was not sent, or the agent " +
		"refuses the address.",
	all(say("The agent's addresses are http://169.254.170.23/v1/credentials and, on IPv6 clusters, " +
		"http://[fd00:ec2::23]/v1/credentials. " +
		"EKS injects the right one: leave the variable out of the pod spec, and recreate the pod.")),
}

// AgentOther is another server at the agent's address.
var AgentOther = &Topic{
	"What answers at the agent's address is not the EKS Pod Identity agent: a hostPort 80 on the node, a proxy, " +
		"or the CNI's own routing.",
	func(f Facts) []Step {
		return []Step{
			run("See what runs on the node:", agentPods+f.onNode()),
			say("A pod with hostPort 80 on the node takes the address, and so may Cilium's BPF host routing."),
		}
	},
}

// AgentProxy is a proxy that other programs give the token for the agent to.
var AgentProxy = &Topic{
	"HTTP_PROXY holds for the agent's address too, in the SDKs: the proxy gets the pod's token in plain text, and " +
		"can't reach the agent.",
	func(f Facts) []Step {
		without := agentAddresses
		if f.NoProxy != "" {
			without = f.NoProxy + "," + without
		}
		return []Step{run("Except the agent's addresses from it, for every program of the pod:",
			f.pod().SetEnv("NO_PROXY="+Word(without, "NO_PROXY")))}
	},
}

// agentAddresses are the addresses of the agent, as NO_PROXY has them.
const agentAddresses = "169.254.170.23,[fd00:ec2::23]"

// ContainerRefused is any other refusal of an endpoint for container credentials.
var ContainerRefused = &Topic{
	"The endpoint for container credentials refuses the request; its answer says why.",
	all(say("Correct what the answer names: AWS_CONTAINER_CREDENTIALS_FULL_URI or " +
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, and the token for it.")),
}

// onNode limits a command to this pod's node.
func (f Facts) onNode() string {
	t := f.Token
	if t == nil || t.Node == "" {
		t = f.Own
	}
	if t == nil || named(t.Node) == "" {
		return " -o wide"
	}
	return " --field-selector spec.nodeName=" + Word(named(t.Node), "NODE")
}

// inRegion is the option of the AWS CLI for the cluster's region, where that is known.
func (f Facts) inRegion() string {
	region := cmp.Or(f.clusterRegion(), f.ownRegion())
	if region == "" {
		return ""
	}
	return regionOption(region)
}
