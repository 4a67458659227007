package sandbox

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// patience is how long a process may take to end after SIGTERM, before it is killed.
const patience = 10 * time.Second

// A Process is a server that a Sandbox runs. It is safe for concurrent use.
type Process struct {
	name string
	cmd  *exec.Cmd
	log  *log
	done chan struct{} // closed once the process has ended
}

// Start starts cmd, whose output goes to the Process's log, and whose standard input is empty.
func (s *Sandbox) Start(name string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{name: name, cmd: cmd, log: newLog(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	pid := cmd.Process.Pid
	if err := s.tell("started %d", pid); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, fmt.Errorf("start %s: tell the keeper: %w", name, err)
	}
	go func() {
		defer close(p.done)
		// How a server ended is in its log; that it ended is what counts here.
		_ = cmd.Wait()
		_ = s.tell("ended %d", pid)
	}()
	s.mu.Lock()
	s.processes = append(s.processes, p)
	s.mu.Unlock()
	return p, nil
}

// Stop asks the process to end and waits for that; one that has not ended after
// ten seconds is killed.
func (p *Process) Stop() {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err == nil {
		select {
		case <-p.done:
			return
		case <-time.After(patience):
		}
	}
	p.Kill()
}

// Kill ends the process as kill -9 does, and waits for that.
func (p *Process) Kill() {
	// It fails only if the process has ended already.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Pid is the process's id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed once the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Log is what the process has printed, to either output.
func (p *Process) Log() string { return p.log.String() }

// WaitLog waits until the process has printed a line that matches, and returns the match's groups.
// It fails with the end of the log when the process ends first, or ctx does.
func (p *Process) WaitLog(ctx context.Context, line *regexp.Regexp) ([]string, error) {
	for {
		text, more := p.log.next()
		if m := line.FindStringSubmatch(text); m != nil {
			return m, nil
		}
		select {
		case <-more:
		case <-p.done:
			// All it printed is in the log before done closes.
			if m := line.FindStringSubmatch(p.Log()); m != nil {
				return m, nil
			}
			return nil, fmt.Errorf("%s ended: %s", p.name, p.tail())
		case <-ctx.Done():
			return nil, fmt.Errorf("%s did not print %s: %w: %s", p.name, line, context.Cause(ctx), p.tail())
		}
	}
}

// WaitReady calls ready until it returns nil. It fails with the end of the log
// when the process ends first, or ctx does.
func (p *Process) WaitReady(ctx context.Context, ready func(context.Context) error) error {
	// When the process has ended, another one may have taken its port, and never answer.
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-p.done:
			cancel()
		case <-asking.Done():
		}
	}()

	again := time.NewTicker(25 * time.Millisecond)
	defer again.Stop()
	for {
		err := ready(asking)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-p.done:
			return fmt.Errorf("%s ended: %s", p.name, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w: %s", p.name, err, p.tail())
		}
	}
}

// tail returns the end of the log, for errors.
func (p *Process) tail() string {
	const most = 4 << 10
	text := p.Log()
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	if text == "" {
		return "it printed nothing"
	}
	return "it printed:\n" + text
}
