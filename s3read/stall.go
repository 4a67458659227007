package s3read

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errStalled ends an attempt that received nothing for BucketOptions.Stall.
var errStalled = errors.New("no byte received")

// A watch cancels an attempt for which nothing has arrived in time. It runs only while somebody waits. The nil watch
// waits for ever.
type watch struct {
	limit time.Duration
	timer *time.Timer
}

// watch starts one for the attempt that cancel ends.
func (b *Bucket) watch(cancel context.CancelCauseFunc) *watch {
	limit := b.opts.Stall
	if limit < 0 {
		return nil
	}
	return &watch{limit, time.AfterFunc(limit, func() { cancel(fmt.Errorf("%w for %v", errStalled, limit)) })}
}

func (w *watch) start() {
	if w != nil {
		w.timer.Reset(w.limit)
	}
}

func (w *watch) stop() {
	if w != nil {
		w.timer.Stop()
	}
}

// stalled puts the stall in the place of the cancellation by which it ended an attempt.
func stalled(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return cause
	}
	return err
}
