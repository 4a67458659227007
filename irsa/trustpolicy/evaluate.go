package trustpolicy

import (
	"fmt"
	"strings"
)

// An Outcome is a policy's answer to a request.
type Outcome int

const (
	Denied  Outcome = iota // a statement denies it, or none allows it
	Unknown                // it depends on an empty field of the request, or on what can't be evaluated offline
	Allowed                // a statement allows it, and none denies it
)

// String returns the name of the constant.
func (o Outcome) String() string {
	switch o {
	case Denied:
		return "Denied"
	case Unknown:
		return "Unknown"
	case Allowed:
		return "Allowed"
	}
	return fmt.Sprintf("Outcome(%d)", int(o))
}

// A Match says whether an element of a policy matches a request.
type Match int

const (
	NoMatch  Match = iota
	MayMatch       // it can't be known
	Matches
)

// String returns the match in words: "matches", "may match" or "doesn't match".
func (m Match) String() string {
	switch m {
	case NoMatch:
		return "doesn't match"
	case MayMatch:
		return "may match"
	case Matches:
		return "matches"
	}
	return fmt.Sprintf("Match(%d)", int(m))
}

// invert is the match of a negation. What may match may not match either way.
func (m Match) invert() Match { return Matches - m }

// A Reason says whether one element of one statement matches, and why.
type Reason struct {
	Place
	Match Match  // for a statement as a whole: of all its elements together
	Text  string // one line; values of the request and the policy are quoted so that invisible characters show
}

// String returns the place and the text, in one line.
func (r Reason) String() string { return r.Place.String() + ": " + r.Text }

// A Decision is a policy's answer to a request.
type Decision struct {
	Outcome Outcome
	Reasons []Reason // for each statement: itself as a whole, then its Principal, Action and conditions
}

// Evaluate answers a request as IAM would, by this policy alone: a Deny statement that matches
// denies; otherwise an Allow statement that matches allows; otherwise the request is denied. A
// statement matches where its principal, its action and every condition do.
//
// Everything is compared byte for byte, but for the names of actions and condition keys, which have
// no case: an issuer with a slash at the end is another one than without.
//
// The answer is Unknown, never Allowed, where it hangs on a field of r that is empty, on a
// condition key that is not in a service account's token (aws:SourceIp), on an operator other than
// the string ones and Null, on a policy variable, on a letter outside ASCII where case doesn't
// count, or on whether "everyone" includes a web identity.
func (p *Policy) Evaluate(r Request) Decision {
	c := newRequestContext(r)
	allow, deny := NoMatch, NoMatch
	var d Decision
	for _, s := range p.statements {
		m, reasons := s.evaluate(c)
		d.Reasons = append(d.Reasons, reasons...)
		if s.deny {
			deny = max(deny, m)
		} else {
			allow = max(allow, m)
		}
	}
	switch m := min(allow, deny.invert()); m {
	case Matches:
		d.Outcome = Allowed
	case MayMatch:
		d.Outcome = Unknown
	}
	return d
}

// evaluate compares a statement with a request, and returns the match of the whole, its reason, and
// then those of its elements. A statement matches as little as the element that matches least.
func (s statement) evaluate(c requestContext) (Match, []Reason) {
	whole := Reason{Place: s.place, Match: Matches}
	reasons := []Reason{s.principal.evaluate(c, s.deny), s.action.evaluate()}
	for _, cond := range s.conditions {
		reasons = append(reasons, cond.evaluate(c))
	}
	for _, r := range reasons {
		whole.Match = min(whole.Match, r.Match)
	}
	effect := "allows"
	if s.deny {
		effect = "denies"
	}
	switch whole.Match {
	case Matches:
		whole.Text = effect + " the request"
	case MayMatch:
		whole.Text = effect + " the request if what can't be evaluated offline matches"
	case NoMatch:
		whole.Text = "doesn't apply to the request"
	}
	if whole.Match == Matches && !s.deny && s.admitsAnyPod(c) {
		whole.Text += ", and every other pod of the cluster: no condition ties it to this service account"
	}
	return whole.Match, append([]Reason{whole}, reasons...)
}

// otherSubject is a subject that nobody can have meant to admit: a statement that matches it
// matches every service account of the cluster.
const otherSubject = subjectPrefix + "some-other-namespace:some-other-account"

// admitsAnyPod reports whether the statement matches the request whatever its subject is.
func (s statement) admitsAnyPod(c requestContext) bool {
	c.Subject = otherSubject
	m := min(s.principal.evaluate(c, s.deny).Match, s.action.evaluate().Match)
	for _, cond := range s.conditions {
		m = min(m, cond.evaluate(c).Match)
	}
	return m == Matches
}

// reminder names what a Decision knows nothing about.
const reminder = "A service control policy (SCP), a resource control policy (RCP) or a permissions boundary " +
	"may still deny what a trust policy allows."

// String returns the outcome, the reasons that decide it, one in a line, and a
// reminder of what else may deny the request.
func (d Decision) String() string {
	var b strings.Builder
	b.WriteString(d.Outcome.String() + "\n")
	if len(d.Reasons) == 0 {
		b.WriteString("- the policy has no statement\n")
	}
	whole := NoMatch
	for _, r := range d.Reasons {
		switch {
		case r.Element == "":
			whole = r.Match
			fmt.Fprintf(&b, "- %s: %s\n", r.Place, r.Text)
		case r.Match == whole: // what keeps the statement from a better match, or makes it match
			fmt.Fprintf(&b, "  - %s (line %d, column %d): %s\n", r.Element, r.Line, r.Column, r.Text)
		}
	}
	b.WriteString(reminder)
	return b.String()
}
