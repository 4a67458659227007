package refresh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrStuck is the error of a function that has not returned though its context ended, and of the
// calls that come while it still runs.
var ErrStuck = errors.New("does not return though its context has ended")

// ErrExited is the error of a function that ended its goroutine (runtime.Goexit).
var ErrExited = errors.New("ended its goroutine")

// A PanicError is the error of a function that panicked.
type PanicError struct{ Value any }

// Error returns "panic: " and the value.
func (p *PanicError) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Unwrap returns the value where it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// stuckAfter is how long a function may take to notice that its context has ended.
const stuckAfter = 500 * time.Millisecond

// Calls runs functions of a Source, which are somebody else's code, one at a time and each on a
// goroutine of its own: one that panics, exits or never returns must not take along the exchange
// that everybody waits for. It holds one goroutine at most, that of a function that is stuck.
type calls struct {
	mu   sync.Mutex // guards busy
	busy bool
}

// run calls f and returns its error. Where f outlasts ctx it is left alone, and run returns.
func (c *calls) run(ctx context.Context, f func() error) error {
	c.mu.Lock()
	busy := c.busy
	c.busy = true
	c.mu.Unlock()
	if busy {
		return ErrStuck
	}
	result := make(chan error, 1)
	go func() {
		err := ErrExited
		defer func() {
			if v := recover(); v != nil {
				err = &PanicError{v}
			}
			c.mu.Lock()
			c.busy = false
			c.mu.Unlock()
			result <- err
		}()
		err = f()
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
	}
	late := time.NewTimer(stuckAfter)
	defer late.Stop()
	select {
	case err := <-result:
		return err
	case <-late.C:
		return fmt.Errorf("%w: %w", ErrStuck, ctx.Err())
	}
}
