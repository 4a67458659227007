package diagnose

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"
	"unicode"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

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
	return newSubject(ctx, opts).run(ctx)
}

// run makes the checks that ask somebody side by side, and then the others.
func (s *subject) run(ctx context.Context) *Report {
	var exchange []Check
	var both sync.WaitGroup
	both.Go(func() { exchange = s.exchangeChecks(ctx) })
	if s.endpoint != nil && s.endpoint.Host != "" && !s.opts.Offline {
		client := s.cfg.HTTPClient
		if client == nil {
			client = awshttp.NewBuildableClient() // what service clients use then
		}
		s.probe = ask(ctx, client, s.endpoint)
	}
	both.Wait()
	if s.probe != nil && s.exchanged {
		s.probe.sts = true // MinIO's answers a GET as the S3 that it is too
	}

	checks := []Check{
		s.kubernetes(), s.injected(), s.podIdentity(), s.shadowed(),
		s.tokenFile(), s.tokenShape(), s.tokenLifetime(), s.tokenAudience(), s.tokenIssuer(),
		s.roleARN(), s.region(), s.partitions(), s.stsEndpoint(), s.proxies(),
	}
	checks = append(checks, s.network()...)
	checks = append(checks, s.clock())
	if s.exchangeErr != nil {
		exchange[0].Fix = cmp.Or(told(s.exchangeErr, checks), exchange[0].Fix, unknown(checks))
	}
	checks = append(checks, exchange...)
	checks = append(checks, s.trustPolicy())
	for i := range checks {
		checks[i].Detail, checks[i].Fix = shown(checks[i].Detail, ""), shown(checks[i].Fix, "\n")
	}
	return &Report{Checks: checks}
}

// shown keeps what others said (a server, a token, a variable) from breaking lines,
// and from hiding or turning characters on a terminal.
func shown(text, but string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && !strings.ContainsRune(but, r) {
			return ' '
		}
		return r
	}, text)
}
