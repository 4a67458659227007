package diagnose

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// podIdentityURL returns the URL of the EKS Pod Identity agent, or of another container credential
// provider; "" where none is injected.
func podIdentityURL() string { return os.Getenv(precedence.ContainerURI) }

// podIdentity checks what the container's credentials are got with. The webhook injects no web
// identity into new pods of a service account that has an EKS Pod Identity association
// (amazon-eks-pod-identity-webhook, pkg/handler). A pod that has both has one of them by hand, or
// is older than the association; the SDK then uses the web identity.
func (e *evidence) podIdentity() Check {
	c := Check{Name: "pod identity"}
	at, file := podIdentityURL(), os.Getenv(precedence.ContainerTokenFile)
	switch {
	case at == "" && file != "":
		c.Result, c.Fix = Warn, e.fix(advice.AgentHalf)
		c.Detail = precedence.OnlyOne(precedence.ContainerTokenFile, precedence.ContainerURI).Error()
	case at == "" && e.pod.AgentToken != "" && e.file == "":
		c.Result, c.Fix = Warn, e.fix(advice.AgentHalf)
		c.Detail = "its token is mounted at " + e.pod.AgentToken + ", and " + precedence.ContainerURI + " is not set"
	case at == "":
		c.Detail = "no EKS Pod Identity beside it"
	case e.role != "" && e.file != "":
		c.Result, c.Fix = Warn, e.fix(advice.PodIdentity)
		c.Detail = "an EKS Pod Identity association is injected too; the web identity takes precedence"
	case e.loadErr == nil && !e.decision.Container:
		c.Detail = "injected, and not used: other credentials take precedence"
	case e.isAgent():
		e.judgeAgentToken(&c, file)
	default:
		c.Detail = "none: the credentials are those of " + e.agent.Host() + " (a sidecar, ECS)"
	}
	return c
}

// isAgent reports whether the container's credentials are EKS Pod Identity's: by the agent's
// address, or where something stands in for it, by the token.
func (e *evidence) isAgent() bool {
	return e.agent == nil || e.agent.IsEKS() ||
		e.forAgent != nil && slices.Contains(e.forAgent.Audience, advice.PodIdentityAudience)
}

// judgeAgentToken judges the token that the agent gets.
func (e *evidence) judgeAgentToken(c *Check, file string) {
	fail := func(topic *advice.Topic, format string, args ...any) {
		c.Result, c.Detail, c.Fix = Fail, fmt.Sprintf(format, args...), e.fix(topic)
	}
	if file == "" {
		fail(advice.AgentNoToken, "%v", precedence.OnlyOne(precedence.ContainerURI, precedence.ContainerTokenFile))
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
