// Package fault is what both test kits, irsatest and s3readtest, have in common where
// something goes wrong on demand: which requests a fault meets (List), what then happens to
// each of them (Plan), how an answer is sent with it (Answer), and what is in flight (Traffic).
//
// A kit wraps these types in its own, so that its documentation names its own operations and
// requests; what the functions of the same name do, they do here, for both.
package fault

import (
	"net/http"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// How far an exchange gets before it stalls or ends, where that is before the first byte of
// the answer's body. Zero and above are bytes of the body.
const (
	Resolve  int64 = -4 // the host's name is looked up
	Connect  int64 = -3 // the connection is made
	TLS      int64 = -2 // the TLS handshake; without TLS, the first bytes
	Response int64 = -1 // the request has been sent, and the answer is waited for

	never int64 = -1 << 63
)

// A Plan is everything that happens to one request. Effects write it, and the server that
// answers the request follows it; fields that a server has no use for are ignored by it.
type Plan struct {
	Delay time.Duration // before the answer begins
	Skew  time.Duration // of the server's clock

	Ignored   []string // headers of the request that are taken as if they weren't there
	Error     *Error   // is answered instead
	Reply     *Reply   // is answered instead, where Error is nil
	NoToken   bool     // a page that says there are more, without the token to get them
	Unsorted  bool     // a page in reverse order
	Untrusted bool     // the server's certificate is of an unknown authority

	Status   int                   // of the answer; 0: as it is
	Header   http.Header           // is set on the answer; an empty value removes it
	Rewrite  []func([]byte) []byte // change the body, one after the other
	Truncate int64                 // where the body ends as if it were whole
	Pace     int64                 // bytes per second; 0: no limit

	CutRequest int64 // where the connection ends while the request's body is read
	LoseAnswer bool  // do what is asked for, and end the connection without an answer

	cut, reset, stall int64
	marks             []mark
}

// An Error is one of the service's own error answers.
type Error struct{ Code, Message string }

// A Reply is an answer that isn't the service's.
type Reply struct {
	Status      int
	ContentType string
	Body        []byte
}

// A mark is what is done when so many bytes of the body have been sent.
type mark struct {
	after int64
	do    func()
}

func newPlan() *Plan {
	return &Plan{Header: http.Header{}, CutRequest: never, cut: never, reset: never, stall: never, Truncate: never}
}

// Cut ends the exchange at a place: a number of bytes, or one of the constants.
func (p *Plan) Cut(at int64) { p.cut = place(at) }

// Reset ends the exchange with a TCP reset.
func (p *Plan) Reset(at int64) { p.reset = place(at) }

// Stall lets nothing happen any more from a place on.
func (p *Plan) Stall(at int64) { p.stall = place(at) }

// At calls do when so many bytes of the body have been sent.
func (p *Plan) At(after int64, do func()) { p.marks = append(p.marks, mark{max(0, after), do}) }

// place takes a negative number that is no constant as Response.
func place(at int64) int64 {
	if at < Resolve {
		return Response
	}
	return at
}

// conn is what happens to the connection that the request would come over.
func (p *Plan) conn() memnet.Fault {
	ends := func(at int64) bool { return p.cut == at || p.reset == at }
	switch {
	case ends(Resolve):
		return memnet.NoSuchHost
	case p.stall == Resolve:
		return memnet.ResolveHangs
	case ends(Connect):
		return memnet.Refused
	case p.stall == Connect:
		return memnet.ConnectHangs
	case ends(TLS):
		return memnet.Reset
	case p.stall == TLS:
		return memnet.Silent
	case p.Untrusted:
		return memnet.Untrusted
	}
	return memnet.None
}

// Begin waits as long as the plan delays the answer. Where the answer is not to begin at all it
// ends the connection, and doesn't return but panics with [http.ErrAbortHandler], or reports
// true if nothing more may be written to w.
//
// A place before the request was sent has passed when a server sees the request, and is taken
// as Response.
func (p *Plan) Begin(w http.ResponseWriter, r *http.Request, t *Traffic) (over bool) {
	if p.Delay > 0 {
		timer := time.NewTimer(p.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	passed := func(at int64) bool { return at != never && at <= Response }
	switch {
	case passed(p.reset):
		resetConnection(w)
		return true
	case passed(p.cut):
		panic(http.ErrAbortHandler)
	case passed(p.stall):
		t.hang(r)
		panic(http.ErrAbortHandler)
	}
	return false
}
