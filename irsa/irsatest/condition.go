package irsatest

import (
	"slices"
	"strings"
)

// A query asks whether a caller may do something. The keys of its context are in lower case, as
// IAM's condition keys are case-insensitive.
type query struct {
	caller  *session
	context map[string]string
}

// holds reports whether all conditions hold, and whether that is certain.
func (q query) holds(conditions map[string]map[string]list[scalar]) (holds, sure bool) {
	holds, sure = true, true
	for operator, keys := range conditions {
		operator, ifExists := strings.CutSuffix(operator, "IfExists")
		compare, negated := comparison(operator)
		for key, values := range keys {
			got, present := q.context[strings.ToLower(key)]
			switch {
			case compare == nil || !knownKey(key):
				sure = false
			case !present:
				holds = holds && (negated || ifExists)
			default:
				match := slices.ContainsFunc(values, func(want scalar) bool { return compare(string(want), got) })
				holds = holds && match != negated
			}
		}
	}
	return holds, sure
}

// comparison is how an operator compares, nil for one that isn't known, and whether it is negated.
func comparison(operator string) (compare func(want, got string) bool, negated bool) {
	operator, negated = strings.ReplaceAll(operator, "Not", ""), strings.Contains(operator, "Not")
	switch operator {
	case "StringEquals":
		return func(want, got string) bool { return want == got }, negated
	case "StringEqualsIgnoreCase":
		return strings.EqualFold, negated
	case "StringLike", "ArnLike", "ArnEquals":
		return like, negated
	}
	return nil, negated
}

// knownKey reports whether the key's absence means that the request has no such value, rather than
// that this STS doesn't know it.
func knownKey(key string) bool {
	key = strings.ToLower(key)
	return strings.HasPrefix(key, "aws:requesttag/") || slices.Contains([]string{
		"sts:externalid", "sts:rolesessionname", "sts:sourceidentity",
		"aws:principalarn", "aws:principalaccount", "aws:userid",
	}, key)
}

// like matches a pattern with * (any characters) and ? (any one).
func like(pattern, s string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if len(s) < len(head) || !star && len(s) != len(head) {
		return false
	}
	for i := range len(head) {
		if head[i] != '?' && head[i] != s[i] {
			return false
		}
	}
	if !star {
		return true
	}
	for i := len(head); i <= len(s); i++ {
		if like(tail, s[i:]) {
			return true
		}
	}
	return false
}
