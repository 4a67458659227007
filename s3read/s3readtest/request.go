package s3readtest

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// A Request is one that the Server got.
type Request struct {
	// Op is the operation in S3's terms: ListObjectsV2, GetObject. One that the Server doesn't have
	// is named too, and answered with 501; "" if S3 has none like it.
	Op     string
	Method string

	AccessKey string // of the signature; "" if the request isn't signed. See irsatest's STS.Identity
	Region    string // that the request is signed for; "" if it isn't

	Host        string
	Bucket, Key string
	Query       url.Values
	Header      http.Header // without signature and session token
	Received    time.Time

	Status int   // of the answer; 0: none yet, or the connection ended before one
	Sent   int64 // bytes of the answer's body handed to the connection so far
}

// Requests returns the requests that the Server got, in the order of their arrival: all of them, or
// those of the operations named. The Server keeps each until ForgetRequests: one that runs for long
// calls that from time to time.
func (s *Server) Requests(ops ...string) []Request { return s.log.requests(ops) }

// ForgetRequests empties what Requests returns.
func (s *Server) ForgetRequests() { s.log.forget() }

// withoutSecrets is a copy of a request's headers that may be printed.
func withoutSecrets(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{"Authorization", "X-Amz-Security-Token", "X-Amz-S3session-Token"} {
		h.Del(name)
	}
	return h
}

// A requestLog holds the requests. The zero requestLog is ready.
type requestLog struct {
	mu      sync.Mutex // guards the entries and what they hold
	entries []*logged
}

// logged is a request in the log while it is answered.
type logged struct {
	log     *requestLog
	request *Request
}

func (l *requestLog) add(r *Request) *logged {
	for _, name := range []string{"X-Amz-Signature", "X-Amz-Security-Token"} {
		r.Query.Del(name)
	}
	entry := &logged{l, r}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, entry)
	return entry
}

func (l *requestLog) requests(ops []string) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []Request
	for _, entry := range l.entries {
		if len(ops) == 0 || slices.Contains(ops, entry.request.Op) {
			found = append(found, *entry.request)
		}
	}
	return found
}

func (l *requestLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

func (e *logged) snapshot() Request {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	return *e.request
}

func (e *logged) answered(status int) {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	e.request.Status = status
}

// sent counts bytes before they are written, so that whoever has read them finds them counted; what
// could then not be written is taken back.
func (e *logged) sent(n int64) {
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	e.request.Sent += n
}
