// Package sandbox runs server processes for tests and leaves nothing behind, also where the tests
// are interrupted or killed.
//
// A Sandbox is a temporary folder and the processes started in it. [Sandbox.Close] ends both. Where
// the test process itself is killed nobody calls Close. So each Sandbox has a keeper: this same
// binary, started again, which holds the other end of a pipe. When the pipe breaks the keeper kills
// the processes that still run, by their ids, and removes the folder.
//
//	box, err := sandbox.New()
//	server, err := box.Start("etcd", exec.Command(path))
//	_, err = server.WaitLog(ctx, regexp.MustCompile(`ready to serve`))
//	err = box.Close()
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
)

// A Sandbox is a temporary folder and the processes started in it. It is safe for concurrent use.
type Sandbox struct {
	dir    string
	keeper *exec.Cmd
	line   io.WriteCloser // the pipe to the keeper

	mu        sync.Mutex // guards processes and writes to line
	processes []*Process
}

// New makes a Sandbox with a folder of its own.
func New() (*Sandbox, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find own binary: %w", err)
	}
	dir, err := os.MkdirTemp("", "irsa-integration-")
	if err != nil {
		return nil, err
	}
	s := &Sandbox{dir: dir, keeper: exec.Command(self)}
	s.keeper.Env = append(os.Environ(), keeperVariable+"="+dir)
	if s.line, err = s.keeper.StdinPipe(); err == nil {
		err = s.keeper.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start keeper: %w", err), os.RemoveAll(dir))
	}
	return s, nil
}

// Dir is the Sandbox's folder. It goes with the Sandbox.
func (s *Sandbox) Dir() string { return s.dir }

// Close stops the processes that still run, last one first, and removes the folder.
func (s *Sandbox) Close() error {
	s.mu.Lock()
	processes := s.processes
	s.processes = nil
	s.mu.Unlock()

	var errs []error
	for i := len(processes) - 1; i >= 0; i-- {
		processes[i].Stop()
	}
	errs = append(errs, s.line.Close())
	// The keeper removes the folder before it exits.
	if err := s.keeper.Wait(); err != nil {
		errs = append(errs, fmt.Errorf("remove %s: %w", s.dir, err))
	}
	return errors.Join(errs...)
}

// tell sends the keeper a line, that a process started or ended.
func (s *Sandbox) tell(format string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := fmt.Fprintf(s.line, format+"\n", args...)
	return err
}
