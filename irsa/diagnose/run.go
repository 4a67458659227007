package diagnose

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/text"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// runTime limits all requests. The rest of the 30 seconds that [Run] promises is for what makes
// none.
const runTime = 29 * time.Second

// Options say what is checked. The zero value checks what [irsa.LoadConfig] would use.
type Options struct {
	// Loader is the one that the program uses; nil: the zero Loader. It is not changed.
	Loader *irsa.Loader

	// TrustPolicy is the role's trust policy as JSON, which is evaluated for this pod's token. Nil:
	// the check is Skipped. A pod's own role usually may not read it (iam:GetRole).
	TrustPolicy []byte

	// Offline makes no request: checks that need one are Skipped.
	Offline bool
}

// Run makes all checks, whichever of them fail, and always returns a Report. It takes 30 seconds at
// most, and less where ctx ends earlier: checks that wait for an answer then fail. It makes up to
// three requests: one without credentials to STS or to the container's endpoint (the EKS Pod
// Identity agent), the exchange, and GetCallerIdentity. It is safe for concurrent use.
func Run(ctx context.Context, opts Options) *Report {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	return gather(ctx, opts).run(ctx)
}

// run makes the requests, two of them at the same time, and then all checks.
func (e *evidence) run(ctx context.Context) *Report {
	var exchange []Check
	var answered *probe // it is not in e before the exchange has ended, which reads e too
	var both sync.WaitGroup
	both.Go(func() { exchange = e.exchangeChecks(ctx) })
	switch {
	case e.opts.Offline:
	case e.asksAgent():
		answered = e.askAgent(ctx)
	case e.endpoint != nil && e.endpoint.Host != "":
		answered = e.askSTS(ctx)
	}
	both.Wait()
	e.probe = answered
	if e.probe != nil && e.exchanged {
		e.probe.known = true // it gave a session. MinIO, S3 and STS in one, answers the probe as S3
	}

	checks := []Check{
		e.kubernetes(), e.injected(), e.podIdentity(), e.shadowed(),
		e.tokenFile(), e.tokenShape(), e.tokenLifetime(), e.tokenAudience(), e.tokenIssuer(),
		e.roleARN(), e.region(), e.partitions(), e.stsEndpoint(), e.proxies(),
	}
	checks = append(checks, e.network()...)
	checks = append(checks, e.clock())
	// An exchange that fails for what an earlier check has found points to that check, instead of
	// saying the same again.
	trust := e.trustPolicy()
	if e.exchangeErr != nil {
		exchange[0].Fix = cmp.Or(foundBy(e.exchangeErr, checks), e.foundByTrust(trust), e.firstOf(checks),
			exchange[0].Fix, e.fix(advice.OtherSource))
	}
	checks = append(checks, exchange...)
	checks = append(checks, trust)
	// A token, a variable or a server may hold line breaks and control characters.
	for i := range checks {
		checks[i].Detail, checks[i].Fix = text.Line(checks[i].Detail), text.Lines(checks[i].Fix)
	}
	return &Report{Checks: checks}
}
