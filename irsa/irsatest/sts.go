package irsatest

import (
	"cmp"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// An STS is a Security Token Service: an http.Handler that judges tokens and requests as AWS's
// does, and answers in its words. It has the operations AssumeRoleWithWebIdentity, AssumeRole and
// GetCallerIdentity. The zero STS is ready: it has no roles, and refuses every token. Its methods
// are safe for concurrent use, also while it serves; its fields must be set before.
type STS struct {
	// SessionDuration is how long sessions last, whatever is asked for. Zero: as long as is asked
	// for, and an hour by default. It may be shorter than the 15 minutes that can be asked for;
	// negative: sessions have expired when they begin.
	SessionDuration time.Duration

	// EndWithToken ends a session with the token that it was given for, where no duration is asked
	// for. MinIO's STS does that; AWS's gives an hour.
	EndWithToken bool

	// HTTPClient fetches the discovery documents and keys of the OIDCProviders that are known by
	// URL alone. Nil: http.DefaultClient.
	HTTPClient *http.Client

	mu        sync.Mutex // guards the four that follow
	roles     map[string]*role
	providers []OIDCProvider
	keySets   map[string]*keySet
	sessions  map[string]*session

	asked
	faults  fault.List[Request]
	log     requestLog
	traffic fault.Traffic
}

// asked has Client ask the STS about connections. By its lower-case name it is no part of the
// documentation.
type asked = memnet.Asked

// ServeHTTP implements http.Handler.
func (s *STS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.traffic.Begin()
	defer s.traffic.End()
	c := &call{sts: s, r: r}
	err := c.read()
	logged, told := s.log.add(c)
	p := s.faults.Plan(r, told.Op, told)
	c.now = time.Now().Add(p.Skew)
	a := s.judge(c, p, err)
	s.log.answered(logged, a.code)
	if p.Begin(w, r, &s.traffic) {
		return
	}
	p.Send(w, r, &s.traffic, a.http(p))
}

// judge is the answer to a request: the fault's, or the one it deserves.
func (s *STS) judge(c *call, p *fault.Plan, err *apiError) answer {
	if p.Error != nil {
		return errorAnswer(knownError(p.Error.Code, p.Error.Message))
	}
	if err == nil {
		var a answer
		if a, err = c.answer(); err == nil {
			return a
		}
	}
	return errorAnswer(err)
}

// A call is one request while it is answered.
type call struct {
	sts    *STS
	r      *http.Request
	now    time.Time // by the clock of this STS
	body   []byte
	params url.Values
}

// read takes the parameters of AWS's query protocol, which may be in the URL, as in a presigned
// request, and in a form in the body, as the SDKs send them.
func (c *call) read() *apiError {
	c.params = c.r.URL.Query()
	const limit = 1 << 20
	body, err := io.ReadAll(http.MaxBytesReader(nil, c.r.Body, limit))
	if err != nil {
		return &apiError{
			http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the request body is too large",
		}
	}
	c.body = body
	kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	if kind != "application/x-www-form-urlencoded" {
		return nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return badRequest("MalformedQueryString", "The query string contains a syntax error.")
	}
	for name, values := range form {
		c.params[name] = append(c.params[name], values...)
	}
	return nil
}

// answer is the answer of the operation that is asked for, in the one version of its API that STS
// ever had.
func (c *call) answer() (answer, *apiError) {
	const version = "2011-06-15"
	action := c.params.Get("Action")
	if v := c.params.Get("Version"); action != "" && v != version {
		return answer{}, invalidAction(action, v)
	}
	switch action {
	case "AssumeRoleWithWebIdentity":
		return c.assumeRoleWithWebIdentity()
	case "AssumeRole":
		return c.assumeRole()
	case "GetCallerIdentity":
		return c.callerIdentity()
	case "":
		return answer{}, badRequest("MissingAction", "The request is missing an Action parameter.")
	}
	return answer{}, invalidAction(action, version)
}

func invalidAction(action, version string) *apiError {
	return badRequest("InvalidAction",
		"Could not find operation "+action+" for version "+cmp.Or(version, "NO_VERSION_SPECIFIED"))
}
