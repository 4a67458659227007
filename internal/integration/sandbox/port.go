package sandbox

import "net"

// FreePort returns a TCP port on the loopback address host that nobody listens on. Somebody else
// may take it before it is used: a server that finds its port taken is started again on another.
func FreePort(host string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
