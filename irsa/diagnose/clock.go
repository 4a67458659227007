package diagnose

import (
	"fmt"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// skewLimit is the difference of clocks from which the check warns. AWS refuses signatures that are
// more than five minutes off; a node that is half a minute off has lost its time synchronisation
// and will get there.
const skewLimit = 30 * time.Second

// clock compares this machine's clock with the Date header of STS's answer. The clock of the agent
// is this machine's own.
func (e *evidence) clock() Check {
	c := Check{Name: "clock"}
	p := e.probe
	if e.asksAgent() {
		p = e.identified
	}
	if p == nil || p.date.IsZero() || !p.known {
		c.Result, c.Detail = Skipped, "no answer of STS to compare with"
		return c
	}
	// STS set Date at some time between request and answer. Only what lies outside of that is a
	// difference of the clocks, and Date has whole seconds.
	var skew time.Duration
	switch {
	case p.date.Before(p.sent):
		skew = p.sent.Sub(p.date).Truncate(time.Second)
	case p.date.After(p.received):
		skew = p.received.Sub(p.date).Truncate(time.Second)
	}
	direction := "ahead of"
	if skew < 0 {
		direction = "behind"
	}
	switch {
	case skew.Abs() < 2*time.Second:
		c.Detail = "agrees with STS"
	case skew.Abs() < skewLimit:
		c.Detail = fmt.Sprintf("%s %s STS", skew.Abs(), direction)
	default:
		c.Result = Warn
		c.Detail = fmt.Sprintf("%s %s STS", skew.Abs(), direction)
		c.Fix = e.fix(advice.Clock)
	}
	return c
}
