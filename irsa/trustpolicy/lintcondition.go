package trustpolicy

import (
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// condition finds what is wrong with one key under one operator. providers are those that the
// statement trusts.
func (l *linter) condition(s statement, c condition, providers []string) {
	op, ok := parseOperator(c.operator)
	if !ok {
		l.operator(c)
	}
	if len(c.values) == 0 {
		l.mistake(c.place, "there is no value to compare with")
	}
	name, claim, colon := cutLast(c.key, ":")
	switch {
	case !colon:
		l.mistake(c.place, "a key names a claim: write %s:sub or %s:aud", plain(c.key), plain(c.key))
		return
	case !namesIssuer(name):
		return
	}
	l.key(c, name, claim, providers)
	claim = lower(clean(claim))
	if ok && !s.deny && !op.negated && (claim == "sub" || claim == "aud") {
		switch {
		case op.set == forAll:
			l.danger(c.place, "ForAllValues lets a request pass that lacks the key, and %s has one value: write %s",
				claim, strings.TrimPrefix(c.operator, forAll+":"))
		case op.exists:
			l.danger(c.place, "IfExists lets a request pass that lacks the key: write %s",
				strings.TrimSuffix(c.operator, "IfExists"))
		}
	}
	if !ok || op.null {
		return
	}
	for _, v := range c.values {
		l.value(s, c, op, claim, v)
	}
}

// operator finds operators that don't exist but are nearly written like one, and others that can't
// be evaluated.
func (l *linter) operator(c condition) {
	set, base, prefixed := strings.Cut(c.operator, ":")
	if !prefixed {
		set, base = "", c.operator
	}
	base, exists := strings.CutSuffix(base, "IfExists")
	nearest, distance := "", 3
	for name := range operators {
		n := edits(base, name)
		if strings.EqualFold(clean(base), name) {
			n = 1
		}
		if n > 0 && n < distance || n == distance && n < 3 && name < nearest {
			nearest, distance = name, n
		}
	}
	if nearest == "" {
		l.mistake(c.place, "the operator %+q can't be evaluated offline: for aud and sub write StringEquals or "+
			"StringLike",
			text.Clip(c.operator))
		return
	}
	if set != "" {
		nearest = set + ":" + nearest
	}
	if exists {
		nearest += "IfExists"
	}
	l.mistake(c.place, "there is no operator %+q: IAM writes it %s", text.Clip(c.operator), nearest)
}

// key finds keys that are never in the request with a token of the statement's principals, or of
// the issuer that the Request of Lint names.
func (l *linter) key(c condition, name, claim string, providers []string) {
	switch {
	case clean(c.key) != c.key:
		l.mistake(c.place, "the key has a space or an invisible character: %+q", text.Clip(c.key))
	case strings.HasPrefix(name, "arn:") || strings.HasPrefix(name, "oidc-provider/") || strings.Contains(name, "://"):
		l.mistake(c.place, "the key is the issuer without https:// and nothing else in front, not %+q", text.Clip(name))
	case strings.Contains(name, "$"):
		l.mistake(c.place, "a variable was left in %+q: the key is the issuer without https://", text.Clip(name))
	case l.eksSlash(name):
		l.mistake(c.place, "the key is the issuer, and an EKS cluster's has no slash at the end: %+q", text.Clip(name))
	case l.provider != "" && lower(name) != lower(l.provider):
		l.mistake(c.place, "no such key comes with the token: %s", providerMiss(name, l.provider))
	case len(providers) > 0 && !slices.ContainsFunc(providers, func(p string) bool { return lower(p) == lower(name) }):
		l.mistake(c.place, "the key is of another issuer than the statement's principal: %s",
			issuerMiss(name, providers[0]))
	case edits(claim, "sub") == 1 || edits(claim, "aud") == 1:
		l.mistake(c.place, "a token has the keys %s:sub and %s:aud, not %+q", name, name, text.Clip(claim))
	}
}

// value finds values that no token has under the key.
func (l *linter) value(s statement, c condition, op operator, claim, v string) {
	switch {
	case clean(v) != v:
		l.mistake(c.place, "%+q has a space or an invisible character", text.Clip(v))
	case strings.Contains(v, "${"):
		if !c.variables {
			l.mistake(c.place, `%+q: only "Version": "2012-10-17" has policy variables; here it is compared literally`,
				text.Clip(v))
		}
	case strings.ContainsAny(v, "*?") && !op.like:
		l.mistake(c.place, "%+q: %s compares * and ? literally: use StringLike", text.Clip(v), c.operator)
	case claim == "aud" && isSubject(v):
		l.mistake(c.place, "%+q is a subject: aud and sub are swapped", text.Clip(v))
	case claim == "aud" && v != defaultAudience &&
		(edits(v, defaultAudience) <= 4 || strings.HasPrefix(v, defaultAudience)):
		l.mistake(c.place, "%+q: the EKS webhook's audience is %s, in every partition", text.Clip(v), defaultAudience)
	case claim == "sub" && strings.HasPrefix(v, "sts.amazon"):
		l.mistake(c.place, "%+q is an audience: aud and sub are swapped", text.Clip(v))
	case claim == "sub":
		l.subject(c, v, !s.deny && !op.negated)
	}
}

// subject finds subjects that no service account has, and, where it admits, patterns that many
// have.
func (l *linter) subject(c condition, v string, admits bool) {
	rest, ok := strings.CutPrefix(v, subjectPrefix)
	ns, sa, both := strings.Cut(rest, ":")
	wild := strings.ContainsAny(v, "*?")
	switch {
	case !wild && !(ok && isName(ns) && isName(sa)):
		l.mistake(c.place, "%+q is no service account's subject: %snamespace:account, in lower case",
			text.Clip(v), subjectPrefix)
	case !wild || !admits || !ok || !both:
		// A pattern as wide as this admits the whole cluster: reach reports that.
	case strings.ContainsAny(ns, "*?"):
		l.danger(c.place, "%+q: whoever may create a namespace of such a name gets the role", text.Clip(v))
	default:
		l.danger(c.place, "%+q: every such service account of the namespace %s gets the role", text.Clip(v), ns)
	}
}
