package diagnose

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/agent"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// podIdentityURL returns the URL of the EKS Pod Identity agent, or of another container credential
// provider; "" where none is injected.
func podIdentityURL() string { return os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") }

// podIdentity checks what the container's credentials are got with. The webhook injects no web
// identity into new pods of a service account that has an EKS Pod Identity association
// (amazon-eks-pod-identity-webhook, pkg/handler). A pod that has both has one of them by hand, or is
// older than the association; the SDK then uses the web identity.
func (e *evidence) podIdentity() Check {
	c := Check{Name: "pod identity"}
	at, file := podIdentityURL(), os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
	switch {
	case at == "" && file != "":
		c.Result, c.Fix = Warn, e.fix(advice.AgentNoToken)
		c.Detail = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set, AWS_CONTAINER_CREDENTIALS_FULL_URI is not"
	case at == "":
		c.Detail = "no EKS Pod Identity beside it"
	case e.role != "" && e.file != "":
		c.Result, c.Fix = Warn, e.fix(advice.PodIdentity)
		c.Detail = "an EKS Pod Identity association is injected too; the web identity takes precedence"
	case e.loadErr == nil && !e.decision.Container:
		c.Detail = "injected, and not used: other credentials take precedence"
	case !isAgent(at):
		// Whether that is meant shows only in what is injected besides, which is nothing.
		c.Result, c.Fix = Warn, e.fix(advice.PodIdentity)
		c.Detail = "an EKS Pod Identity association supplies the credentials; the webhook then injects no web identity"
	default:
		e.agentToken(&c, file)
	}
	return c
}

// isAgent reports whether a URL is that of the EKS Pod Identity agent.
func isAgent(at string) bool {
	client, err := agent.New(at, nil)
	return err == nil && client.IsEKS()
}

// agentToken judges the token that the agent gets.
func (e *evidence) agentToken(c *Check, file string) {
	fail := func(topic *advice.Topic, format string, args ...any) {
		c.Result, c.Detail, c.Fix = Fail, fmt.Sprintf(format, args...), e.fix(topic)
	}
	if file == "" {
		fail(advice.AgentNoToken, "AWS_CONTAINER_CREDENTIALS_FULL_URI is set, "+
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not")
		return
	}
	t, err := irsa.ReadToken(file)
	switch {
	case err != nil:
		fail(advice.AgentNoToken, "%v", err)
	case !t.ExpiresAt.IsZero() && !time.Now().Before(t.ExpiresAt):
		fail(advice.AgentExpired, "the token for the agent expired %s ago", round(time.Since(t.ExpiresAt)))
	case !slices.Contains(t.Audience, advice.PodIdentityAudience):
		fail(advice.AgentBadToken, "the token's audience is %q, and the agent takes %q",
			t.Audience, advice.PodIdentityAudience)
	default:
		c.Detail = fmt.Sprintf("supplies the credentials, for service account %s/%s; its token has %s left",
			t.Namespace, t.ServiceAccount, round(time.Until(t.ExpiresAt)))
	}
}
