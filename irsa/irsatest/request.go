package irsatest

import (
	"maps"
	"net/url"
	"slices"
	"sync"
	"time"
)

// A Request is one that an STS got, or a PodIdentity. It holds no secret.
type Request struct {
	Op        string     // the operation, which STS calls an action: AssumeRoleWithWebIdentity, …
	Params    url.Values // all others; in place of a token's text a digest, which tells tokens apart
	Host      string     // that the client asked for, with the port if there was one
	UserAgent string
	AccessKey string    // of the signature; empty if the request isn't signed. See [STS.Identity]
	Region    string    // that it is signed for
	Received  time.Time // by the clock of the machine, without [Skew]

	Code string // of the error that was answered; empty for a success, and until it is answered
}

// Requests returns the requests that the STS got, in the order of their arrival: all of them, or
// those of the operations named. A request that failed before it was sent is not among them: see
// [Resolve]. The STS keeps each until [STS.ForgetRequests].
func (s *STS) Requests(ops ...string) []Request { return s.log.requests(ops) }

// ForgetRequests empties what [STS.Requests] returns.
func (s *STS) ForgetRequests() { s.log.forget() }

// A requestLog holds the requests. The zero requestLog is ready.
type requestLog struct {
	mu      sync.Mutex // guards entries and what they point to
	entries []*Request
}

// add logs the request that c answers. The parameters of a presigned request that can be used to
// sign, or to be let in, are left out.
func (l *requestLog) add(c *call) (logged *Request, copied Request) {
	params := maps.Clone(c.params)
	op := params.Get("Action")
	for _, name := range []string{"Action", "Version", "X-Amz-Signature", "X-Amz-Security-Token"} {
		params.Del(name)
	}
	if tokens := params["WebIdentityToken"]; tokens != nil {
		digests := make([]string, len(tokens))
		for i, token := range tokens {
			digests[i] = tokenDigest(token)
		}
		params["WebIdentityToken"] = digests
	}
	access, region := signerOf(c.r)
	return l.keep(&Request{
		Op: op, Params: params, Host: c.r.Host, UserAgent: c.r.UserAgent(),
		AccessKey: access, Region: region, Received: time.Now(),
	})
}

func (l *requestLog) keep(logged *Request) (*Request, Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, logged)
	return logged, *logged
}

// answered records the code of the error that a request is answered with.
func (l *requestLog) answered(logged *Request, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	logged.Code = code
}

func (l *requestLog) requests(ops []string) []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []Request
	for _, entry := range l.entries {
		if len(ops) == 0 || slices.Contains(ops, entry.Op) {
			found = append(found, *entry)
		}
	}
	return found
}

func (l *requestLog) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}
