package irsatest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// An STS is a Security Token Service: an http.Handler that judges tokens and
// requests as AWS's does and answers in its words. It knows AssumeRoleWithWebIdentity,
// AssumeRole and GetCallerIdentity. The zero STS is ready; it has no roles, and
// refuses every token. Its methods are safe for concurrent use, also while it
// serves; its fields must be set before.
type STS struct {
	// SessionDuration, if not zero, is how long sessions last whatever is asked
	// for: shorter than the 15 minutes that can be asked for, or negative, for
	// sessions that have ended when they begin.
	SessionDuration time.Duration

	// EndWithToken ends a session with the token that it was given for, where no
	// duration is asked for, as MinIO's STS does.
	EndWithToken bool

	// HTTPClient fetches the discovery documents and keys of providers that are known
	// by URL alone. Default: http.DefaultClient.
	HTTPClient *http.Client

	mu        sync.Mutex // guards what follows
	roles     map[string]*role
	providers []Provider
	fetched   map[string]*fetched
	sessions  map[string]*session
	faults    faults
	requests  []Request
	traffic   traffic
}

// ServeHTTP answers one request.
func (s *STS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.begin()
	defer s.end()
	f := s.nextFault()
	c := &call{sts: s, r: r, now: time.Now().Add(f.Skew)}
	err := c.read()
	logged := s.record(c)
	a := s.judge(c, f, err)
	s.recordCode(logged, a.code)
	s.send(w, r, f, c, a)
}

// judge is the answer to a request: the fault's, or the one it deserves.
func (s *STS) judge(c *call, f Fault, err *apiError) answer {
	if e := f.error(); e != nil {
		return errorAnswer(e)
	}
	if err == nil {
		var a answer
		if a, err = c.answer(); err == nil {
			return a
		}
	}
	return errorAnswer(err)
}

// A call is one request, while it is answered.
type call struct {
	sts    *STS
	r      *http.Request
	now    time.Time // by the clock of this STS
	body   []byte
	params url.Values
}

// read takes the parameters of the query protocol from URL and body.
func (c *call) read() *apiError {
	c.params = c.r.URL.Query()
	const limit = 1 << 20
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, limit))
	if err != nil {
		return &apiError{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the request body is too large"}
	}
	c.body = body
	if kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";"); kind != "application/x-www-form-urlencoded" {
		return nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return &apiError{http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error."}
	}
	for name, values := range form {
		c.params[name] = append(c.params[name], values...)
	}
	return nil
}

func (c *call) answer() (answer, *apiError) {
	const version = "2011-06-15"
	action := c.params.Get("Action")
	if v := c.params.Get("Version"); action != "" && v != version {
		return answer{}, c.invalidAction(action, v)
	}
	switch action {
	case "AssumeRoleWithWebIdentity":
		return c.assumeRoleWithWebIdentity()
	case "AssumeRole":
		return c.assumeRole()
	case "GetCallerIdentity":
		return c.callerIdentity()
	case "":
		return answer{}, &apiError{http.StatusBadRequest, "MissingAction", "The request is missing an Action parameter."}
	}
	return answer{}, c.invalidAction(action, version)
}

func (c *call) invalidAction(action, version string) *apiError {
	return &apiError{http.StatusBadRequest, "InvalidAction", "Could not find operation " + action + " for version " + or(version, "NO_VERSION_SPECIFIED")}
}
