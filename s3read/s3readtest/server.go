package s3readtest

import (
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/fault"
	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// A Server is an S3. The zero Server is ready and empty. It is an http.Handler; its methods are
// safe for concurrent use, also while it serves.
type Server struct {
	// Authorize, if not nil, is asked about each request before it is looked at, and refuses it
	// with an error. The code and message of a smithy.APIError with one of S3's codes are answered
	// as they are (InvalidAccessKeyId, ExpiredToken, SignatureDoesNotMatch, …), other errors as
	// AccessDenied. The Authorize method of irsatest's STS is one. It must not be changed while the
	// Server serves. Requests to a directory bucket are checked against the sessions of
	// CreateSession instead.
	Authorize func(*http.Request) error

	// Region is where buckets are made that name no other, and that S3Client asks. Default
	// us-east-1. It must be set before the Server is used.
	Region string

	// PageSize is the most entries that a page of a listing has, however many a request asks for:
	// keys, versions, uploads or parts. Default, and at most, 1,000, as S3 has it. With a small one
	// a test sees whether a program reads on behind a page, and needs no thousand keys for that. It
	// must not be changed while the Server serves.
	PageSize int

	mu       sync.RWMutex // guards what is stored
	buckets  map[string]*bucket
	versions int
	sessions map[string]bool // tokens that CreateSession gave out

	asked
	faults  fault.List[Request]
	log     requestLog
	traffic fault.Traffic
}

// asked has clients ask the Server about connections. By its lower-case name it is no part of the
// documentation.
type asked = memnet.Asked

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.traffic.Begin()
	defer s.traffic.End()
	if r.Body == nil { // of a request that no server made
		r.Body = http.NoBody
	}
	t, err := parseTarget(r)
	query := r.URL.Query()
	op := findOperation(r.Method, t, query, r.Header)
	accessKey, region, _ := signingScope(r)
	logged := s.log.add(&Request{
		Op: op.name, Method: r.Method, Bucket: t.bucket, Key: t.key, AccessKey: accessKey, Region: region,
		Host: r.Host, Query: query, Header: withoutSecrets(r.Header), Received: time.Now(),
	})
	told := logged.snapshot()
	p := s.faults.Plan(r, told.Op, told)
	if p.Begin(w, r, &s.traffic) {
		return
	}
	r.Body = p.Body(r)
	for _, name := range p.Ignored {
		r.Header.Del(name)
	}
	var a *answer
	switch {
	case err != nil:
		a = fail("InvalidURI").answer()
	case p.Error != nil:
		a = injected(p.Error).answer()
	case p.Reply != nil:
		a = reply(p.Reply)
	default:
		a = (&call{server: s, r: r, target: t, query: query, op: op, plan: p}).answer()
	}
	// What an answer leaves unread is read all the same: a client that still writes when the
	// connection ends sees that, and not the answer.
	if _, err := io.Copy(io.Discard, r.Body); err != nil || p.LoseAnswer {
		panic(http.ErrAbortHandler)
	}
	a.Answered, a.Sent = logged.answered, logged.sent
	p.Send(w, r, &s.traffic, &a.Answer)
}

// A call is one request while it is answered.
type call struct {
	target
	server *Server
	r      *http.Request
	query  map[string][]string
	op     operation
	plan   *fault.Plan
}

func (c *call) param(name string) string {
	if values := c.query[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func (c *call) has(name string) bool { _, ok := c.query[name]; return ok }

// answer is the answer where nothing goes wrong.
func (c *call) answer() *answer {
	a, f := c.handle()
	if f != nil {
		return f.answer()
	}
	return a
}

// handle judges what concerns every operation: region, signature, bucket, owner, and who pays.
func (c *call) handle() (*answer, *failure) {
	s := c.server
	s.mu.RLock()
	b := s.buckets[c.bucket]
	s.mu.RUnlock()
	if f := c.wrongScope(b); f != nil {
		return nil, f
	}
	if f := c.unauthorized(b); f != nil {
		if b != nil { // whoever may not ask may know where: S3 API reference, HeadBucket
			f.withHeader("x-amz-bucket-region", b.Region)
		}
		return nil, f
	}
	switch {
	case c.op.name == "ListBuckets" && c.op.sub == "":
		return c.listBuckets()
	case c.op.handle == nil:
		return nil, c.notImplemented()
	case b == nil && c.op.name != "CreateBucket":
		return nil, fail("NoSuchBucket", "BucketName", c.bucket)
	case len(c.key) > maxKey:
		return nil, fail("KeyTooLongError", "Size", strconv.Itoa(len(c.key)), "MaxSizeAllowed", strconv.Itoa(maxKey))
	}
	if owner := c.r.Header.Get("x-amz-expected-bucket-owner"); b != nil && owner != "" && owner != b.Owner {
		return nil, fail("AccessDenied")
	}
	if b != nil && b.RequesterPays && c.r.Header.Get("x-amz-request-payer") != "requester" {
		return nil, fail("AccessDenied")
	}
	a, f := c.op.handle(c, b)
	if f == nil && b != nil && b.RequesterPays {
		a.Header.Set("x-amz-request-charged", "requester")
	}
	return a, f
}

// unauthorized is the answer to a request that Authorize refuses, nil where it may pass. Requests
// to a directory bucket carry the token of a session in place of a signature by the client's own
// keys.
func (c *call) unauthorized(b *bucket) *failure {
	if b != nil && b.directory() && c.op.name != "CreateSession" && c.r.Header.Get("x-amz-s3session-token") != "" {
		c.server.mu.RLock()
		defer c.server.mu.RUnlock()
		if !c.server.sessions[c.r.Header.Get("x-amz-s3session-token")] {
			return fail("InvalidToken")
		}
		return nil
	}
	if c.server.Authorize == nil {
		return nil
	}
	if err := c.server.Authorize(c.r); err != nil {
		return refused(err)
	}
	return nil
}
