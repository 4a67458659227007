package s3read

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errStalled ends an attempt that received nothing for BucketOptions.Stall.
var errStalled = errors.New("no byte received")

// stallTimer starts the time in which a byte must arrive, after which it cancels the attempt. Stop and Reset are the
// caller's, who arms it only while somebody waits.
func (b *Bucket) stallTimer(cancel context.CancelCauseFunc) *time.Timer {
	if b.opts.Stall < 0 {
		t := time.NewTimer(time.Hour)
		t.Stop()
		return t
	}
	return time.AfterFunc(b.opts.Stall, func() {
		cancel(fmt.Errorf("%w for %v", errStalled, b.opts.Stall))
	})
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
