package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// Known returns the shell variables, as "name=value", that the commands of a report leave to
// whoever pastes them: what a pod can't know.
func (c *Cloud) Known() []string {
	return []string{
		"ROLE_ARN=" + c.roles[0].ARN, "SERVICE_ACCOUNT=" + serviceAccount, "REGION=" + region,
		"CLUSTER=" + clusterName, "CA_BUNDLE=" + c.caFile(),
	}
}

// Command has the effect of a kubectl or AWS CLI command that a report gives to paste. Commands
// that only read have none. It fails for commands that no report gives.
func (c *Cloud) Command(args ...string) error {
	run := map[string]func([]string) error{"kubectl": c.kubectl, "aws": c.aws}[args[0]]
	if run == nil {
		return fmt.Errorf("%s: no such program", args[0])
	}
	if err := run(args[1:]); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return c.apply()
}

var errCommand = errors.New("not a command of a report")

func (c *Cloud) kubectl(args []string) error {
	if len(args) < 5 || args[0] != "-n" || args[1] != namespace {
		return errCommand
	}
	verb, rest := args[2], args[3:]
	switch {
	case verb == "get":
		return nil
	case verb == "annotate" && rest[0] == "serviceaccount":
		annotations := c.serviceAccounts[rest[1]]
		if annotations == nil {
			return fmt.Errorf("serviceaccounts %q not found", rest[1])
		}
		edit(annotations, rest[2:])
		return nil // a running pod is not changed
	case verb == "rollout" && slices.Equal(rest, []string{"restart", workload}):
	case verb == "set" && rest[0] == "env" && rest[1] == workload:
		edit(c.spec.env, rest[2:])
	case verb == "set" && rest[0] == "serviceaccount" && rest[1] == workload:
		c.spec.serviceAccount = rest[2]
	case verb == "patch" && rest[0] == workload && rest[1] == "-p":
		return c.patch(rest[2])
	default:
		return errCommand
	}
	return c.recreate()
}

// edit sets each "name=value" and deletes each "name-", as kubectl does with its arguments.
func edit(values map[string]string, changes []string) {
	for _, change := range changes {
		if name, value, found := strings.Cut(change, "="); found {
			values[name] = value
		} else if name, found := strings.CutSuffix(change, "-"); found {
			delete(values, name)
		}
	}
}

// patch applies a patch of the workload; of its fields, fsGroup is the one that reports set.
func (c *Cloud) patch(document string) error {
	var deployment struct {
		Spec struct {
			Template struct {
				Spec struct {
					SecurityContext struct {
						FSGroup int `json:"fsGroup"`
					} `json:"securityContext"`
				} `json:"spec"`
			} `json:"template"`
		} `json:"spec"`
	}
	if err := json.Unmarshal([]byte(document), &deployment); err != nil {
		return err
	}
	c.spec.fsGroup = deployment.Spec.Template.Spec.SecurityContext.FSGroup
	return c.recreate()
}

func (c *Cloud) aws(args []string) error {
	if len(args) < 2 {
		return errCommand
	}
	option := map[string]string{}
	for i := 2; i+1 < len(args); i += 2 {
		option[args[i]] = args[i+1]
	}
	arn := partition.ProviderARN("aws", c.owner(), c.issuer.URL())
	switch given := option["--open-id-connect-provider-arn"]; args[0] + " " + args[1] {
	case "iam create-open-id-connect-provider":
		if option["--url"] != c.issuer.URL() {
			return errCommand
		}
		c.providers = append(c.providers, provider{OIDCProvider: irsatest.OIDCProvider{
			Issuer: c.issuer, Account: c.owner(), Audiences: []string{option["--client-id-list"]}}})
	case "iam delete-open-id-connect-provider":
		if given != arn {
			return fmt.Errorf("%s not found", given)
		}
		c.providers = nil
	case "iam add-client-id-to-open-id-connect-provider":
		if given != arn {
			return fmt.Errorf("%s not found", given)
		}
		c.providers[0].Audiences = append(c.providers[0].Audiences, option["--client-id"])
	case "iam update-assume-role-policy":
		if !strings.HasSuffix(c.roles[0].ARN, "/"+option["--role-name"]) {
			return fmt.Errorf("the role with name %s cannot be found", option["--role-name"])
		}
		if _, err := trustpolicy.Parse([]byte(option["--policy-document"])); err != nil {
			return err
		}
		c.roles[0].TrustPolicy = option["--policy-document"]
	case "eks delete-pod-identity-association":
		c.association = false
	case "eks create-pod-identity-association":
		if option["--cluster-name"] != clusterName || option["--namespace"] != namespace ||
			option["--service-account"] != serviceAccount {
			return errCommand
		}
		c.association, c.forgotten = true, false
	case "eks list-pod-identity-associations", "eks describe-pod-identity-association", "iam get-role", "iam get-open-id-connect-provider",
		"ec2 describe-vpc-endpoints":
	default:
		return errCommand
	}
	return nil
}
