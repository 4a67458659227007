package clustertest

import (
	"os"
	"testing"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func TestMain(m *testing.M) { os.Exit(sandbox.Main(m)) }
