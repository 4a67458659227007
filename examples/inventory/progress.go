package main

import (
	"fmt"
	"os"
	"time"
)

// progress shows on a terminal how far a share is, in a line that changes. Elsewhere it shows
// nothing.
type progress struct {
	w     *os.File // nil: no terminal
	shown time.Time
}

func newProgress(f *os.File) *progress {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("TERM") == "dumb" {
		return new(progress)
	}
	return &progress{w: f}
}

const clearLine = "\r\x1b[K"

// Without wrapping, the terminal itself cuts a line at its width (DECAWM, of VT100 and all since).
// A line that wrapped could not be erased again.
const (
	wrapOff = "\x1b[?7l"
	wrapOn  = "\x1b[?7h"
)

// at shows the number of keys and the last of them, at most ten times a second.
func (p *progress) at(index, keys int, key string) {
	if p.w == nil || keys%1000 != 0 || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(p.w, "%s%sshare %d: %d keys, at %q%s", clearLine, wrapOff, index, keys, key, wrapOn)
}

// end erases the line.
func (p *progress) end() {
	if p.w != nil {
		fmt.Fprint(p.w, clearLine)
	}
}
