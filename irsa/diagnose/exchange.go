package diagnose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// identityTime bounds the question who we are, which comes after the exchange:
// the exchange takes 20 s at most, so that all is said within 30.
const identityTime = 8 * time.Second

// exchangeChecks loads credentials as the program would, and asks STS whose they are.
func (e *evidence) exchangeChecks(ctx context.Context) []Check {
	exchange, identity := Check{Name: "exchange"}, Check{Name: "identity", Result: Skipped, Detail: "there are no credentials to ask with"}
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
	e.exchanged = e.provider != nil
	if !e.exchanged {
		exchange.Result = Warn
		exchange.Detail += ": these are not the web identity's"
		exchange.Fix = e.fix(advice.NotUsed)
	}
	return []Check{exchange, e.identity(ctx, credentials)}
}

// causes are the reasons for which an exchange fails that a check before it found already: that one
// says what to change, and nothing else.
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

// foundBy is the fix of a failed exchange of which one of the checks before it found the cause; ""
// where none did.
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

// otherwise is the fix of a failed exchange of which nothing is known: whatever supplied the
// credentials, it was not the web identity.
func (e *evidence) otherwise(before []Check) string {
	for _, c := range before {
		if c.Result == Fail {
			return advice.MendFirst(c.Name)
		}
	}
	return e.fix(advice.OtherSource)
}

// loadFix is the fix where the config does not load.
func (e *evidence) loadFix() string {
	variables := variablesIn(e.loadErr)
	explained := irsa.Explain(e.loadErr)
	switch {
	case explained == "":
		return e.fixOf(advice.NotLoaded, variables...)
	case len(variables) > 0:
		return e.fixOf(advice.NotLoaded, variables...) + "\n" + explained
	}
	return explained
}

// variablesIn are the variables of the environment that a load's error names, or quotes the value
// of. The webhook's own have checks of their own.
func variablesIn(err error) []string {
	var profile config.SharedConfigProfileNotExistError
	text := err.Error()
	var names []string
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "AWS_") || value == "" || name == "AWS_ROLE_ARN" || name == "AWS_WEB_IDENTITY_TOKEN_FILE" {
			continue
		}
		path := strings.Contains(value, "/") && strings.Contains(text, value)
		if path || strings.Contains(text, name) || strings.Contains(text, `"`+value+`"`) ||
			errors.As(err, &profile) && profile.Profile == value {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// identity asks the STS of the exchange who signs, which every identity may ask.
func (e *evidence) identity(ctx context.Context, credentials aws.Credentials) Check {
	c := Check{Name: "identity"}
	ctx, cancel := context.WithTimeout(ctx, identityTime)
	defer cancel()
	client := sts.NewFromConfig(e.cfg, func(o *sts.Options) {
		if e.endpoint == nil {
			return
		}
		// It may not be the one that the config has for every service, and it is a
		// variant's already.
		o.BaseEndpoint = aws.String(e.endpoint.Scheme + "://" + e.endpoint.Host)
		o.EndpointOptions = sts.EndpointResolverOptions{}
	})
	out, err := client.GetCallerIdentity(ctx, nil)
	if err != nil {
		c.Result, c.Detail = Warn, "sts did not say who we are: "+stsclient.Redact(err.Error(), credentials.SecretAccessKey, credentials.SessionToken)
		c.Fix = e.fix(advice.IdentityRefused)
		return c
	}
	c.Detail = aws.ToString(out.Arn)
	return c
}
