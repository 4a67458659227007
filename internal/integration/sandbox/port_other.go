//go:build !linux

package sandbox

import (
	"net"
	"testing"
)

// HoldPort returns a TCP port of the loopback address host for a server that takes its port as a
// number. Here nothing can hold it until then: a server that finds it taken is started again on
// another.
func HoldPort(tb testing.TB, host string) int {
	tb.Helper()
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}
