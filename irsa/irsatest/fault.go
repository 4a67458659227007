package irsatest

import (
	"bytes"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// A Phase is a part of an exchange, in which it can go wrong.
type Phase string

// Resolve, Connect and TLS can only go wrong where connections are made by a
// client from Client or STS.Client; over other listeners the connection has been
// made when the STS sees the request, and it goes wrong as in Response.
const (
	Resolve  Phase = "resolve"  // the host's name is looked up
	Connect  Phase = "connect"  // the connection is made
	TLS      Phase = "tls"      // the TLS handshake; without TLS, the first bytes
	Response Phase = "response" // the answer is waited for
	Body     Phase = "body"     // half of the answer's body has arrived
)

// A Fault is what goes wrong with requests, and how: each field may be combined
// with every other that makes sense beside it. The zero Fault is none.
type Fault struct {
	// Times is how many requests it befalls. Zero: all, until the next such Fault
	// is set. Faults with a number come first, in the order in which they were
	// set, whatever holds for all.
	Times int

	Latency time.Duration // passes before the answer

	// Skew is how far the clock of STS is ahead of the client's (negative: behind):
	// that of Date, Expiration and the times of signatures. The issuer's clock is
	// taken to be as far ahead, as where a node's clock is wrong: tokens are judged
	// by the time that they were made in.
	Skew time.Duration

	// Code, Message and Status make the answer an error. Where Code is one that STS
	// answers ("Throttling", "IDPCommunicationError", …), Message and Status may be
	// left out; the default Status is otherwise 400.
	Code    string
	Message string
	Status  int

	Hang Phase // the phase that never ends. Resolve and Connect time out after 30 s, TLS after 10 s, as in the SDK's own client
	Cut  Phase // the phase in which it fails: the name does not resolve, the connection is refused, or it is reset

	// Untrusted lets the server show a certificate that nobody trusts, as a proxy
	// that opens TLS does; only to a client from Client or STS.Client.
	Untrusted bool

	// Omit takes elements out of the answer ("Credentials", "Expiration",
	// "SessionToken"), or its header "Date".
	Omit []string

	// Replace is sent instead of the answer, with Status (default 200) and the
	// content type text/html: what a proxy in the way may say. Not nil and empty:
	// an answer without a body.
	Replace []byte

	// Redirect is where the answer sends the client, with Status (default 307).
	Redirect string
}

// SetFault lets f befall requests from now on; SetFault(Fault{}) ends what befalls
// them all. Requests that hang already keep hanging: see Wait.
func (s *STS) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times > 0 {
		s.faults.next = append(s.faults.next, f)
		return
	}
	s.faults.always = f
}

type faults struct {
	next   []Fault // each for a number of requests
	always Fault
}

// take is the fault for one request.
func (q *faults) take() Fault {
	if len(q.next) == 0 {
		return q.always
	}
	f := q.next[0]
	if q.next[0].Times--; q.next[0].Times == 0 {
		q.next = q.next[1:]
	}
	return f
}

func (s *STS) nextFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults.take()
}

// dialFault is the fault for one connection. Faults of later phases are left for
// the request that comes over it.
func (s *STS) dialFault() memnet.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults.always
	if len(s.faults.next) > 0 {
		f = s.faults.next[0]
	}
	fault := f.ofConnection()
	if fault != memnet.None {
		s.faults.take()
	}
	return fault
}

func (f Fault) ofConnection() memnet.Fault {
	switch {
	case f.Cut == Resolve:
		return memnet.NoSuchHost
	case f.Cut == Connect:
		return memnet.Refused
	case f.Cut == TLS:
		return memnet.Reset
	case f.Hang == Resolve:
		return memnet.ResolveHangs
	case f.Hang == Connect:
		return memnet.ConnectHangs
	case f.Hang == TLS:
		return memnet.Silent
	case f.Untrusted:
		return memnet.Untrusted
	}
	return memnet.None
}

// error is the error that the fault has the STS answer.
func (f Fault) error() *apiError {
	if f.Code == "" && (f.Status == 0 || f.Replace != nil || f.Redirect != "") {
		return nil
	}
	e := known[f.Code]
	e.code = f.Code
	if f.Message != "" {
		e.message = f.Message
	}
	if f.Status != 0 {
		e.status = f.Status
	}
	if e.status == 0 {
		e.status = http.StatusBadRequest
	}
	return &e
}

// send sends an answer as far as the fault lets it.
func (s *STS) send(w http.ResponseWriter, r *http.Request, f Fault, c *call, a answer) {
	if f.Latency > 0 {
		pause(r, f.Latency)
	}
	switch {
	case f.Hang != "" && f.Hang != Body:
		s.hang(r)
		panic(http.ErrAbortHandler)
	case f.Cut != "" && f.Cut != Body:
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h["Date"] = []string{c.now.Add(f.Latency).UTC().Format(http.TimeFormat)}
	h.Set("Content-Type", "text/xml")
	h.Set("x-amzn-RequestId", a.requestID)
	if f.Redirect != "" {
		h.Set("Location", f.Redirect)
		a.status = http.StatusTemporaryRedirect
	}
	if f.Replace != nil {
		h.Set("Content-Type", "text/html")
		h.Del("x-amzn-RequestId")
		a.body, a.status = f.Replace, http.StatusOK
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	for _, name := range f.Omit {
		if name == "Date" {
			h["Date"] = nil // keeps net/http from setting it
			continue
		}
		a.body = withoutElement(a.body, name)
	}
	s.write(w, r, f, a)
}

func (s *STS) write(w http.ResponseWriter, r *http.Request, f Fault, a answer) {
	if f.Hang != Body && f.Cut != Body {
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
		return
	}
	// Without a length the end of the connection would be the end of the body.
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	if f.Hang == Body {
		s.hang(r)
	}
	panic(http.ErrAbortHandler)
}

func withoutElement(document []byte, name string) []byte {
	name = regexp.QuoteMeta(name)
	element := regexp.MustCompile(`(?s)[ \n]*<` + name + `>.*?</` + name + `>`)
	return bytes.TrimLeft(element.ReplaceAll(document, nil), "\n")
}
