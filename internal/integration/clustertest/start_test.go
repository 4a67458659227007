package clustertest

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

func TestStartThatFails(t *testing.T) {
	bin, err := findPrograms(t.Context())
	require.NoError(t, err)
	taken, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port

	tests := []struct {
		name  string
		spoil func(*programs, *ports)
		want  string
	}{
		{"etcd's port is taken", func(_ *programs, p *ports) { p.etcdClient = port }, "address already in use"},
		{
			"the API server's port is taken, with etcd running",
			func(_ *programs, p *ports) { p.apiServer = port }, "address already in use",
		},
		{
			"the API server ends at once, with etcd running",
			func(b *programs, _ *ports) { b.apiServer = b.etcd }, "kube-apiserver ended",
		},
		{
			"the API server's program is missing, with etcd running",
			func(b *programs, _ *ports) { b.apiServer += "-missing" }, "start kube-apiserver",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bin := bin
			p := holdPorts(t)
			tt.spoil(&bin, &p)
			box, err := sandbox.New()
			require.NoError(t, err)

			_, err = start(t.Context(), box, bin, p)
			require.ErrorContains(t, err, tt.want)

			require.NoError(t, box.Close())
			_, err = os.Stat(box.Dir())
			require.ErrorIs(t, err, fs.ErrNotExist)
			assert.Empty(t, running(t, box.Dir()), "processes that name the folder")
		})
	}
}

// running returns the command lines of processes that name dir. Without /proc it returns none.
func running(t *testing.T, dir string) (lines []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	for _, e := range entries {
		// A process may end between the listing and reading its command line.
		line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if err == nil && strings.Contains(string(line), dir) {
			lines = append(lines, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return lines
}
