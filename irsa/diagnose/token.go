package diagnose

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

const audience = "sts.amazonaws.com" // what the EKS webhook asks for, in every partition

// rotationSlack is what the kubelet may take beyond the point at which it
// refreshes a token: it syncs volumes about once a minute.
const rotationSlack = 5 * time.Minute

func (s *subject) tokenShape() Check {
	c := Check{Name: "token"}
	switch {
	case s.file == "":
		c.Result, c.Detail = Skipped, "no token file is named"
	case errors.Is(s.tokenErr, fs.ErrNotExist), errors.Is(s.tokenErr, fs.ErrPermission):
		c.Result, c.Detail = Skipped, "there is no token to read"
	case s.tokenErr != nil:
		c.Result, c.Detail = Fail, s.tokenErr.Error()
		c.Fix = "The file must hold the service account token that the kubelet projects, and nothing else. " + s.useWebhook()
	case s.token.Subject == "":
		c.Result, c.Detail = Fail, "the token has no subject: STS refuses it"
		c.Fix = "This is not a Kubernetes service account token. " + s.useWebhook()
	case !strings.HasPrefix(s.token.Subject, "system:serviceaccount:"):
		c.Result, c.Detail = Warn, fmt.Sprintf("subject %q is no Kubernetes service account", s.token.Subject)
		c.Fix = "The role's trust policy must name this subject. If a service account's is meant: " + s.useWebhook()
	default:
		c.Detail = "subject " + s.token.Subject
		if s.token.Pod != "" {
			c.Detail += ", pod " + s.token.Pod
		}
	}
	return c
}

// tokenLifetime checks the token's time claims, and whether the kubelet still
// replaces it: that it does when 80 % of its life are over, or after a day.
func (s *subject) tokenLifetime() Check {
	c := Check{Name: "token lifetime"}
	if s.token == nil {
		c.Result, c.Detail = Skipped, "there is no token to read"
		return c
	}
	now, t := time.Now(), s.token
	if t.ExpiresAt.IsZero() {
		c.Result, c.Detail = Fail, "the token has no expiry: STS refuses it"
		c.Fix = "It is the legacy token of a Secret. " + s.useWebhook()
		return c
	}
	left, life := t.ExpiresAt.Sub(now), t.ExpiresAt.Sub(t.IssuedAt)
	notRotated := paste("The kubelet replaces a projected token when 80 % of its life are over, or after 24 hours. It can't where the token is mounted with "+
		"subPath or was copied by an init container: mount the projected volume itself. Otherwise look at the node's clock and its kubelet's log. A new pod has a new token:",
		s.pod().Recreate())
	switch due := min(life*8/10, 24*time.Hour) + rotationSlack; {
	case left <= 0:
		c.Result, c.Detail, c.Fix = Fail, fmt.Sprintf("the token expired %s ago", round(-left)), notRotated
	case t.NotBefore.After(now.Add(time.Minute)):
		c.Result, c.Detail = Fail, fmt.Sprintf("the token is not valid before %s, in %s", t.NotBefore.UTC().Format(time.RFC3339), round(t.NotBefore.Sub(now)))
		c.Fix = "This node's clock is behind the API server's: set up time synchronisation on the node."
	case !t.IssuedAt.IsZero() && now.Sub(t.IssuedAt) > due:
		c.Result, c.Detail, c.Fix = Warn, fmt.Sprintf("issued %s ago for %s: it should have been replaced", round(now.Sub(t.IssuedAt)), round(life)), notRotated
	default:
		c.Detail = fmt.Sprintf("issued for %s, %s left", round(life), round(left))
	}
	return c
}

func (s *subject) tokenAudience() Check {
	c := Check{Name: "audience"}
	switch {
	case s.token == nil:
		c.Result, c.Detail = Skipped, "there is no token to read"
	case len(s.token.Audience) == 0:
		c.Result, c.Detail, c.Fix = Fail, "the token has no audience: STS refuses it", s.useWebhook()
	case len(s.token.Audience) > 1:
		c.Result, c.Detail = Fail, fmt.Sprintf("the token has %d audiences, %q: STS takes exactly one", len(s.token.Audience), s.token.Audience)
		c.Fix = "This is not the token that was projected for STS. " + s.useWebhook()
	case s.token.Audience[0] == audience:
		c.Detail = audience
	case s.kubernetesAPI():
		c.Result, c.Detail = Fail, fmt.Sprintf("%q: this is the token for the Kubernetes API, not the one for STS", s.token.Audience[0])
		c.Fix = s.useWebhook()
	default:
		c.Result, c.Detail = Warn, fmt.Sprintf("%q is not %q, which the EKS webhook asks for", s.token.Audience[0], audience)
		c.Fix = "It works where the identity provider's client ids and the trust policy's :aud name exactly this audience. "
		if s.file == s.webhookFile {
			c.Fix = paste(c.Fix+"Else set it back:", s.pod().Annotate("eks.amazonaws.com/audience-"), s.pod().Recreate())
		} else {
			c.Fix += "Else: " + s.useWebhook()
		}
	}
	return c
}

// kubernetesAPI reports whether the token is the one for the cluster's own API.
func (s *subject) kubernetesAPI() bool {
	return podfs.IsKubernetesAudience(s.token.Audience[0], s.token.Issuer) || strings.Contains(s.file, "/kubernetes.io/serviceaccount/")
}

func (s *subject) tokenIssuer() Check {
	c := Check{Name: "issuer"}
	switch {
	case s.token == nil:
		c.Result, c.Detail = Skipped, "there is no token to read"
	case s.token.Issuer == "kubernetes/serviceaccount":
		c.Result, c.Detail = Fail, `"kubernetes/serviceaccount": this is the legacy token of a Secret, which STS can't verify`
		c.Fix = s.useWebhook()
	case !strings.HasPrefix(s.token.Issuer, "https://"):
		c.Result, c.Detail = Fail, fmt.Sprintf("%q is not an https URL: STS can't verify the token", s.token.Issuer)
		c.Fix = "The API server's --service-account-issuer must be the public https URL of the cluster's discovery document."
	default:
		c.Detail = s.token.Issuer
		if _, eks := partition.ParseIssuer(s.token.Issuer); !eks {
			c.Detail += " (not EKS)"
		}
	}
	return c
}

// round drops what nobody reads from a duration.
func round(d time.Duration) time.Duration {
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute)
	case d >= time.Minute:
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}
