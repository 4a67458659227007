package sandbox

import (
	"net/netip"
	"os"
	"syscall"
	"testing"
)

// HoldPort returns a TCP port of the IPv4 loopback address host for a server that takes its port as
// a number, and holds it until the test ends: a socket that is bound and doesn't listen keeps the
// kernel from giving the port to anybody who asks for any, and lets a server with SO_REUSEADDR, as
// Go's all have, listen there, again and again (socket(7), ip(7)).
func HoldPort(tb testing.TB, host string) int {
	tb.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(os.NewSyscallError("socket", err))
	}
	tb.Cleanup(func() {
		if err := syscall.Close(fd); err != nil {
			tb.Error(os.NewSyscallError("close", err))
		}
	})
	port, err := bind(fd, host)
	if err != nil {
		tb.Fatal(err)
	}
	return port
}

// bind binds a socket to a port that the kernel chooses.
func bind(fd int, host string) (port int, err error) {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return 0, err
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return 0, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: address.As4()}); err != nil {
		return 0, os.NewSyscallError("bind", err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, os.NewSyscallError("getsockname", err)
	}
	return bound.(*syscall.SockaddrInet4).Port, nil
}
