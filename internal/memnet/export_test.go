package memnet

import "net"

// Pipe returns the two ends of a connection that nobody serves.
func Pipe() (*Conn, *Conn) {
	return pipe(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 1024},
		&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80})
}
