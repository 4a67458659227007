package diagnose

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// identityTime bounds the question who we are, which comes after the exchange:
// the exchange takes 20 s at most, so that all is said within 30.
const identityTime = 8 * time.Second

// exchangeChecks loads credentials as the program would, and asks STS whose they are.
func (s *subject) exchangeChecks(ctx context.Context) []Check {
	exchange, identity := Check{Name: "exchange"}, Check{Name: "identity", Result: Skipped, Detail: "there are no credentials to ask with"}
	switch {
	case s.loadErr != nil:
		exchange.Result, exchange.Detail, exchange.Fix = Fail, oneLine(s.loadErr), s.loadFix()
		return []Check{exchange, identity}
	case s.opts.Offline:
		exchange.Result, exchange.Detail = Skipped, "offline"
		identity.Detail = "offline"
		return []Check{exchange, identity}
	}
	started := time.Now()
	credentials, err := s.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		exchange.Result, exchange.Detail, exchange.Fix = Fail, oneLine(err), irsa.Explain(err)
		return []Check{exchange, identity}
	}
	exchange.Detail = fmt.Sprintf("%s in %s", credentials.Source, round(time.Since(started)))
	if credentials.CanExpire {
		exchange.Detail += fmt.Sprintf(", good for %s", round(time.Until(credentials.Expires)))
	}
	if s.provider == nil {
		exchange.Result = Warn
		exchange.Detail += ": these are not of the web identity"
		exchange.Fix = "See above why the web identity is not used."
	}
	return []Check{exchange, s.identity(ctx)}
}

// identity asks STS who signs, which every identity may ask.
func (s *subject) identity(ctx context.Context) Check {
	c := Check{Name: "identity"}
	ctx, cancel := context.WithTimeout(ctx, identityTime)
	defer cancel()
	out, err := sts.NewFromConfig(s.cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		c.Result, c.Detail = Warn, "sts did not say who we are: "+oneLine(err)
		c.Fix = "It takes no permission to ask: the credentials are not valid, or what answers is not AWS's STS."
		return c
	}
	c.Detail = aws.ToString(out.Arn)
	return c
}

// oneLine keeps a cause that was not made here from breaking the report's lines.
func oneLine(err error) string {
	var e *irsa.Error
	if errors.As(err, &e) {
		err = e
	}
	return fmt.Sprintf("%v", err)
}
