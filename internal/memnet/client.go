package memnet

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
)

// Client returns a client whose connections end in memory at the handlers of hosts, which are
// named as for [Network.Handle]. A handler that embeds an [Asked] is asked what happens to each
// connection to it.
func Client(hosts map[string]http.Handler) *http.Client { return ClientOf(hosts, nil) }

// ClientOf is [Client] with a function that finds the handlers of all other hosts: nil means that
// the name doesn't resolve.
func ClientOf(hosts map[string]http.Handler, find func(name string) http.Handler) *http.Client {
	var network Network
	for name, handler := range hosts {
		network.Handle(name, hostOf(handler))
	}
	if find != nil {
		network.Find = func(name string) (Host, bool) {
			handler := find(name)
			return hostOf(handler), handler != nil
		}
	}
	return &http.Client{Transport: network.Transport()}
}

func hostOf(handler http.Handler) Host {
	h := Host{Handler: handler}
	if a, ok := handler.(interface{ connFault() Fault }); ok {
		h.Fault = a.connFault
	}
	return h
}

// Asked is embedded by a handler that has something happen to connections to it. By embedding,
// a [Client] finds it in the handler of any package, while the handler's exported methods
// stay its own. The zero Asked has nothing happen.
type Asked struct{ fault atomic.Pointer[func() Fault] }

// Ask has f asked, once for each connection that is made from now on.
func Ask(a *Asked, f func() Fault) { a.fault.Store(&f) }

func (a *Asked) connFault() Fault {
	if f := a.fault.Load(); f != nil {
		return (*f)()
	}
	return None
}

type askedKey struct{}

// WasAsked reports whether the request came over a connection whose Host was asked for a Fault.
func WasAsked(r *http.Request) bool { return r.Context().Value(askedKey{}) != nil }

// markAsked is an http.Server's ConnContext.
func markAsked(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, askedKey{}, true)
}
