package diagnose

import (
	"cmp"
	"context"
	"sync"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/seed-15cba5db/irsa-go/internal/text"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// runTime bounds what asks somebody, whatever hangs. The rest of the half minute is
// for what asks nobody.
const runTime = 29 * time.Second

// Options say what is looked at. The zero value looks at what LoadConfig would use.
type Options struct {
	// Loader is the one that the program uses; nil: the zero Loader. It is not changed.
	Loader *irsa.Loader

	// TrustPolicy is the role's trust policy as JSON, to be judged by this pod's
	// token; nil: none. The pod itself usually may not read it.
	TrustPolicy []byte

	// Offline makes no request: what only a request can tell is Skipped.
	Offline bool
}

// Run makes every check and never stops early. It takes at most 30 seconds, or
// until ctx is done. It is safe for concurrent use.
func Run(ctx context.Context, opts Options) *Report {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	return gather(ctx, opts).run(ctx)
}

// run makes the checks that ask somebody side by side, and then the others.
func (e *evidence) run(ctx context.Context) *Report {
	var exchange []Check
	var both sync.WaitGroup
	both.Go(func() { exchange = e.exchangeChecks(ctx) })
	if e.endpoint != nil && e.endpoint.Host != "" && !e.opts.Offline {
		client := e.cfg.HTTPClient
		if client == nil {
			client = awshttp.NewBuildableClient() // what service clients use then
		}
		e.probe = ask(ctx, client, e.endpoint)
	}
	both.Wait()
	if e.probe != nil && e.exchanged {
		e.probe.sts = true // MinIO's answers a GET as the S3 that it is too
	}

	checks := []Check{
		e.kubernetes(), e.injected(), e.podIdentity(), e.shadowed(),
		e.tokenFile(), e.tokenShape(), e.tokenLifetime(), e.tokenAudience(), e.tokenIssuer(),
		e.roleARN(), e.region(), e.partitions(), e.stsEndpoint(), e.proxies(),
	}
	checks = append(checks, e.network()...)
	checks = append(checks, e.clock())
	if e.exchangeErr != nil {
		exchange[0].Fix = cmp.Or(foundBy(e.exchangeErr, checks), exchange[0].Fix, e.otherwise(checks))
	}
	checks = append(checks, exchange...)
	checks = append(checks, e.trustPolicy())
	for i := range checks {
		checks[i].Detail, checks[i].Fix = text.Line(checks[i].Detail), text.Lines(checks[i].Fix)
	}
	return &Report{Checks: checks}
}
