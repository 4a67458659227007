package irsatest

import (
	"net/http"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// Client returns a client whose connections end in memory at the handlers of
// hosts, over TLS for https URLs: no port, no socket, no goroutine when no exchange
// is in flight, so that it works in a testing/synctest bubble. It follows
// redirects, and uses no proxy.
//
// Hosts are named without a port and answer at each; one that begins with "*."
// stands for all names below it, and "" for every host not named otherwise. Other
// names don't resolve. A Fault of an STS among the handlers befalls connections to
// it too.
func Client(hosts map[string]http.Handler) *http.Client {
	var network memnet.Network
	for host, handler := range hosts {
		h := memnet.Host{Handler: handler}
		if sts, ok := handler.(*STS); ok {
			h.Fault = sts.dialFault
		}
		network.Handle(host, h)
	}
	return &http.Client{Transport: network.Transport()}
}

// Client returns a client whose connections end in memory at this STS, whatever
// host is asked for. See the function Client.
func (s *STS) Client() *http.Client {
	return Client(map[string]http.Handler{"": s})
}
