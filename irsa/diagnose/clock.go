package diagnose

import (
	"fmt"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// skewLimit is the difference of clocks from which a warning is worth it: AWS
// refuses signatures that are five minutes off.
const skewLimit = 30 * time.Second

func (e *evidence) clock() Check {
	c := Check{Name: "clock"}
	p := e.probe
	if p == nil || p.date.IsZero() || !p.sts {
		c.Result, c.Detail = Skipped, "no answer of STS to compare with"
		return c
	}
	// The header has whole seconds: a smaller difference can't be seen. Nor can one
	// that the time which the answer took explains.
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
