package sandbox_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

// part is the environment variable that makes this binary one of the processes that the tests need.
const part = "IRSA_INTEGRATION_TEST_PART"

func TestMain(m *testing.M) {
	switch os.Getenv(part) {
	case "server": // writes a file in its folder and waits to be ended
		if err := os.WriteFile("file", []byte("data"), 0o600); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("listening on 1234")
		select {}
	case "short": // ends after its first line
		fmt.Println("can't bind")
		os.Exit(1)
	case "test": // a test process that is killed in the middle
		box, err := sandbox.New()
		if err != nil {
			panic(err)
		}
		server, err := box.Start("server", self("server", box.Dir()))
		if err != nil {
			panic(err)
		}
		if _, err := server.WaitLog(context.Background(), listening); err != nil {
			panic(err)
		}
		fmt.Println(server.Pid(), box.Dir())
		select {}
	}
	os.Exit(m.Run())
}

var listening = regexp.MustCompile(`listening on (\d+)`)

// self returns a command that runs this binary in a part.
func self(as, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), part+"="+as)
	return cmd
}

// gone reports whether the process has ended.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	return err != nil || errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

func TestSandbox(t *testing.T) {
	t.Run("a process ends with its sandbox, and so does the folder", func(t *testing.T) {
		box, err := sandbox.New()
		require.NoError(t, err)
		p, err := box.Start("server", self("server", box.Dir()))
		require.NoError(t, err)
		m, err := p.WaitLog(t.Context(), listening)
		require.NoError(t, err)
		assert.Equal(t, "1234", m[1])
		assert.FileExists(t, box.Dir()+"/file")

		require.NoError(t, box.Close())
		assert.True(t, gone(p.Pid()))
		assert.NoDirExists(t, box.Dir())
	})

	t.Run("a process that ends by itself is reported with what it printed", func(t *testing.T) {
		box, err := sandbox.New()
		require.NoError(t, err)
		defer func() { require.NoError(t, box.Close()) }()
		p, err := box.Start("server", self("short", box.Dir()))
		require.NoError(t, err)
		_, err = p.WaitLog(t.Context(), listening)
		require.ErrorContains(t, err, "server ended")
		require.ErrorContains(t, err, "can't bind")
		err = p.WaitReady(t.Context(), func(context.Context) error { return errors.New("refused") })
		require.ErrorContains(t, err, "can't bind")
	})

	t.Run("a process that never becomes ready ends with the wait", func(t *testing.T) {
		box, err := sandbox.New()
		require.NoError(t, err)
		defer func() { require.NoError(t, box.Close()) }()
		p, err := box.Start("server", self("server", box.Dir()))
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		err = p.WaitReady(ctx, func(context.Context) error { return errors.New("connection refused") })
		require.ErrorContains(t, err, "server is not ready: connection refused")
	})

	t.Run("a program that does not exist is an error", func(t *testing.T) {
		box, err := sandbox.New()
		require.NoError(t, err)
		defer func() { require.NoError(t, box.Close()) }()
		_, err = box.Start("server", exec.Command(box.Dir()+"/nothing"))
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
}

func TestSandboxOfADeadTest(t *testing.T) {
	for _, signal := range []os.Signal{os.Kill, os.Interrupt, syscall.SIGTERM} {
		t.Run("leaves nothing behind after "+signal.String(), func(t *testing.T) {
			test := self("test", t.TempDir())
			out, err := test.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, test.Start())

			var pid int
			var dir string
			_, err = fmt.Fscan(bufio.NewReader(out), &pid, &dir)
			require.NoError(t, err)
			require.False(t, gone(pid))
			require.DirExists(t, dir)

			require.NoError(t, test.Process.Signal(signal))
			require.Error(t, test.Wait())
			require.Eventually(t, func() bool {
				_, err := os.Stat(dir)
				return gone(pid) && errors.Is(err, fs.ErrNotExist)
			}, 10*time.Second, 10*time.Millisecond)
		})
	}
}
