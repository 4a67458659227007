package diagnose

import (
	"errors"
	"os"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// podIdentityURL returns the URL of the EKS Pod Identity agent, or of another container credential
// provider; "" where none is injected.
func podIdentityURL() string { return os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") }

// podIdentity warns of an EKS Pod Identity association. The webhook injects no web identity into
// new pods of a service account that has one (amazon-eks-pod-identity-webhook, pkg/handler); a pod
// that has both is older than the association, and the SDK then uses the web identity.
func (e *evidence) podIdentity() Check {
	c := Check{Name: "pod identity"}
	switch {
	case podIdentityURL() == "":
		c.Detail = "no EKS Pod Identity beside it"
		return c
	case e.role != "" && e.file != "":
		c.Detail = "an EKS Pod Identity association is injected too; the web identity takes precedence"
	default:
		c.Detail = "an EKS Pod Identity association supplies the credentials; the webhook then injects no web identity"
	}
	c.Result, c.Fix = Warn, e.fix(advice.PodIdentity)
	return c
}

// shadowed names what takes precedence over the web identity, by the decision that loaded the
// config.
func (e *evidence) shadowed() Check {
	c := Check{Name: "shadowed"}
	d := e.decision
	switch {
	case errors.Is(e.loadErr, irsa.ErrShadowed):
		c.Result, c.Detail, c.Fix = Fail, e.loadErr.Error(), irsa.Explain(e.loadErr)
	case e.loadErr != nil:
		c.Result, c.Detail = Skipped, "the config does not load"
	case d.Winner != "" && len(d.Shadowed) > 0:
		c.Result = Fail
		c.Detail = d.Winner + " take precedence over " + strings.Join(d.Shadowed, " and ") + ": it is not used"
		c.Fix = e.fixOf(advice.Shadowed, d.Variables...)
	case d.Winner != "":
		c.Detail = d.Winner + " are used; there is no web identity to shadow"
	case len(d.Shadowed) > 0:
		c.Detail = "the web identity takes precedence over " + strings.Join(d.Shadowed, " and ")
	default:
		c.Detail = "nothing takes precedence"
	}
	return c
}
