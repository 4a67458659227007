package sandbox_test

import (
	"fmt"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func TestAPortThatIsHeldIsGivenToNobodyAndStillListenedOn(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("nothing holds a port here")
	}
	address := fmt.Sprintf("127.0.0.1:%d", sandbox.HoldPort(t, "127.0.0.1"))
	for range 2 { // and again, by a server that is started anew
		server, err := net.Listen("tcp", address)
		require.NoError(t, err)
		client, err := net.Dial("tcp", address)
		require.NoError(t, err)
		require.NoError(t, client.Close())
		require.NoError(t, server.Close())
	}
	for range 2000 { // which is a good part of what the kernel has to give
		any, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		assert.NotEqual(t, address, any.Addr().String())
		defer func() { _ = any.Close() }()
	}
}
