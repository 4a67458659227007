package stsclient

import (
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHowFarARequestCame(t *testing.T) {
	const host = "sts.eu-west-1.amazonaws.com:443"
	var w Trace
	trace := w.hooks()
	at := func(phase Phase) {
		t.Helper()
		seen := w.Seen()
		assert.Equal(t, host, seen.Host)
		assert.Equal(t, phase, seen.Phase)
	}
	trace.GetConn(host)
	at(Unsent)
	trace.DNSStart(httptrace.DNSStartInfo{})
	at(Resolving)
	trace.ConnectStart("tcp", "192.0.2.1:443")
	at(Connecting)
	trace.TLSHandshakeStart()
	at(Handshaking)
	trace.GotConn(httptrace.GotConnInfo{})
	at(Waiting)
	trace.ConnectStart("tcp", "192.0.2.2:443")
	at(Waiting) // a second connection, made for nobody
	trace.GetConn(host)
	trace.ConnectStart("tcp", "192.0.2.1:443")
	at(Connecting) // the first one was dead
}
