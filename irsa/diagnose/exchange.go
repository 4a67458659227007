package diagnose

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
		exchange.Result, exchange.Detail, exchange.Fix = Fail, s.loadErr.Error(), s.loadFix()
		s.exchangeErr = s.loadErr
		return []Check{exchange, identity}
	case s.opts.Offline:
		exchange.Result, exchange.Detail = Skipped, "offline"
		identity.Detail = "offline"
		return []Check{exchange, identity}
	}
	started := time.Now()
	credentials, err := s.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		exchange.Result, exchange.Detail, exchange.Fix = Fail, err.Error(), irsa.Explain(err)
		s.exchangeErr = err
		return []Check{exchange, identity}
	}
	exchange.Detail = fmt.Sprintf("%s in %s", credentials.Source, round(time.Since(started)))
	if credentials.CanExpire {
		exchange.Detail += fmt.Sprintf(", good for %s", round(time.Until(credentials.Expires)))
	}
	s.exchanged = s.provider != nil
	if !s.exchanged {
		exchange.Result = Warn
		exchange.Detail += ": these are not of the web identity"
		exchange.Fix = "See above why the web identity is not used."
	}
	return []Check{exchange, s.identity(ctx, credentials)}
}

// meant are the reasons for which an exchange fails that a check before it tells
// better: with what is to be changed, and nothing else.
var meant = map[string][]error{
	"injected":       {irsa.ErrNotConfigured, irsa.ErrNodeRole},
	"shadowed":       {irsa.ErrShadowed},
	"token file":     {irsa.ErrToken},
	"token":          {irsa.ErrToken},
	"token lifetime": {irsa.ErrTokenExpired},
	"audience":       {irsa.ErrAudience},
	"issuer":         {irsa.ErrIssuer},
	"region":         {irsa.ErrRegion},
	"partition":      {irsa.ErrIssuer},
}

// told is the fix of a failed exchange of which one of the checks before it told the
// cause; "" where none did.
func told(err error, before []Check) string {
	for _, c := range before {
		is := func(reason error) bool { return errors.Is(err, reason) }
		if c.Result == Fail && (slices.ContainsFunc(meant[c.Name], is) || strings.Contains(err.Error(), c.Detail)) {
			return first(c)
		}
	}
	return ""
}

// unknown is the fix of a failed exchange of which nothing is known: whatever
// supplied the credentials, it was not the web identity.
func unknown(before []Check) string {
	for _, c := range before {
		if c.Result == Fail {
			return first(c)
		}
	}
	return "Correct what the message names: a profile, or another source of credentials."
}

func first(c Check) string { return fmt.Sprintf("Mend %q first: see above.", c.Name) }

// identity asks the STS of the exchange who signs, which every identity may ask.
func (s *subject) identity(ctx context.Context, credentials aws.Credentials) Check {
	c := Check{Name: "identity"}
	ctx, cancel := context.WithTimeout(ctx, identityTime)
	defer cancel()
	client := sts.NewFromConfig(s.cfg, func(o *sts.Options) {
		if s.endpoint == nil {
			return
		}
		// It may not be the one that the config has for every service, and it is a
		// variant's already.
		o.BaseEndpoint = aws.String(s.endpoint.Scheme + "://" + s.endpoint.Host)
		o.EndpointOptions = sts.EndpointResolverOptions{}
	})
	out, err := client.GetCallerIdentity(ctx, nil)
	if err != nil {
		c.Result, c.Detail = Warn, "sts did not say who we are: "+without(err.Error(), credentials.SecretAccessKey, credentials.SessionToken)
		c.Fix = "It takes no permission to ask: the credentials are not valid, or what answers is not AWS's STS."
		return c
	}
	c.Detail = aws.ToString(out.Arn)
	return c
}

// without takes secrets out of what a server says: it may quote what it was sent.
func without(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[removed]")
		}
	}
	return text
}
