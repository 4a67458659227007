package miniotest

import (
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	s := Start(t, Options{})
	s.Kill(t)
	taken, err := net.Listen("tcp", s.host())
	require.NoError(t, err)
	defer taken.Close()
	require.ErrorContains(t, s.start(t.Context()), portTaken)
}
