package sandbox_test

import (
	"fmt"
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func TestAPortThatIsHeldIsGivenToNobodyAndStillListenedOn(t *testing.T) {
	port := sandbox.HoldPort(t, "127.0.0.1")
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for range 2 { // and again, by a server that is started anew
		// The kernel gives to those who ask for any port what it would give to this one.
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
		require.NoError(t, err)
		require.ErrorIs(t, syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}),
			syscall.EADDRINUSE)
		require.NoError(t, syscall.Close(fd))

		server, err := net.Listen("tcp", address)
		require.NoError(t, err)
		client, err := net.Dial("tcp", address)
		require.NoError(t, err)
		require.NoError(t, client.Close())
		require.NoError(t, server.Close())
	}
}
