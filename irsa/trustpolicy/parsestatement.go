package trustpolicy

import (
	"regexp"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// sid is what IAM takes for a Sid (IAM User Guide, JSON policy elements: Sid).
var sid = regexp.MustCompile(`^[0-9A-Za-z]*$`)

// statement parses one statement. The Sid comes first, wherever it stands, since places name it.
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
				return s, p.fail(m.value.offset, "Effect is %s: iam takes Allow or Deny, in this spelling",
					m.value.show())
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

// action parses Action or NotAction.
func (p *parser) action(m member) (action, error) {
	a := action{place: p.at(m.offset, m.name), not: m.name == "NotAction"}
	list, err := p.oneOrMore(m.name, m.value, str)
	if err != nil {
		return a, err
	}
	for _, n := range list {
		if n.text != "*" && !strings.Contains(n.text, ":") {
			return a, p.fail(n.offset, "%s %+q names no service: iam writes it service:Action, such as %s",
				m.name, text.Clip(n.text), webIdentity)
		}
		a.names = append(a.names, n.text)
	}
	return a, nil
}

// principal parses Principal or NotPrincipal: "*", or an object of kinds of principals.
func (p *parser) principal(m member) (principal, error) {
	out := principal{place: p.at(m.offset, m.name), not: m.name == "NotPrincipal"}
	if m.value.kind == str && m.value.text == "*" {
		out.ids = []principalID{{"*", "*"}}
		return out, nil
	}
	if m.value.kind != object {
		return out, p.fail(m.value.offset,
			`%s is %s: iam takes "*" or an object such as {"Federated": "arn:aws:iam::111122223333:oidc-provider/…"}`,
			m.name, m.value.show())
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

// conditions parses a Condition block, {operator: {key: value or values}}, into one condition for
// each key under each operator. A statement matches only where all of them do.
func (p *parser) conditions(n node) ([]condition, error) {
	if n.kind != object {
		return nil, p.fail(n.offset, "Condition is %s: iam takes an object of operators", n.show())
	}
	var out []condition
	for _, op := range n.members {
		if op.value.kind != object {
			return nil, p.fail(op.value.offset, "%s is %s: iam takes an object of condition keys",
				plain(op.name), op.value.show())
		}
		keys := map[string]bool{}
		for _, key := range op.value.members {
			// Keys have no case, so two that differ in it are the same key.
			if keys[lower(key.name)] {
				return nil, p.fail(key.offset, "the key %+q comes twice under %s, in another case",
					text.Clip(key.name), plain(op.name))
			}
			keys[lower(key.name)] = true
			c := condition{
				place:    p.at(key.offset, "Condition "+plain(op.name)+" "+plain(key.name)),
				operator: op.name, key: key.name, variables: p.variables,
			}
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
