package s3readtest

import (
	"github.com/seed-15cba5db/irsa-go/internal/fault"
)

// A Fault says which requests something happens to, and what. Several faults that meet in one
// request happen together; where they contradict each other, the one injected last decides. The
// faults of irsatest have the same form.
type Fault struct {
	Op    string             // the operation, as in Request; "": every
	Match func(Request) bool // which of its requests; nil: every. It must not call Inject

	Skip  int // of those, spare so many first; zero and negative: none
	Every int // of the others, meet every so many-th; up to 1: each
	Times int // so many requests in all; zero and negative: no end

	Do Effect // the zero Effect does nothing
}

// The places of [Cut], [Reset] and [Stall] before the first byte of the answer's body.
//
// What happens at Resolve, Connect and TLS happens to a connection and is counted by connections.
// It takes a client from [Server.Client] or [Server.S3Client], and a Fault without Op and Match,
// since nothing is known of a request before it is sent. Otherwise the connection has been made
// when the Server sees the request, and the same happens at Response.
const (
	Resolve  int64 = fault.Resolve  // the host's name is looked up
	Connect  int64 = fault.Connect  // the connection is made
	TLS      int64 = fault.TLS      // the TLS handshake; without TLS, the first bytes
	Response int64 = fault.Response // the request has been sent, and the answer is waited for
)

// Inject lets a Fault happen from now on, until the function it returns is called, or
// [Server.ClearFaults].
func (s *Server) Inject(f Fault) (remove func()) {
	return s.faults.Inject(&s.asked, fault.Rule[Request]{
		Op: f.Op, Match: f.Match, Skip: f.Skip, Every: f.Every, Times: f.Times, Do: f.Do.apply,
	})
}

// ClearFaults ends all faults. Requests that stall already go on stalling: see [Server.Wait].
func (s *Server) ClearFaults() { s.faults.Clear() }

// Wait ends the requests that a fault has stall, and returns when no request is in flight. A test
// in a testing/synctest bubble whose client may leave a request behind calls it last.
func (s *Server) Wait() { s.traffic.Wait() }
