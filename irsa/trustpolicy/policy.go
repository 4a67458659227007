package trustpolicy

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A Policy is a role's trust policy. It is immutable, so that it is safe for
// concurrent use. The zero Policy has no statements and allows nothing.
type Policy struct {
	doc        []byte // as it was parsed
	variables  bool   // whether ${…} in values are policy variables: from Version 2012-10-17 on
	statements []statement
}

// MarshalJSON returns the policy's document, as it was parsed or generated.
func (p *Policy) MarshalJSON() ([]byte, error) {
	if p == nil || p.doc == nil {
		return []byte(`{"Version":"2012-10-17","Statement":[]}`), nil
	}
	return bytes.Clone(p.doc), nil
}

// String returns the policy's document as JSON, indented by two spaces: what one
// pastes into a file for aws iam update-assume-role-policy.
func (p *Policy) String() string {
	doc, err := p.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	var out bytes.Buffer
	if err := json.Indent(&out, doc, "", "  "); err != nil {
		return string(doc)
	}
	return out.String()
}

// A Place is an element of a policy, and where its document holds it.
type Place struct {
	Statement int    // from 1, in the order of the document; 0 for the policy as a whole
	Sid       string // the statement's own name, if it has one
	Element   string // "Principal", "Action", "Condition StringEquals example.com:sub"; empty for the statement as a whole
	Line      int    // from 1
	Column    int    // from 1, in characters
}

// String returns the place in words: statement 1 "Sid", Action (line 5, column 7).
func (p Place) String() string {
	s := "policy"
	if p.Statement > 0 {
		s = fmt.Sprintf("statement %d", p.Statement)
	}
	if p.Sid != "" {
		s += fmt.Sprintf(" %q", p.Sid)
	}
	if p.Element != "" {
		s += ", " + p.Element
	}
	return fmt.Sprintf("%s (line %d, column %d)", s, p.Line, p.Column)
}

// A statement is one of a policy's, in the terms of the policy language.
type statement struct {
	place      Place
	deny       bool
	principal  principal
	action     action
	conditions []condition
}

// A principal is a Principal or NotPrincipal element: whom a statement is about.
type principal struct {
	place Place
	not   bool // NotPrincipal
	ids   []principalID
}

// A principalID is one of its principals.
type principalID struct {
	kind string // AWS, Federated, Service, CanonicalUser; "*" for everyone
	id   string
}

// An action is an Action or NotAction element.
type action struct {
	place Place
	not   bool // NotAction
	names []string
}

// A condition is one key under one operator of a Condition element. For the statement to match all
// of its conditions must.
type condition struct {
	place     Place
	operator  string
	key       string
	values    []string
	variables bool // see Policy.variables
}
