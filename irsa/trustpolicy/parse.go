package trustpolicy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// Parse reads a trust policy: the JSON document that aws iam get-role shows as
// AssumeRolePolicyDocument. Statement may be one object or a list of them;
// actions, principals and condition values one string or a list of them.
//
// What breaks the grammar that the IAM User Guide publishes for policies, or its rules for trust
// policies, is a *SyntaxError that names the element and its line and column: elements that are
// unknown or come twice, an Effect that is missing or in another case, Action and NotAction both or
// neither, Principal and NotPrincipal both or neither, a Resource. Condition operators and keys
// that [Policy.Evaluate] doesn't know are no errors.
func Parse(doc []byte) (*Policy, error) {
	root, err := source(doc).decode()
	if err != nil {
		return nil, err
	}
	return (&parser{source: doc}).policy(root)
}

// A parser turns nodes into a policy. Its fields say where it is.
type parser struct {
	source
	place     Place // the statement that it parses; zero outside of statements
	variables bool  // see Policy.variables
}

// at returns the place of an element of the statement that is being parsed.
func (p *parser) at(offset int, element string) Place {
	place := p.place
	place.Element = element
	place.Line, place.Column = p.source.place(offset)
	return place
}

// fail returns the SyntaxError for a place, and names the statement.
func (p *parser) fail(offset int, format string, args ...any) error {
	problem := fmt.Sprintf(format, args...)
	if p.place.Statement > 0 {
		problem = fmt.Sprintf("statement %d: %s", p.place.Statement, problem)
	}
	return p.source.fail(offset, "%s", problem)
}

// policy parses the whole document.
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
				return nil, p.fail(m.value.offset, `Version is %s: iam knows "2012-10-17" and "2008-10-17"`,
					m.value.show())
			}
			// Version 2008-10-17, the default, has no policy variables: ${…} is text there.
			p.variables = m.value.text == "2012-10-17"
		case "Id":
			if m.value.kind != str {
				return nil, p.fail(m.value.offset, "Id is %s, not a string", m.value.kind)
			}
		case "Statement":
			statements = &m.value
		case "Role", "AssumeRolePolicyDocument":
			return nil, p.fail(m.offset,
				"this is the output of aws iam get-role: the trust policy is its AssumeRolePolicyDocument alone")
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
			return nil, p.fail(n.offset, "another statement has the Sid %q too", sid)
		}
		sids[s.place.Sid] = true
		policy.statements = append(policy.statements, s)
	}
	return policy, nil
}

// oneOrMore returns the elements of a list, or the one value that stands for it.
func (p *parser) oneOrMore(name string, n node, kinds ...kind) ([]node, error) {
	nodes := []node{n}
	if n.kind == list {
		nodes = n.list
	}
	for _, v := range nodes {
		if !slices.Contains(kinds, v.kind) {
			return nil, p.fail(v.offset, "%+q is %s: iam takes %s, or a list of them", text.Clip(name), v.show(),
				kinds[0])
		}
	}
	return nodes, nil
}

// unknown rejects an element, and says which one was probably meant: names have a case in IAM's
// policy language, unlike actions and condition keys.
func (p *parser) unknown(m member, names ...string) error {
	for _, name := range names {
		if strings.EqualFold(clean(m.name), name) || edits(strings.ToLower(m.name), strings.ToLower(name)) <= 1 {
			return p.fail(m.offset, "unknown element %+q: iam writes it %s", text.Clip(m.name), name)
		}
	}
	return p.fail(m.offset, "unknown element %+q: iam knows %s here", text.Clip(m.name), strings.Join(names, ", "))
}
