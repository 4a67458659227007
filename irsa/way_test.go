package irsa

import (
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHowFarARequestCame(t *testing.T) {
	const host = "sts.eu-west-1.amazonaws.com:443"
	var w way
	trace := w.trace()
	at := func(phase string) {
		t.Helper()
		h, p := w.reached()
		assert.Equal(t, host, h)
		assert.Equal(t, phase, p)
	}
	trace.GetConn(host)
	at("")
	trace.DNSStart(httptrace.DNSStartInfo{})
	at(phaseResolve)
	trace.ConnectStart("tcp", "192.0.2.1:443")
	at(phaseConnect)
	trace.TLSHandshakeStart()
	at(phaseTLS)
	trace.GotConn(httptrace.GotConnInfo{})
	at(phaseResponse)
	trace.ConnectStart("tcp", "192.0.2.2:443")
	at(phaseResponse) // a second connection, made for nobody
	trace.GetConn(host)
	trace.ConnectStart("tcp", "192.0.2.1:443")
	at(phaseConnect) // the first one was dead
}
