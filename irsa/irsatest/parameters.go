package irsatest

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// A sessionRequest holds the parameters that AssumeRole and AssumeRoleWithWebIdentity share.
type sessionRequest struct {
	roleARN    string
	arn        partition.RoleARN
	name       string
	seconds    int // asked for; zero: not said
	policy     string
	policyARNs []string
}

// sessionRequest reads the parameters and judges them in STS's words, by the limits of the API's
// model. All that is wrong with their form is told at once; what takes looking at is told by
// itself.
func (c *call) sessionRequest() (*sessionRequest, *apiError) {
	var v violations
	req := &sessionRequest{
		roleARN: c.params.Get("RoleArn"), name: c.params.Get("RoleSessionName"), policy: c.params.Get("Policy"),
	}
	for i := 1; c.params.Has(member("PolicyArns", i, "arn")); i++ {
		req.policyARNs = append(req.policyARNs, c.params.Get(member("PolicyArns", i, "arn")))
	}
	if v.required(c, "RoleArn", "roleArn") {
		v.length("roleArn", req.roleARN, 20, 2048)
	}
	if v.required(c, "RoleSessionName", "roleSessionName") {
		v.length("roleSessionName", req.name, 2, 64)
		v.pattern("roleSessionName", req.name, sessionName)
	}
	if c.params.Get("Action") == "AssumeRole" {
		c.assumeRoleParameters(&v)
	} else if v.required(c, "WebIdentityToken", "webIdentityToken") {
		v.secretLength("webIdentityToken", c.params.Get("WebIdentityToken"), 4, 20000)
	}
	if text := c.params.Get("DurationSeconds"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, badRequest("MalformedInput", "Invalid Argument")
		}
		req.seconds = n
		v.between("durationSeconds", n, 900, 43200)
	}
	if c.params.Has("Policy") {
		v.length("policy", req.policy, 1, 2048)
	}
	if len(req.policyARNs) > 10 {
		v.add("Value '%v' at 'policyArns' failed to satisfy constraint: "+
			"Member must have length less than or equal to 10", req.policyARNs)
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	var err error
	if req.arn, err = partition.SplitRoleARN(req.roleARN); err != nil {
		return nil, badRequest("ValidationError", "Request ARN is invalid")
	}
	if req.policy != "" && !isJSONObject(req.policy) {
		return nil, badRequest("MalformedPolicyDocument", "This policy contains invalid Json")
	}
	for _, arn := range req.policyARNs {
		if !strings.HasPrefix(arn, "arn:") {
			return nil, badRequest("ValidationError", "Request ARN is invalid")
		}
	}
	return req, nil
}

// durationFor is how long the session lasts: an hour unless another duration is asked for, which
// the role must allow.
func (req *sessionRequest) durationFor(r *role) (time.Duration, *apiError) {
	if req.seconds == 0 {
		return time.Hour, nil
	}
	d := time.Duration(req.seconds) * time.Second
	if d > r.MaxSessionDuration {
		return 0, badRequest("ValidationError",
			"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return d, nil
}

// packedPolicySize is the percentage of the space for session policies that is used. AWS doesn't
// document how it packs them; this counts characters.
func (req *sessionRequest) packedPolicySize() int {
	n := len(req.policy) + len(strings.Join(req.policyARNs, ""))
	return (n*100 + 4095) / 4096
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]*$`)

func isJSONObject(s string) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal([]byte(s), &object) == nil
}

// member is how the query protocol writes an element of a list.
func member(list string, i int, field string) string {
	return list + ".member." + strconv.Itoa(i) + "." + field
}
