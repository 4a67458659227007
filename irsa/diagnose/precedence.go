package diagnose

import (
	"errors"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// shadowed names what takes precedence over the web identity, by the decision that loaded the
// config.
func (e *evidence) shadowed() Check {
	c := Check{Name: "shadowed"}
	d := e.decision
	switch {
	case errors.Is(e.loadErr, irsa.ErrShadowed):
		c.Result, c.Detail, c.Fix = Fail, e.loadErr.Error(), irsa.Explain(e.loadErr)
	case e.loadErr != nil:
		c.Result, c.Detail = Skipped, "the config does not load"
	case d.Winner != "" && len(d.Shadowed) > 0:
		c.Result = Fail
		c.Detail = d.Winner + " take precedence over " + strings.Join(d.Shadowed, " and ") + ": it is not used"
		c.Fix = e.fixOf(advice.Shadowed, d.Variables...)
	case d.Winner != "":
		c.Detail = d.Winner + " are used; there is no web identity to shadow"
	case len(d.Shadowed) > 0:
		c.Detail = "the web identity takes precedence over " + strings.Join(d.Shadowed, " and ")
	default:
		c.Detail = "nothing takes precedence"
	}
	return c
}
