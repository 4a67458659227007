package diagnose

import (
	"errors"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/trustpolicy"
)

// trustPolicy evaluates the role's trust policy, where one is given, for this pod's token.
func (e *evidence) trustPolicy() Check {
	c := Check{Name: "trust policy"}
	switch {
	case e.opts.TrustPolicy == nil:
		c.Result, c.Detail = Skipped, "none was given"
		return c
	case e.token == nil:
		c.Result, c.Detail = Skipped, "there is no token to judge it by"
		return c
	}
	policy, err := trustpolicy.Parse(e.opts.TrustPolicy)
	if err != nil {
		c.Result, c.Detail = Fail, err.Error()
		c.Fix = e.fix(advice.PolicyDocument)
		return c
	}
	// STS accepts tokens with one audience only, so that the first is all there is.
	request := trustpolicy.Request{RoleARN: e.role, Issuer: e.token.Issuer, Subject: e.token.Subject}
	if len(e.token.Audience) > 0 {
		request.Audience = e.token.Audience[0]
	}
	decision := policy.Evaluate(request)
	switch decision.Outcome {
	case trustpolicy.Allowed:
		c.Detail = "admits this service account"
	case trustpolicy.Unknown:
		c.Result, c.Detail = Warn, "can't be judged from here"
	default:
		c.Result, c.Detail = Fail, "does not admit this service account"
	}
	var fix []string
	// Lint may find the same place that decided; it is named once.
	said := map[trustpolicy.Place]bool{}
	if c.Result != OK {
		for _, reason := range deciding(decision.Reasons) {
			fix = append(fix, reason.String())
			said[reason.Place] = true
		}
	}
	// A policy that admits this pod may admit others: one without a condition on sub trusts every
	// service account of the cluster.
	for _, finding := range policy.Lint(request) {
		c.Result = max(c.Result, Warn)
		if !said[finding.Place] {
			fix = append(fix, finding.String())
		}
	}
	// A token that STS refuses for something else, or would refuse, is not one to admit.
	refused := e.exchangeErr == nil && request.Audience != advice.DefaultAudience ||
		e.exchangeErr != nil && !errors.Is(e.exchangeErr, irsa.ErrTrust)
	if decision.Outcome == trustpolicy.Denied && !refused {
		f := e.facts()
		f.Trusts = string(e.opts.TrustPolicy)
		fix = append(fix, advice.NotAdmitted.Fix(f))
	}
	c.Fix = strings.TrimSuffix(strings.Join(fix, "\n"), "\n")
	return c
}

// foundByTrust returns the fix of a failed exchange whose cause the trust policy shows; "" where it
// doesn't. The policy is that of the pod's own role, and not of one that it assumes.
func (e *evidence) foundByTrust(trust Check) string {
	if trust.Result != Fail || len(e.decision.Hops) > 0 || !errors.Is(e.exchangeErr, irsa.ErrTrust) {
		return ""
	}
	return advice.MendBelow(trust.Name)
}

// deciding returns the reasons that decide each statement's match. A statement's own reason comes
// first, without an Element; those of its elements follow, and the ones with the same match decide
// it.
func deciding(reasons []trustpolicy.Reason) []trustpolicy.Reason {
	var out []trustpolicy.Reason
	var statement trustpolicy.Match
	for _, r := range reasons {
		if r.Element == "" {
			statement = r.Match
		} else if r.Match == statement {
			out = append(out, r)
		}
	}
	return out
}
