package trustpolicy

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a trust policy: the JSON document that aws iam get-role shows as
// AssumeRolePolicyDocument. Statement may be one object or a list of them;
// actions, principals and condition values one string or a list of them.
//
// What breaks the grammar that the IAM User Guide publishes for policies, or its
// rules for trust policies, is a *SyntaxError that names the element and its line
// and column: elements that are unknown or come twice, an Effect that is missing
// or in another case, Action and NotAction both or neither, Principal and
// NotPrincipal both or neither, a Resource. Condition operators and keys that
// Evaluate can't judge are no errors.
func Parse(doc []byte) (*Policy, error) {
	root, err := source(doc).decode()
	if err != nil {
		return nil, err
	}
	return (&parser{source: doc}).policy(root)
}

// A parser turns nodes into a policy. It holds where it is.
type parser struct {
	source
	place     Place
	variables bool
}

// at returns the place of an element of the statement that is being parsed.
func (p *parser) at(offset int, element string) Place {
	place := p.place
	place.Element = element
	place.Line, place.Column = p.source.place(offset)
	return place
}

// fail is source.fail, with the statement named.
func (p *parser) fail(offset int, format string, args ...any) error {
	problem := fmt.Sprintf(format, args...)
	if p.place.Statement > 0 {
		problem = fmt.Sprintf("statement %d: %s", p.place.Statement, problem)
	}
	return p.source.fail(offset, "%s", problem)
}

func (p *parser) policy(n node) (*Policy, error) {
	if n.kind != object {
		return nil, p.fail(n.offset, "a policy is an object, not %s", n.kind)
	}
	policy := &Policy{doc: bytes.Clone(p.source)}
	var statements *node
	for _, m := range n.members {
		switch m.name {
		case "Version":
			if m.value.kind != str || m.value.text != "2012-10-17" && m.value.text != "2008-10-17" {
				return nil, p.fail(m.value.offset, `Version is %s: iam knows "2012-10-17" and "2008-10-17"`, m.value.show())
			}
			p.variables = m.value.text == "2012-10-17"
		case "Id":
			if m.value.kind != str {
				return nil, p.fail(m.value.offset, "Id is %s, not a string", m.value.kind)
			}
		case "Statement":
			statements = &m.value
		case "Role", "AssumeRolePolicyDocument":
			return nil, p.fail(m.offset, "this is the answer of aws iam get-role: the trust policy is its AssumeRolePolicyDocument alone")
		default:
			return nil, p.unknown(m, "Version", "Id", "Statement")
		}
	}
	policy.variables = p.variables
	if statements == nil {
		return nil, p.fail(n.offset, "there is no Statement")
	}
	list, err := p.oneOrMore("Statement", *statements, object)
	if err != nil {
		return nil, err
	}
	sids := map[string]bool{}
	for i, n := range list {
		p.place = Place{Statement: i + 1}
		s, err := p.statement(n)
		if err != nil {
			return nil, err
		}
		if sid := s.place.Sid; sid != "" && sids[sid] {
			return nil, p.fail(n.offset, "the Sid %q is another statement's too", sid)
		}
		sids[s.place.Sid] = true
		policy.statements = append(policy.statements, s)
	}
	return policy, nil
}

// iam's own check of a Sid.
var sid = regexp.MustCompile(`^[0-9A-Za-z]*$`)

func (p *parser) statement(n node) (statement, error) {
	var s statement
	for _, m := range n.members {
		if m.name != "Sid" {
			continue
		}
		if m.value.kind != str || !sid.MatchString(m.value.text) {
			return s, p.fail(m.value.offset, "Sid is %s: iam takes a string of letters and digits", m.value.show())
		}
		p.place.Sid = m.value.text
	}
	s.place = p.at(n.offset, "")
	var effect, action, principal *member
	for _, m := range n.members {
		var err error
		switch m.name {
		case "Sid":
		case "Effect":
			effect = &m
			if m.value.kind != str || m.value.text != "Allow" && m.value.text != "Deny" {
				return s, p.fail(m.value.offset, "Effect is %s: iam knows Allow and Deny, in this case", m.value.show())
			}
			s.deny = m.value.text == "Deny"
		case "Action", "NotAction":
			if action != nil {
				return s, p.fail(m.offset, "both Action and NotAction: a statement has one of them")
			}
			action = &m
			s.action, err = p.action(m)
		case "Principal", "NotPrincipal":
			if principal != nil {
				return s, p.fail(m.offset, "both Principal and NotPrincipal: a statement has one of them")
			}
			principal = &m
			s.principal, err = p.principal(m)
		case "Condition":
			s.conditions, err = p.conditions(m.value)
		case "Resource", "NotResource":
			return s, p.fail(m.offset, "%s: a trust policy has none, since the role that it belongs to is the resource", m.name)
		default:
			err = p.unknown(m, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition")
		}
		if err != nil {
			return s, err
		}
	}
	switch {
	case effect == nil:
		return s, p.fail(n.offset, "there is no Effect")
	case principal == nil:
		return s, p.fail(n.offset, "there is no Principal: a trust policy says whom it trusts")
	case action == nil:
		return s, p.fail(n.offset, "there is no Action")
	}
	return s, nil
}

func (p *parser) action(m member) (action, error) {
	a := action{place: p.at(m.offset, m.name), not: m.name == "NotAction"}
	list, err := p.oneOrMore(m.name, m.value, str)
	if err != nil {
		return a, err
	}
	for _, n := range list {
		if n.text != "*" && !strings.Contains(n.text, ":") {
			return a, p.fail(n.offset, "%s %+q names no service: iam writes it service:Action, such as sts:AssumeRoleWithWebIdentity", m.name, clip(n.text))
		}
		a.names = append(a.names, n.text)
	}
	return a, nil
}

func (p *parser) principal(m member) (principal, error) {
	out := principal{place: p.at(m.offset, m.name), not: m.name == "NotPrincipal"}
	if m.value.kind == str && m.value.text == "*" {
		out.ids = []principalID{{"*", "*"}}
		return out, nil
	}
	if m.value.kind != object {
		return out, p.fail(m.value.offset, `%s is %s: iam takes "*" or an object such as {"Federated": "arn:aws:iam::111122223333:oidc-provider/…"}`, m.name, m.value.show())
	}
	for _, k := range m.value.members {
		if !slices.Contains([]string{"AWS", "Federated", "Service", "CanonicalUser"}, k.name) {
			return out, p.unknown(k, "AWS", "Federated", "Service", "CanonicalUser")
		}
		list, err := p.oneOrMore(k.name, k.value, str)
		if err != nil {
			return out, err
		}
		for _, n := range list {
			out.ids = append(out.ids, principalID{k.name, n.text})
		}
	}
	return out, nil
}

func (p *parser) conditions(n node) ([]condition, error) {
	if n.kind != object {
		return nil, p.fail(n.offset, "Condition is %s: iam takes an object of operators", n.show())
	}
	var out []condition
	for _, op := range n.members {
		if op.value.kind != object {
			return nil, p.fail(op.value.offset, "%s is %s: iam takes an object of condition keys", plain(op.name), op.value.show())
		}
		keys := map[string]bool{}
		for _, key := range op.value.members {
			// Keys have no case, so two that differ in it are the same key.
			if keys[lower(key.name)] {
				return nil, p.fail(key.offset, "the key %+q comes twice under %s, in another case", clip(key.name), plain(op.name))
			}
			keys[lower(key.name)] = true
			c := condition{place: p.at(key.offset, "Condition "+plain(op.name)+" "+plain(key.name)), operator: op.name, key: key.name, variables: p.variables}
			values, err := p.oneOrMore(key.name, key.value, str, number, boolean)
			if err != nil {
				return nil, err
			}
			for _, v := range values {
				c.values = append(c.values, v.text)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

// oneOrMore returns the elements of a list, or the one value that stands for it.
func (p *parser) oneOrMore(name string, n node, kinds ...kind) ([]node, error) {
	nodes := []node{n}
	if n.kind == list {
		nodes = n.list
	}
	for _, v := range nodes {
		if !slices.Contains(kinds, v.kind) {
			return nil, p.fail(v.offset, "%+q is %s: iam takes %s, or a list of them", clip(name), v.show(), kinds[0])
		}
	}
	return nodes, nil
}

// unknown refuses an element, and says which one was probably meant.
func (p *parser) unknown(m member, names ...string) error {
	for _, name := range names {
		if strings.EqualFold(clean(m.name), name) || edits(strings.ToLower(m.name), strings.ToLower(name)) <= 1 {
			return p.fail(m.offset, "unknown element %+q: iam writes it %s", clip(m.name), name)
		}
	}
	return p.fail(m.offset, "unknown element %+q: iam knows %s here", clip(m.name), strings.Join(names, ", "))
}

// show is a value in an error: scalars as they are, the rest by kind.
func (n node) show() string {
	switch n.kind {
	case str:
		return fmt.Sprintf("%+q", clip(n.text))
	case number, boolean, null:
		return n.text
	}
	return string(n.kind)
}

// plain is a name as it is, or quoted where some of it would not show.
func plain(s string) string {
	s = clip(s)
	if quoted := strconv.QuoteToASCII(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}

func clip(s string) string {
	if r := []rune(s); len(r) > 128 {
		return string(r[:128]) + "…"
	}
	return s
}
