package trustpolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// A Finding is something in a policy that IAM accepts and that should be changed.
type Finding struct {
	Place
	Danger bool   // it admits more than anybody can want; if false, it is a mistake, or can't be evaluated offline
	Text   string // one line: what it does, and what to write instead
}

// String returns the finding in one line, its place first.
func (f Finding) String() string { return f.Place.String() + ": " + f.Text }

// Lint finds what is legal and dangerous, or surely a mistake, in the order of the document. With a
// Request it finds more: the role's account and partition and the token's issuer are compared with
// the policy's principals and condition keys. With the zero Request it finds what can be seen in
// the policy alone.
func (p *Policy) Lint(r Request) []Finding {
	l := linter{requestContext: newRequestContext(r)}
	if len(p.statements) == 0 {
		l.mistake(Place{Line: 1, Column: 1}, "there is no statement: nobody can assume the role")
	}
	for _, s := range p.statements {
		l.statement(s)
	}
	slices.SortStableFunc(l.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return l.findings
}

// A linter collects the findings of one policy.
type linter struct {
	requestContext
	findings []Finding
}

// mistake adds what can't have been meant.
func (l *linter) mistake(p Place, format string, args ...any) {
	l.findings = append(l.findings, Finding{Place: p, Text: fmt.Sprintf(format, args...)})
}

// danger adds what admits too much.
func (l *linter) danger(p Place, format string, args ...any) {
	l.findings = append(l.findings, Finding{Place: p, Danger: true, Text: fmt.Sprintf(format, args...)})
}

// statement finds what is wrong with a statement, element by element, and then with its whole
// reach. A Deny may be as wide as it likes, and so may what isn't for a web identity.
func (l *linter) statement(s statement) {
	providers := l.providers(s)
	l.principal(s)
	l.action(s, providers)
	for _, c := range s.conditions {
		l.condition(s, c, providers)
	}
	if s.deny || s.principal.not {
		return
	}
	slices.Sort(providers)
	for _, name := range slices.Compact(providers) {
		l.reach(s, name)
	}
}

// providers returns the names of the OIDC providers that the statement names as Federated,
// corrected where principal reports a mistake in them, so that one mistake is one finding.
func (l *linter) providers(s statement) []string {
	var names []string
	for _, id := range s.principal.ids {
		_, _, name, ok := cutProvider(clean(id.id))
		if l.eksSlash(name) {
			name = strings.TrimSuffix(name, "/")
		}
		if id.kind == "Federated" && ok && !strings.ContainsAny(name, "*?") {
			names = append(names, partition.ProviderName(name))
		}
	}
	return names
}

// eksSlash reports whether name is an EKS cluster's issuer, as IAM names a provider, with a slash
// at the end that its tokens don't have. Other issuers may end with one.
func (l *linter) eksSlash(name string) bool {
	_, eks := partition.ParseIssuer("https://" + name)
	return eks && strings.HasSuffix(name, "/") && name != l.provider
}

// principal finds principals that admit everyone, or can't be the token's issuer's provider.
func (l *linter) principal(s statement) {
	p := s.principal
	if len(p.ids) == 0 {
		l.mistake(p.place, "it names nobody")
	}
	if p.not && !s.deny {
		l.danger(p.place, "NotPrincipal under Allow trusts everyone but those it names: name whom to trust in Principal")
	}
	for _, id := range p.ids {
		part, account, name, ok := cutProvider(id.id)
		switch {
		case id.kind == "*" || id.id == "*":
			if !s.deny && !p.not {
				l.danger(p.place, "everyone is trusted: name the identity provider as Federated")
			}
		case clean(id.id) != id.id:
			l.mistake(p.place, "%+q has a space or an invisible character", text.Clip(id.id))
		case id.kind != "Federated":
			if miss := kindMiss(id); miss != "" {
				l.mistake(p.place, "%+q: %s", text.Clip(id.id), miss)
			}
		case strings.ContainsAny(id.id, "*?"):
			l.mistake(p.place, "%+q: a principal is compared literally, without wildcards", text.Clip(id.id))
		case !ok:
			if miss := kindMiss(principalID{"an ARN", id.id}); miss != "" {
				l.mistake(p.place, "%+q is not the ARN of an identity provider: "+
					"arn:aws:iam::111122223333:oidc-provider/… in the role's account", text.Clip(id.id))
			}
		case strings.Contains(name, "://"):
			l.mistake(p.place, "%+q: the issuer stands in the ARN without https://", text.Clip(id.id))
		case l.eksSlash(name):
			l.mistake(p.place, "%+q: an EKS cluster's issuer has no slash at the end", text.Clip(id.id))
		case l.plain:
			l.mistake(p.place, "the token's issuer %+q can't be a provider of IAM, which takes https issuers alone",
				text.Clip(l.Issuer))
		case l.role.Partition != "" && part != l.role.Partition:
			l.mistake(p.place, "%+q is in another partition than the role, which is in %s",
				text.Clip(id.id), l.role.Partition)
		case l.role.Partition != "" && account != l.role.Account:
			l.mistake(p.place, "%+q is in another account than the role, which is in %s%s",
				text.Clip(id.id), l.role.Account, distance(account, l.role.Account))
		case l.provider != "" && name != l.provider:
			l.mistake(p.place, "%+q is not the token's issuer: %s", text.Clip(id.id), providerMiss(name, l.provider))
		}
	}
}

// action finds actions that allow everything, or not what a pod asks for.
func (l *linter) action(s statement, providers []string) {
	a := s.action
	if len(a.names) == 0 {
		l.mistake(a.place, "there is no action")
	}
	if a.not && !s.deny {
		l.danger(a.place, "NotAction under Allow allows every action but those it names: name %s in Action",
			webIdentity)
	}
	covered := a.evaluate().Match == Matches
	for _, name := range a.names {
		switch {
		case clean(name) != name:
			l.mistake(a.place, "%+q has a space or an invisible character", text.Clip(name))
		case len(providers) > 0 && !covered && !a.not && !s.deny && actionMiss(name) != "":
			l.mistake(a.place, "%+q doesn't let a web identity in: %s", text.Clip(name), actionMiss(name))
		}
	}
}

// reach finds a statement that admits every pod of the cluster, or tokens for another audience. It
// evaluates the statement for a subject that nobody can have meant (see otherSubject): tied says
// that a condition compares the subject at all.
func (l *linter) reach(s statement, provider string) {
	c := requestContext{Request: Request{Subject: otherSubject}, provider: provider}
	m := s.action.evaluate().Match
	tied, audience := false, false
	for _, cond := range s.conditions {
		_, claim, _ := cutLast(cond.key, ":")
		switch _, p, _ := c.lookup(cond.key); {
		case p == present:
			tied = true
			m = min(m, cond.evaluate(c).Match)
		case p == absent:
			m = min(m, cond.evaluate(c).Match)
		case lower(claim) == "aud":
			audience = true
		}
	}
	switch {
	case m != Matches && !tied:
		return // it matches nobody, or can't be evaluated: other findings say so
	case m == Matches && !tied:
		l.danger(s.place, "every pod of the cluster is admitted: "+
			"add StringEquals %s:sub with the service account's subject", provider)
	case m == Matches:
		l.danger(s.place, "every pod of the cluster is admitted: "+
			"what is compared with %s:sub also matches other subjects", provider)
	}
	if !audience {
		l.danger(s.place, "tokens for any of the provider's audiences are admitted: add StringEquals %s:aud %q",
			provider, defaultAudience)
	}
}
