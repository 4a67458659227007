package irsatest

import (
	"net/http"

	"github.com/seed-15cba5db/irsa-go/internal/memnet"
)

// Client returns an HTTP client whose connections end in memory at the handlers of hosts, over TLS
// for https URLs: no port, no socket, and no goroutine while no request is in flight, so that it
// works inside a testing/synctest bubble. It follows redirects and uses no proxy. It is safe for
// concurrent use, and there is nothing to close.
//
// Hosts are named without a port and answer at every port. A host that begins with "*." stands for
// all names below it, and "" for every host that isn't named otherwise; all other names don't
// resolve. Any handler will do, an s3readtest.Server too. Faults of an [STS] or an
// s3readtest.Server that concern connections happen where it is the handler itself, and not inside
// another.
func Client(hosts map[string]http.Handler) *http.Client { return memnet.Client(hosts) }

// Client returns an HTTP client that reaches this STS whatever host is asked for: see the function
// [Client].
func (s *STS) Client() *http.Client { return Client(map[string]http.Handler{"": s}) }

// Client returns an HTTP client that reaches this Issuer whatever host is asked for: see the
// function [Client]. As STS.HTTPClient it lets an [STS] fetch the keys of an [OIDCProvider] that is
// known by its URL.
func (i *Issuer) Client() *http.Client { return Client(map[string]http.Handler{"": i}) }
