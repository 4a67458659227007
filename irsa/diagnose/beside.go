package diagnose

import (
	"fmt"
	"os"

	"github.com/seed-15cba5db/irsa-go/internal/kubectl"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

func podIdentityURL() string { return os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") }

func (s *subject) podIdentity() Check {
	c := Check{Name: "pod identity"}
	if podIdentityURL() == "" {
		c.Detail = "no EKS Pod Identity beside it"
		return c
	}
	c.Result = Warn
	if s.role != "" && s.file != "" {
		c.Detail = "an EKS Pod Identity association is injected too; the web identity goes first"
		c.Fix = "Keep one of them: remove the annotation and the variables, or the association"
	} else {
		c.Detail = "an EKS Pod Identity association supplies the credentials; the webhook then injects no web identity"
		c.Fix = "If the role of the service account's annotation is meant, remove the association"
	}
	p := s.pod()
	where := ` --cluster-name "${CLUSTER:?}"`
	if t := s.who(); t != nil {
		if issuer, eks := partition.ParseIssuer(t.Issuer); eks {
			where += " --region " + issuer.Region
		}
	}
	list := "aws eks list-pod-identity-associations" + where + " --namespace " + kubectl.Word(p.Namespace, "NAMESPACE") +
		" --service-account " + kubectl.Word(p.ServiceAccount, "SERVICE_ACCOUNT") + " --query 'associations[0].associationId' --output text"
	c.Fix = paste(c.Fix+" (CLUSTER is the cluster's name):",
		"aws eks delete-pod-identity-association"+where+` --association-id "$(`+list+`)"`, p.Recreate())
	return c
}

// shadowed names what takes precedence over the web identity.
func (s *subject) shadowed() Check {
	c := Check{Name: "shadowed"}
	const keys = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	set := os.Getenv("AWS_ACCESS_KEY_ID") != "" && os.Getenv("AWS_SECRET_ACCESS_KEY") != ""
	switch {
	case !set:
		c.Detail = "nothing takes precedence"
	case s.explicit():
		c.Detail = keys + " are set; the Loader's options go before them"
	case s.role == "" && s.file == "":
		c.Detail = keys + " are set; there is no web identity to shadow"
	default:
		c.Result, c.Detail = Fail, fmt.Sprintf("%s are set and go first: the role is not used", keys)
		c.Fix = paste("Remove them from the pod spec, its Secrets and ConfigMaps, and the image:",
			s.pod().SetEnv("AWS_ACCESS_KEY_ID-", "AWS_SECRET_ACCESS_KEY-", "AWS_SESSION_TOKEN-"))
	}
	return c
}
