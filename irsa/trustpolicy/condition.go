package trustpolicy

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// An operator is a condition operator that can be evaluated offline: for strings, or Null. The
// others (IpAddress, DateLessThan, Bool …) compare what is not in a service account's token.
type operator struct {
	negated bool
	fold    bool // compares without case
	like    bool // * and ? are wildcards
	null    bool
	exists  bool   // …IfExists: an absent key matches
	set     string // ForAnyValue, ForAllValues or none
}

// operators by their names, which have a case: IAM rejects stringequals.
var operators = map[string]operator{
	"StringEquals":              {},
	"StringNotEquals":           {negated: true},
	"StringEqualsIgnoreCase":    {fold: true},
	"StringNotEqualsIgnoreCase": {fold: true, negated: true},
	"StringLike":                {like: true},
	"StringNotLike":             {like: true, negated: true},
	"Null":                      {null: true},
}

const (
	forAny = "ForAnyValue"
	forAll = "ForAllValues"
)

// parseOperator splits a name such as ForAnyValue:StringLikeIfExists. It reports false for an
// operator that can't be evaluated.
func parseOperator(name string) (operator, bool) {
	set, base, prefixed := strings.Cut(name, ":")
	if !prefixed {
		set, base = "", name
	} else if set != forAny && set != forAll {
		return operator{}, false
	}
	base, exists := strings.CutSuffix(base, "IfExists")
	op, ok := operators[base]
	// Null says itself whether the key must be there.
	if !ok || op.null && (exists || prefixed) {
		return operator{}, false
	}
	op.set, op.exists = set, exists
	return op, true
}

// evaluate says whether the condition matches the request, and why.
func (c condition) evaluate(req requestContext) Reason {
	m, text := c.match(req)
	return Reason{Place: c.place, Match: m, Text: text}
}

// match compares the condition with the request. It matches if one of its values does (IAM User
// Guide, Condition: several values are OR), and a negated operator if none does. A list without
// values can be judged under the set operators, which say what has to be in both sets (Multivalued
// context keys), and where the key is absent; elsewhere the guide leaves it open.
func (c condition) match(req requestContext) (Match, string) {
	op, ok := parseOperator(c.operator)
	if !ok {
		return MayMatch, fmt.Sprintf("the operator %+q can't be evaluated offline", text.Clip(c.operator))
	}
	value, p, miss := req.lookup(c.key)
	switch {
	case len(c.values) == 0 && op.set == forAny && !op.negated && (p == present || !op.exists):
		return NoMatch, "there is no value, and ForAnyValue takes one that the request has, too"
	case p == unsure:
		return MayMatch, fmt.Sprintf("the value of %+q in the request isn't known here", c.key)
	case op.null && len(c.values) > 0:
		return c.null(p, miss)
	case p == absent && !op.null:
		return op.absent(c.key, miss)
	case len(c.values) == 0 && op.set == forAll && !op.negated:
		return NoMatch, fmt.Sprintf("there is no value, and ForAllValues takes one for %+q", value)
	case len(c.values) == 0:
		return MayMatch, "there is no value to compare with"
	}
	m, why := NoMatch, ""
	for _, v := range c.values {
		one, unknown := op.compare(v, value, c.variables)
		m, why = max(m, one), cmp.Or(why, unknown)
	}
	if m == MayMatch {
		return MayMatch, why
	}
	found := m == Matches
	if op.negated {
		m = m.invert()
	}
	_, claim, _ := cutLast(c.key, ":")
	text := fmt.Sprintf("the token's %s is %+q", strings.ToLower(claim), value)
	switch {
	case m == Matches:
	case found:
		text += ", which " + c.operator + " excludes"
	default:
		text += ", and the policy wants " + quoteList(c.values)
		if miss := op.valueMiss(c.values, value, req); miss != "" {
			text += ": " + miss
		}
	}
	return m, text
}

// absent evaluates an operator where the key isn't in the request: it doesn't match, unless the
// operator is negated, ends in IfExists, or is ForAllValues, since all of no values match (IAM User
// Guide, Condition operators, Multivalued context keys).
func (op operator) absent(key, miss string) (Match, string) {
	text := fmt.Sprintf("the request has no key %+q", key)
	if miss != "" {
		text += ": " + miss
	}
	switch {
	case op.set == forAll:
		return Matches, text + "; ForAllValues lets that pass"
	case op.set == forAny && op.exists:
		return MayMatch, text + "; whether IfExists lets that pass under ForAnyValue isn't documented"
	case op.exists:
		return Matches, text + "; IfExists lets that pass"
	case op.set == forAny:
		return NoMatch, text
	case op.negated:
		return Matches, text + "; a negated operator lets that pass"
	}
	return NoMatch, text
}

// null evaluates the operator Null: "true" matches if the key is absent, "false" if it is present.
func (c condition) null(p presence, miss string) (Match, string) {
	text := fmt.Sprintf("the request has the key %+q", c.key)
	if p == absent {
		text = fmt.Sprintf("the request has no key %+q", c.key)
	}
	if miss != "" {
		text += ": " + miss
	}
	m := NoMatch
	for _, v := range c.values {
		switch v {
		case "true", "false":
			if (v == "true") == (p == absent) {
				m = Matches
			}
		default:
			return MayMatch, fmt.Sprintf("the value %+q of Null is neither true nor false", v)
		}
	}
	return m, text
}

// compare compares one value of the policy with the request's. Where that can't be known, unknown
// says why.
func (op operator) compare(want, value string, variables bool) (m Match, unknown string) {
	p, ok := compile(want, op.like, variables)
	switch {
	case !ok:
		return MayMatch, "a policy variable in the value isn't known here"
	case op.fold:
		if m = equalFold(p.literal(), value); m == MayMatch {
			return m, fmt.Sprintf("how iam compares %+q without case isn't documented: a letter of it is outside ASCII",
				text.Clip(want))
		}
		return m, ""
	case p.match(value):
		return Matches, ""
	}
	return NoMatch, ""
}
