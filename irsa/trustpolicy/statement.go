package trustpolicy

import (
	"fmt"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// webIdentity is the action with which a pod asks for the role's credentials.
const webIdentity = "sts:AssumeRoleWithWebIdentity"

// evaluate says whether the element covers webIdentity.
func (a action) evaluate() Reason {
	r := Reason{Place: a.place}
	covered := ""
	for _, name := range a.names {
		if m := covers(name); m > r.Match {
			r.Match, covered = m, name
		}
	}
	named := r.Match
	if a.not {
		r.Match = r.Match.invert()
	}
	switch {
	case len(a.names) == 0:
		r.Match, r.Text = min(r.Match, MayMatch), "there is no action"
	case named == MayMatch:
		r.Text = fmt.Sprintf("whether %+q covers %s depends on a letter outside ASCII, and isn't documented",
			text.Clip(covered), webIdentity)
	case named == Matches && a.not:
		r.Text = fmt.Sprintf("%+q excludes %s", covered, webIdentity)
	case named == Matches:
		r.Text = fmt.Sprintf("%+q covers %s", covered, webIdentity)
	case a.not:
		r.Text = fmt.Sprintf("%s is not among those that NotAction excludes", webIdentity)
	default:
		r.Text = fmt.Sprintf("%s is not covered by %s", webIdentity, quoteList(a.names))
		for _, name := range a.names {
			if miss := actionMiss(name); miss != "" {
				r.Text += ": " + miss
				break
			}
		}
	}
	return r
}

// covers reports whether an action's name covers webIdentity. Actions have no case, and * and ? are
// wildcards in them (IAM User Guide, JSON policy elements: Action). For letters outside ASCII see
// equalFold.
func covers(name string) Match {
	want := lower(webIdentity)
	if p, _ := compile(lower(name), true, false); p.match(want) {
		return Matches
	}
	if p, _ := compile(foldUnicode(name), true, false); p.match(want) {
		return MayMatch
	}
	return NoMatch
}

// evaluate says whether the element includes the token's identity provider: one of its principals
// must.
func (p principal) evaluate(c requestContext, deny bool) Reason {
	r := Reason{Place: p.place}
	var misses []string
	for _, id := range p.ids {
		m, text := id.evaluate(c, deny)
		if m > r.Match || r.Text == "" && m == r.Match {
			r.Match, r.Text = m, text
		}
		if m == NoMatch {
			misses = append(misses, text)
		}
	}
	if len(p.ids) == 0 {
		r.Text = "it names nobody"
	}
	if r.Match == NoMatch && len(misses) > 0 {
		// Any of them may be the one that was meant.
		r.Text = strings.Join(misses[:min(len(misses), 5)], "; ")
	}
	if p.not {
		r.Match = r.Match.invert()
		switch {
		case r.Match == NoMatch:
			r.Text = "NotPrincipal excludes it: " + r.Text
		case r.Match == Matches && !deny:
			r.Match = MayMatch
			r.Text = "whether everyone but those that NotPrincipal names includes a web identity isn't documented"
		case r.Match == Matches:
			r.Text = "NotPrincipal doesn't exclude it: " + r.Text
		}
	}
	return r
}

// evaluate says whether one principal is the token's identity provider. Principals are compared
// literally: wildcards within them mean nothing (IAM User Guide, JSON policy elements: Principal).
func (id principalID) evaluate(c requestContext, deny bool) (Match, string) {
	switch {
	case id.kind == "*", id.kind == "AWS" && id.id == "*":
		// "Everyone" surely includes a web identity where it is denied. Where it
		// is allowed IAM's documentation doesn't say so.
		if deny {
			return Matches, "* means everyone"
		}
		return MayMatch, "whether everyone includes a web identity isn't documented: name the provider as Federated"
	case id.id == "*":
		return MayMatch, fmt.Sprintf("what * means under %s isn't documented", id.kind)
	case id.kind != "Federated":
		text := fmt.Sprintf("%s %+q is not the cluster's identity provider", id.kind, text.Clip(id.id))
		if miss := kindMiss(id); miss != "" {
			text += ": " + miss
		}
		return NoMatch, text
	case c.provider == "":
		return MayMatch, "the token's issuer isn't known"
	case c.plain:
		return NoMatch, fmt.Sprintf("Federated %+q can't be the token's issuer %+q: IAM takes https issuers alone",
			text.Clip(id.id), text.Clip(c.Issuer))
	case c.arn != "" && id.id == c.arn:
		return Matches, fmt.Sprintf("Federated %+q is the token's issuer, in the role's account", id.id)
	case c.arn == "":
		_, _, name, ok := cutProvider(id.id)
		if ok && name == c.provider {
			return MayMatch, fmt.Sprintf("Federated %+q is the token's issuer; the role's account isn't known", id.id)
		}
		return NoMatch, fmt.Sprintf("Federated %+q is not the token's issuer %+q: %s",
			text.Clip(id.id), c.provider, providerMiss(name, c.provider))
	}
	return NoMatch, fmt.Sprintf("Federated %+q is not %+q: %s", text.Clip(id.id), c.arn, principalMiss(id.id, c))
}

// cutProvider splits the ARN of an OIDC identity provider into its parts. What is no such ARN is
// returned as the name.
func cutProvider(arn string) (partition, account, name string, ok bool) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 || f[0] != "arn" || f[2] != "iam" || f[3] != "" {
		return "", "", arn, false
	}
	name, ok = strings.CutPrefix(f[5], "oidc-provider/")
	if !ok {
		return "", "", arn, false
	}
	return f[1], f[4], name, true
}
