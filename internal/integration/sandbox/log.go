package sandbox

import (
	"bytes"
	"sync"
)

// A log collects what a process prints, and wakes those who wait for more.
type log struct {
	mu   sync.Mutex // guards text and more
	text bytes.Buffer
	more chan struct{} // closed and replaced at each write
}

func newLog() *log { return &log{more: make(chan struct{})} }

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.more)
	l.more = make(chan struct{})
	return l.text.Write(b)
}

func (l *log) String() string {
	text, _ := l.next()
	return text
}

// next returns what was printed so far, and a channel that is closed when there is more.
func (l *log) next() (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String(), l.more
}
