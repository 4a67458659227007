package irsatest

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// assumeRole answers whoever signed the request: a session of this STS or one of its users. Of the
// two policies that must allow it, the role's trust policy is judged, and the caller's own is taken
// to allow everything.
func (c *call) assumeRole() (answer, *apiError) {
	caller, err := c.signer()
	if err != nil {
		return answer{}, err
	}
	req, err := c.sessionRequest()
	if err != nil {
		return answer{}, err
	}
	tags, err := c.tags()
	if err != nil {
		return answer{}, err
	}
	role := c.sts.role(req.roleARN)
	q := query{caller: caller, context: map[string]string{
		"sts:rolesessionname":  req.name,
		"aws:principalarn":     cmp.Or(caller.roleARN, caller.arn),
		"aws:principalaccount": caller.account,
		"aws:userid":           caller.userID,
	}}
	if id := c.params.Get("ExternalId"); id != "" {
		q.context["sts:externalid"] = id
	}
	identity := c.params.Get("SourceIdentity")
	if identity != "" {
		q.context["sts:sourceidentity"] = identity
	}
	actions := []string{"sts:AssumeRole"}
	if len(tags) > 0 {
		actions = append(actions, "sts:TagSession")
		for key, value := range tags {
			q.context["aws:requesttag/"+key] = value
		}
	}
	if identity != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	// A source identity is set once, and stays for the whole chain of roles: IAM User Guide,
	// "Monitor and control actions taken with assumed roles".
	fixed := caller.sourceIdentity != "" && identity != "" && identity != caller.sourceIdentity
	for _, action := range actions {
		if role == nil || fixed && action == "sts:SetSourceIdentity" || !role.admits.allows(action, q) {
			return answer{}, &apiError{http.StatusForbidden, "AccessDenied",
				"User: " + caller.arn + " is not authorized to perform: " + action + " on resource: " + req.roleARN}
		}
	}
	// A session that assumes a role is role chaining, which is limited to an hour whatever the role
	// allows: IAM User Guide, "Role chaining".
	if caller.roleARN != "" && time.Duration(req.seconds)*time.Second > time.Hour {
		return answer{}, badRequest("ValidationError",
			"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	duration, err := req.durationFor(role)
	if err != nil {
		return answer{}, err
	}
	session := c.sts.newSession(role, req.name, cmp.Or(identity, caller.sourceIdentity), c.now, c.sts.lasting(duration))
	id := newUUID()
	return xmlAnswer(id, assumeRoleResponse{
		AssumedRoleUser:  assumedRoleUserXML{session.userID, session.arn},
		Credentials:      session.xml(),
		SourceIdentity:   session.sourceIdentity,
		PackedPolicySize: req.packedPolicySize(),
		RequestID:        id,
	}), nil
}

var externalID = regexp.MustCompile(`^[\w+=,.@:\/-]*$`)

// assumeRoleParameters checks the parameters that AssumeRole has of its own.
func (c *call) assumeRoleParameters(v *violations) {
	if c.params.Has("ExternalId") {
		v.length("externalId", c.params.Get("ExternalId"), 2, 1224)
		v.pattern("externalId", c.params.Get("ExternalId"), externalID)
	}
	if c.params.Has("SourceIdentity") {
		v.length("sourceIdentity", c.params.Get("SourceIdentity"), 2, 64)
		v.pattern("sourceIdentity", c.params.Get("SourceIdentity"), sessionName)
	}
}

// tags are the session tags asked for, at most 50, with keys of up to 128 and values of up to 256
// characters.
func (c *call) tags() (map[string]string, *apiError) {
	tags := make(map[string]string)
	var v violations
	n := 0
	for i := 1; c.params.Has(member("Tags", i, "Key")); i++ {
		key, value := c.params.Get(member("Tags", i, "Key")), c.params.Get(member("Tags", i, "Value"))
		v.length(fmt.Sprintf("tags.%d.member.key", i), key, 1, 128)
		v.length(fmt.Sprintf("tags.%d.member.value", i), value, 0, 256)
		tags[key] = value
		n++
	}
	if n > 50 {
		v.add("Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50")
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	if len(tags) < n {
		return nil, badRequest("InvalidParameterValue",
			"Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	}
	return tags, nil
}
