package diagnose

import (
	"fmt"
	"time"
)

// skewLimit is the difference of clocks from which a warning is worth it: AWS
// refuses signatures that are five minutes off.
const skewLimit = 30 * time.Second

func (s *subject) clock() Check {
	c := Check{Name: "clock"}
	p := s.probe
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
		c.Fix = "Set up time synchronisation (chrony with 169.254.169.123) on the node. Refreshing allows for it; requests are refused from five minutes on."
	}
	return c
}
