package diagnose

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
)

// rotationSlack is how late a new token may be. The kubelet looks at mounted volumes about once a
// minute (syncFrequency), and keeps the old token while the API server gives no new one.
const rotationSlack = 5 * time.Minute

// tokenFile checks that this process can read the token.
func (e *evidence) tokenFile() Check {
	c := Check{Name: "token file"}
	if e.file == "" {
		c.Result, c.Detail = Skipped, "no token file is named"
		return c
	}
	// Stat needs no permission for the file itself, only for its directories. So the mode and owner
	// of a file that can't be opened can be shown.
	info, err := os.Stat(e.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Result, c.Detail = Fail, e.file+" does not exist"
		c.Fix = e.fix(advice.TokenMissing)
		return c
	case errors.Is(err, fs.ErrPermission):
		return e.unreadable(c, "a parent directory is closed to this user")
	case err != nil:
		c.Result, c.Detail, c.Fix = Fail, err.Error(), e.fix(advice.TokenUnusable)
		return c
	case info.IsDir():
		c.Result, c.Detail = Fail, e.file+" is a folder"
		c.Fix = e.fix(advice.TokenIsFolder)
		return c
	}
	if !info.Mode().IsRegular() { // to open a pipe would wait for its writer
		c.Result, c.Detail, c.Fix = Fail, e.file+" is not a regular file", e.fix(advice.TokenUnusable)
		return c
	}
	f, err := os.Open(e.file)
	if errors.Is(err, fs.ErrPermission) {
		return e.unreadable(c, fmt.Sprintf("mode %#o, %s", info.Mode().Perm(), owner(info)))
	}
	if err != nil {
		c.Result, c.Detail, c.Fix = Fail, err.Error(), e.fix(advice.TokenUnusable)
		return c
	}
	_ = f.Close() // it was opened only to check that it can be
	c.Detail = fmt.Sprintf("%s, %d bytes, mode %#o, %s", e.file, info.Size(), info.Mode().Perm(), owner(info))
	return c
}

// unreadable returns the check of a token that this user may not read.
func (e *evidence) unreadable(c Check, why string) Check {
	c.Result = Fail
	c.Detail = fmt.Sprintf("%s can't be read by uid %d, gid %d: %s", e.file, os.Getuid(), os.Getgid(), why)
	c.Fix = e.fix(advice.TokenUnreadable)
	return c
}

// tokenShape checks that the file holds a token with a subject.
func (e *evidence) tokenShape() Check {
	c := Check{Name: "token"}
	switch {
	case e.file == "":
		c.Result, c.Detail = Skipped, "no token file is named"
	case errors.Is(e.tokenErr, fs.ErrNotExist), errors.Is(e.tokenErr, fs.ErrPermission):
		c.Result, c.Detail = Skipped, "there is no token to read"
	case e.tokenErr != nil:
		c.Result, c.Detail = Fail, e.tokenErr.Error()
		c.Fix = e.fix(advice.TokenUnusable)
	case e.token.Subject == "":
		c.Result, c.Detail = Fail, "the token has no subject: STS refuses it"
		c.Fix = e.fix(advice.NoSubject)
	case !strings.HasPrefix(e.token.Subject, "system:serviceaccount:"):
		c.Result, c.Detail = Warn, fmt.Sprintf("subject %q is not a Kubernetes service account", e.token.Subject)
		c.Fix = e.fix(advice.OtherSubject)
	default:
		c.Detail = "subject " + e.token.Subject
		if e.token.Pod != "" {
			c.Detail += ", pod " + e.token.Pod
		}
	}
	return c
}

// tokenLifetime checks the token's times, and that the kubelet still replaces it: it does so at 80
// % of the token's life or after 24 hours, less up to 10 seconds
// (k8s.io/kubernetes/pkg/kubelet/token/token_manager.go).
func (e *evidence) tokenLifetime() Check {
	c := Check{Name: "token lifetime"}
	if e.token == nil {
		c.Result, c.Detail = Skipped, "there is no token to read"
		return c
	}
	now, t := time.Now(), e.token
	if t.ExpiresAt.IsZero() {
		c.Result, c.Detail = Fail, "the token has no expiry: STS refuses it"
		c.Fix = e.fix(advice.Legacy)
		return c
	}
	left, life := t.ExpiresAt.Sub(now), t.ExpiresAt.Sub(t.IssuedAt)
	// The clock is this machine's: check "clock" compares it with STS's.
	switch due := min(life*8/10, 24*time.Hour) + rotationSlack; {
	case left <= 0:
		c.Result, c.Detail, c.Fix = Fail, fmt.Sprintf("the token expired %s ago", round(-left)), e.fix(advice.Expired)
	case t.NotBefore.After(now.Add(time.Minute)):
		c.Result, c.Detail = Fail, fmt.Sprintf("the token is not valid before %s, in %s",
			t.NotBefore.UTC().Format(time.RFC3339), round(t.NotBefore.Sub(now)))
		c.Fix = e.fix(advice.NotYetValid)
	case !t.IssuedAt.IsZero() && now.Sub(t.IssuedAt) > due:
		c.Result, c.Detail = Warn, fmt.Sprintf("issued %s ago for %s: it should have been replaced",
			round(now.Sub(t.IssuedAt)), round(life))
		c.Fix = e.fix(advice.NotRotated)
	default:
		c.Detail = fmt.Sprintf("issued for %s, %s left", round(life), round(left))
	}
	return c
}

// tokenAudience checks the token's audience. STS requires exactly one: with several it refuses a
// token that has no authorized party (azp), and tokens of Kubernetes have none.
func (e *evidence) tokenAudience() Check {
	c := Check{Name: "audience"}
	switch {
	case e.token == nil:
		c.Result, c.Detail = Skipped, "there is no token to read"
	case len(e.token.Audience) == 0:
		c.Result, c.Detail, c.Fix = Fail, "the token has no audience: STS refuses it", e.fix(advice.Audience)
	case len(e.token.Audience) > 1:
		c.Result, c.Detail = Fail, fmt.Sprintf("the token has %d audiences, %q: STS takes exactly one",
			len(e.token.Audience), e.token.Audience)
		c.Fix = e.fix(advice.SeveralAudiences)
	case e.token.Audience[0] == advice.DefaultAudience:
		c.Detail = advice.DefaultAudience
	case e.kubernetesAPI():
		c.Result, c.Detail = Fail, fmt.Sprintf("%q: this is the token for the Kubernetes API, not the one for STS",
			e.token.Audience[0])
		c.Fix = e.fix(advice.Audience)
	default:
		c.Result, c.Detail = Warn, fmt.Sprintf("%q is not %q, which the EKS webhook asks for",
			e.token.Audience[0], advice.DefaultAudience)
		c.Fix = e.fix(advice.Audience)
	}
	return c
}

// kubernetesAPI reports whether the token is the one for the Kubernetes API.
func (e *evidence) kubernetesAPI() bool {
	return podfs.IsKubernetesAudience(e.token.Audience[0], e.token.Issuer) ||
		strings.Contains(e.file, "/kubernetes.io/serviceaccount/")
}

// tokenIssuer checks the token's issuer. STS reads the issuer's keys over https.
func (e *evidence) tokenIssuer() Check {
	c := Check{Name: "issuer"}
	switch {
	case e.token == nil:
		c.Result, c.Detail = Skipped, "there is no token to read"
	case e.token.Issuer == "kubernetes/serviceaccount":
		c.Result = Fail
		c.Detail = `"kubernetes/serviceaccount": this is the legacy token of a Secret, which STS can't verify`
		c.Fix = e.fix(advice.Legacy)
	case !strings.HasPrefix(e.token.Issuer, "https://"):
		c.Result, c.Detail = Fail, fmt.Sprintf("%q is not an https URL: STS can't verify the token", e.token.Issuer)
		c.Fix = e.fix(advice.IssuerURL)
	default:
		c.Detail = e.token.Issuer
		if _, eks := partition.ParseIssuer(e.token.Issuer); !eks {
			c.Detail += " (not EKS)"
		}
	}
	return c
}

// round drops the digits of a duration that are too small to matter.
func round(d time.Duration) time.Duration {
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute)
	case d >= time.Minute:
		return d.Round(time.Second)
	}
	return d.Round(10 * time.Millisecond)
}
