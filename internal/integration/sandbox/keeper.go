package sandbox

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// keeperVariable makes a process a keeper; its value is the folder.
const keeperVariable = "IRSA_INTEGRATION_KEEPER"

// A keeper is the test binary itself, caught before its tests start.
func init() {
	dir := os.Getenv(keeperVariable)
	if dir == "" {
		return
	}
	if err := keep(dir, os.Stdin); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// keep follows the processes that start and end until in ends, then kills those
// left and removes dir.
func keep(dir string, in *os.File) error {
	// Ctrl-C reaches the whole process group; the keeper has to outlive it.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)

	running := map[int]bool{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var pid int
		if _, err := fmt.Sscanf(lines.Text(), "started %d", &pid); err == nil {
			running[pid] = true
		} else if _, err := fmt.Sscanf(lines.Text(), "ended %d", &pid); err == nil {
			delete(running, pid)
		}
	}
	for pid := range running {
		if p, err := os.FindProcess(pid); err == nil {
			// It may have ended by itself; then there is nothing to kill.
			_ = p.Kill()
		}
	}
	return removeAll(dir)
}

// removeAll removes dir although a process that was killed just now may still
// be writing there: a file that appears between reading a folder and removing it
// makes os.RemoveAll fail, and by the next try the process is gone.
func removeAll(dir string) error {
	var err error
	for range 1000 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
	}
	return err
}
