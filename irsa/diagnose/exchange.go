package diagnose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/precedence"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// exchangeChecks gets credentials as the program would, and asks STS to whom they belong.
func (e *evidence) exchangeChecks(ctx context.Context) []Check {
	exchange := Check{Name: "exchange"}
	identity := Check{Name: "identity", Result: Skipped, Detail: "there are no credentials to check"}
	switch {
	case e.loadErr != nil:
		exchange.Result, exchange.Detail, exchange.Fix = Fail, e.loadErr.Error(), e.loadFix()
		e.exchangeErr = e.loadErr
		return []Check{exchange, identity}
	case e.opts.Offline:
		exchange.Result, exchange.Detail = Skipped, "offline"
		identity.Detail = "offline"
		return []Check{exchange, identity}
	}
	// A Provider waits for 20 seconds at most, other credentials for as long as ctx lasts.
	started := time.Now()
	credentials, err := e.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		exchange.Result, exchange.Detail, exchange.Fix = Fail, err.Error(), irsa.Explain(err)
		e.exchangeErr = err
		return []Check{exchange, identity}
	}
	exchange.Detail = fmt.Sprintf("%s in %s", credentials.Source, round(time.Since(started)))
	if credentials.CanExpire {
		exchange.Detail += fmt.Sprintf(", good for %s", round(time.Until(credentials.Expires)))
	}
	// Without a Provider they are the SDK's: static keys, a profile's, or the node's outside
	// Kubernetes.
	e.exchanged = e.provider != nil
	if !e.exchanged {
		exchange.Result = Warn
		exchange.Detail += ": these are not the web identity's"
		exchange.Fix = e.fix(advice.NotUsed)
	}
	return []Check{exchange, e.identity(ctx, credentials)}
}

// causes are the Reasons of a failed exchange that an earlier check, named by the key, explains
// better: its fix is the one to follow.
var causes = map[string][]error{
	"injected":       {irsa.ErrNotConfigured, irsa.ErrNodeRole},
	"shadowed":       {irsa.ErrShadowed},
	"token file":     {irsa.ErrToken},
	"token":          {irsa.ErrToken},
	"token lifetime": {irsa.ErrTokenExpired},
	"audience":       {irsa.ErrAudience},
	"issuer":         {irsa.ErrIssuer},
	"region":         {irsa.ErrRegion},
	"partition":      {irsa.ErrIssuer, irsa.ErrRegion},
}

// foundBy returns the fix of a failed exchange where an earlier check has found the cause; "" where
// none has.
func foundBy(err error, before []Check) string {
	var role *partition.RoleARNError
	for _, c := range before {
		is := func(reason error) bool { return errors.Is(err, reason) }
		if c.Result == Fail && (slices.ContainsFunc(causes[c.Name], is) || c.Name == "role" && errors.As(err, &role)) {
			return advice.MendFirst(c.Name)
		}
	}
	return ""
}

// firstOf returns the fix of a failed exchange of other credentials than an identity of the pod,
// such as a credential process, where an earlier check says why they are used; "" where none does.
func (e *evidence) firstOf(before []Check) string {
	if e.provider != nil || e.loadErr != nil {
		return ""
	}
	for _, c := range before {
		if c.Result == Fail {
			return advice.MendFirst(c.Name)
		}
	}
	return ""
}

// loadFix returns the fix where the config does not load.
func (e *evidence) loadFix() string {
	// What is said of a variable by name comes before what Explain knows of the error.
	variables := precedence.VariablesIn(e.loadErr)
	explained := irsa.Explain(e.loadErr)
	switch {
	case explained == "":
		return e.fixOf(advice.NotLoaded, variables...)
	case len(variables) > 0 && !strings.Contains(explained, " "+variables[0]+"-"):
		return e.fixOf(advice.NotLoaded, variables...) + "\n" + explained
	}
	return explained
}
