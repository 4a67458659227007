package denial_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/denial"
)

// A request is what IAM decides on.
type request struct{ principal, action, resource string }

// A layer is a place where a policy has to allow a request.
type layer string

const (
	identityLayer     layer = "identity-statement"
	resourceLayer     layer = "resource-policy"
	keyLayer          layer = "key-policy"
	boundaryLayer     layer = "boundary"
	organizationLayer layer = "organization"
	endpointLayer     layer = "endpoint-policy"
)

// onResource reports whether the layer's statements name principals.
func (l layer) onResource() bool { return l == resourceLayer || l == keyLayer || l == endpointLayer }

// A policyStatement is one of any policy, as IAM reads it.
type policyStatement struct {
	Effect, Action string
	Principal      any
	Resource       string
	Condition      map[string]map[string]string
}

// policies are the statements of each layer that a request has to pass.
type policies map[layer][]string

// all are policies that allow everything, each in the way of its layer.
func all() policies {
	p := policies{}
	for _, l := range []layer{identityLayer, boundaryLayer, organizationLayer} {
		p[l] = []string{`{"Effect": "Allow", "Action": "*", "Resource": "*"}`}
	}
	for _, l := range []layer{resourceLayer, keyLayer, endpointLayer} {
		p[l] = []string{`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}`}
	}
	return p
}

// allow reports whether all layers let a request pass.
func (p policies) allow(t *testing.T, r request) bool {
	for l, statements := range p {
		passes := false
		for _, text := range statements {
			var s policyStatement
			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.DisallowUnknownFields()
			require.NoError(t, decoder.Decode(&s))
			passes = passes || s.allows(t, l, r)
		}
		if !passes {
			return false
		}
	}
	return true
}

func (s policyStatement) allows(t *testing.T, l layer, r request) bool {
	require.Equal(t, "Allow", s.Effect)
	require.Equal(t, l.onResource(), s.Principal != nil,
		"a Principal is what policies on resources have, and have alone")
	trust := l == resourceLayer && strings.HasPrefix(s.Action, "sts:")
	require.Equal(t, trust, s.Resource == "", "every statement has a Resource but those of trust policies")
	return matches(strings.ToLower(s.Action), strings.ToLower(r.action)) && s.admits(r.principal) &&
		(trust || matches(s.Resource, r.resource)) &&
		(s.Condition == nil || s.Condition["ArnEquals"]["aws:PrincipalArn"] == r.principal)
}

func (s policyStatement) admits(principal string) bool {
	switch p := s.Principal.(type) {
	case nil:
		return true
	case string:
		return p == "*"
	case map[string]any:
		return p["AWS"] == principal
	}
	return false
}

// A part of a pattern of IAM: an escaped character, a wildcard, or what stands for itself.
var patternPart = regexp.MustCompile(`\$\{[*?$]\}|[*?]|[^*?$]+|\$`)

// matches reports whether a pattern of IAM matches a text.
func matches(pattern, text string) bool {
	var re strings.Builder
	for _, part := range patternPart.FindAllString(pattern, -1) {
		switch {
		case part == "*":
			re.WriteString(".*")
		case part == "?":
			re.WriteString(".")
		case strings.HasPrefix(part, "${"):
			re.WriteString(regexp.QuoteMeta(part[2:3]))
		default:
			re.WriteString(regexp.QuoteMeta(part))
		}
	}
	return regexp.MustCompile(`(?s)^` + re.String() + `$`).MatchString(text)
}

// requestOf is the request that was denied.
func requestOf(d denial.Denial) request {
	r := request{d.Principal, d.Action, d.Resource}
	if m := regexp.MustCompile(`^(arn:.*):sts::(\d+):assumed-role/(.*)/.*$`).FindStringSubmatch(d.Principal); m != nil {
		r.principal = m[1] + ":iam::" + m[2] + ":role/" + m[3] // which is what IAM compares a session by
	}
	return r
}

// deniedOf are the denials of the cases, and some that no case has.
func deniedOf(t *testing.T) map[string]denial.Denial {
	all := map[string]denial.Denial{}
	for _, c := range deniedCases(t) {
		all[c.Name], _ = denial.Of(c.err())
	}
	const user = "User: arn:aws:sts::111122223333:assumed-role/reader/session is not authorized to perform: "
	for name, message := range map[string]string{
		"a key of wildcards": user + `s3:GetObject on resource: "arn:aws:s3:::b/a*b?c${aws:username}$" ` +
			`because no resource-based policy allows the s3:GetObject action`,
		"a trust policy": user + `sts:TagSession on resource: arn:aws:iam::444455556666:role/x ` +
			`because no role trust policy allows the sts:TagSession action`,
		"an organization": user + `sqs:SendMessage on resource: arn:aws:sqs:us-east-1:111122223333:q ` +
			`because no service control policy allows the sqs:SendMessage action`,
		"a federated user": strings.Replace(user, "assumed-role/reader/session", "federated-user/ann", 1) +
			`sqs:sendmessage on resource: arn:aws:sqs:us-east-1:111122223333:q ` +
			`because no resource-based policy allows the sqs:sendmessage action`,
	} {
		d, ok := denial.Parse(message)
		require.True(t, ok, name)
		all[name] = d
	}
	return all
}

// bothSides are the denials, and those of which nobody says whose policy denied once for each policy
// that an explanation names: the caller's own, and the resource's or the key's.
func bothSides(denials map[string]denial.Denial) map[string]denial.Denial {
	all := maps.Clone(denials)
	for name, d := range denials {
		if d.Fix != "unknown" || d.Deny != "" {
			continue
		}
		other := resourceLayer
		if strings.HasPrefix(d.Action, "kms:") {
			other = keyLayer
		}
		for _, side := range []layer{identityLayer, other} {
			d.Fix = string(side)
			all[name+", by the "+d.Fix] = d
		}
	}
	return all
}

func TestEachStatementAllowsWhatWasDeniedAndNothingElse(t *testing.T) {
	kinds := map[string]int{}
	for name, d := range bothSides(deniedOf(t)) {
		statement, ok := d.Statement()
		if !ok {
			continue
		}
		kinds[d.Fix]++
		t.Run(name, func(t *testing.T) {
			r, world := requestOf(d), all()
			require.True(t, world.allow(t, r))
			world[layer(d.Fix)] = nil
			assert.False(t, world.allow(t, r), "without the statement")
			world[layer(d.Fix)] = []string{statement}
			assert.True(t, world.allow(t, r), "with %s", statement)

			assert.False(t, world.allow(t, request{r.principal, r.action + "X", r.resource}), "another action")
			if !strings.Contains(statement, `"Resource": "*"`) && !strings.HasPrefix(r.action, "sts:") {
				assert.False(t, world.allow(t, request{r.principal, r.action, "x" + r.resource}), "another resource")
				assert.False(t, world.allow(t, request{r.principal, r.action, "arn:aws:s3:::b/axb"}),
					"another resource")
			}
			if layer(d.Fix).onResource() {
				assert.False(t, world.allow(t, request{r.principal + "x", r.action, r.resource}), "another principal")
			}
		})
	}
	for _, l := range []layer{identityLayer, resourceLayer, keyLayer, boundaryLayer, organizationLayer, endpointLayer} {
		assert.NotZero(t, kinds[string(l)], "no case gives a statement for %s", l)
	}
}

func TestNoStatementIsGivenWhereNoneHelps(t *testing.T) {
	for name, d := range deniedOf(t) {
		statement, ok := d.Statement()
		assert.Equal(t, ok, statement != "", name)
		if d.Deny == "explicit" || d.Fix == "none" || d.Fix == "unknown" || d.Action == "" {
			assert.False(t, ok, "%s: %s", name, statement)
		}
	}
	good := denial.Denial{
		Principal: "arn:aws:iam::111122223333:role/teams/reader", Action: "sqs:SendMessage",
		Resource: "arn:aws:sqs:us-east-1:444455556666:q", Fix: "resource-policy",
	}
	statement, ok := good.Statement()
	require.True(t, ok)
	assert.Contains(t, statement, `"arn:aws:iam::111122223333:role/teams/reader"`, "a role whose path is known")
	for name, change := range map[string]func(*denial.Denial){
		"nobody":            func(d *denial.Denial) { d.Principal = "anonymous" },
		"an account's root": func(d *denial.Denial) { d.Principal = "arn:aws:iam::111122223333:root" },
		"a name":            func(d *denial.Denial) { d.Resource = "q" },
		"no resource":       func(d *denial.Denial) { d.Resource = "" },
		"a masked account":  func(d *denial.Denial) { d.Resource = "arn:aws:sqs:us-east-1:********6666:q" },
		"every action":      func(d *denial.Denial) { d.Action = "sqs:*" },
		"a quotation mark":  func(d *denial.Denial) { d.Resource += `"` },
		"a control policy of resources": func(d *denial.Denial) {
			d.Fix, d.PolicyType = "organization", "rcp"
		},
	} {
		d := good
		change(&d)
		_, ok := d.Statement()
		assert.False(t, ok, name)
	}
}
