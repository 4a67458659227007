package diagnose

import (
	"errors"
	"slices"
	"strings"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// shadowed names what takes precedence over the web identity, by the decision that loaded the
// config.
func (e *evidence) shadowed() Check {
	c := Check{Name: "shadowed"}
	d := e.decision
	rest := strings.Join(slices.Concat(d.Shadowed, d.Unused), " and ")
	unused := strings.Join(d.Unused, " and ")
	switch {
	case errors.Is(e.loadErr, irsa.ErrShadowed):
		c.Result, c.Detail, c.Fix = Fail, e.loadErr.Error(), irsa.Explain(e.loadErr)
	case e.loadErr != nil:
		c.Result, c.Detail = Skipped, "the config does not load"
	case d.Use != nil && rest != "":
		c.Detail = "the web identity takes precedence over " + rest
	case d.Winner != "" && len(d.Shadowed) > 0:
		c.Result = Fail
		c.Detail = d.Winner + " take precedence over " + strings.Join(d.Shadowed, " and ") + ": it is not used"
		c.Fix = e.fixOf(advice.Shadowed, d.Variables...)
	case d.Winner != "":
		c.Detail = d.Winner + " are used; there is no web identity to shadow"
	case unused != "":
		c.Result, c.Detail = Warn, "not used: "+unused
	default:
		c.Detail = "nothing takes precedence"
	}
	if d.Winner != "" && unused != "" {
		c.Detail += "; not used either: " + unused
	}
	return c
}
