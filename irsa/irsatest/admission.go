package irsatest

import (
	"encoding/json"
	"slices"
	"strings"
)

// An admission is the part of a trust policy that says which AWS principals may assume the role.
// Web identities are the matter of package trustpolicy.
type admission struct {
	Statement list[admissionStatement]
}

// An admissionStatement is one statement. What is not judged is kept to be told from absent.
type admissionStatement struct {
	Effect                  string
	Principal               principals
	Action                  list[string]
	Condition               map[string]map[string]list[scalar]
	NotPrincipal, NotAction json.RawMessage // not judged
}

// A scalar is a condition's value: a string, or a number or boolean as written.
type scalar string

func (s *scalar) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, (*string)(s)); err != nil {
		*s = scalar(b)
	}
	return nil
}

// A list is a JSON list, or the one element that may stand for it.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	var many []T
	if err := json.Unmarshal(b, &many); err == nil {
		*l = many
		return nil
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// principals are the AWS principals of a statement, and its services; "*" is everyone.
type principals list[string]

func (p *principals) UnmarshalJSON(b []byte) error {
	var everyone string
	if err := json.Unmarshal(b, &everyone); err == nil {
		*p = principals{everyone}
		return nil
	}
	var kinds struct{ AWS, Service list[string] }
	if err := json.Unmarshal(b, &kinds); err != nil {
		return err
	}
	*p = append(principals(kinds.AWS), kinds.Service...)
	return nil
}

// allows reports whether the policy allows action. What it can't judge (an operator or a key that
// it doesn't know, NotPrincipal, NotAction) allows nothing and denies everything.
func (a admission) allows(action string, q query) bool {
	allowed := false
	for _, s := range a.Statement {
		named := slices.ContainsFunc(s.Principal, q.caller.is)
		acts := slices.ContainsFunc(s.Action, func(pattern string) bool {
			return like(strings.ToLower(pattern), strings.ToLower(action))
		})
		unjudged := s.NotPrincipal != nil || s.NotAction != nil
		if !unjudged && (!named || !acts) {
			continue
		}
		holds, sure := q.holds(s.Condition)
		sure = sure && !unjudged
		switch {
		case s.Effect == "Deny" && (holds || !sure):
			return false
		case s.Effect == "Allow" && holds && sure:
			allowed = true
		}
	}
	return allowed
}

// is reports whether a principal of a trust policy names the session: everyone, its account, its
// role, or the session itself. A service is named by its name alone.
func (n *session) is(principal string) bool {
	if n.service != "" {
		return principal == n.service
	}
	root := "arn:" + n.partition + ":iam::" + n.account + ":root"
	return slices.Contains([]string{"*", n.account, root, n.roleARN, n.arn}, principal) && principal != ""
}
