package irsa

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/internal/refresh"
	"github.com/seed-15cba5db/irsa-go/internal/stsclient"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// regionTimeout is an attempt's time where there are other regions to ask: four of them fit into an
// exchange. An STS that works answers in less than one second.
const regionTimeout = 5 * time.Second

// A round is where an exchange stands among the regions: each is asked once, the own one first, and
// then the next round begins. The zero round is about to ask the own one.
type round struct {
	asks int    // the region to ask next: 0 is the own one, others are Options.FailoverRegions'
	own  *Error // why the own region's STS gave no answer, in this round
	out  []int  // regions that have refused what a repeat can't mend: this exchange asks them no more
}

// after returns the round after its region, of n, failed with err, and the error of the attempt.
//
// An exchange fails with what the own region says, in words and in class: another region's refusal
// may be an organization's, which denies regions, and is about a detour that nobody asked for.
func (r round) after(err *Error, n int) (round, *Error) {
	switch {
	case r.asks > 0 && (err.class == refresh.Permanent || err.class == refresh.Outdated):
		r.out = append(slices.Clone(r.out), r.asks)
	case r.asks > 0:
	case !away(err):
		return round{out: r.out}, err
	default:
		r.own = err
	}
	for r.asks++; slices.Contains(r.out, r.asks); r.asks++ {
	}
	if r.asks >= n {
		return round{out: r.out}, r.own
	}
	e := *r.own
	e.class = refresh.Elsewhere
	return r, &e
}

// away reports whether an error says that a region's STS was asked and can't be reached, or is out
// of order. What STS itself says of the token or the role, other regions would say, too; one that
// throttles asks for patience.
func away(e *Error) bool { return e.Reason == ErrUnreachable && e.Endpoint != "" }

// A stop is one attempt's place in a round.
type stop struct {
	round  *round // of this attempt's exchange
	at     int    // 0 is the own region
	of     int    // how many there are
	client stscreds.AssumeRoleWithWebIdentityAPIClient
}

// context limits the attempt where there are other regions to ask.
func (s stop) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.of == 1 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, regionTimeout)
}

// start begins a round: each exchange asks the own region first, so that a Provider comes home by
// itself. A fleet does not come home all at once, since each Provider refreshes at a time of its
// own.
func (x *webIdentity) start() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.round = new(round)
}

// next returns the region that the next attempt asks.
func (x *webIdentity) next() stop {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := stop{x.round, x.round.asks, 1 + len(x.id.failover), x.id.client}
	if s.at > 0 {
		s.client = x.id.failover[s.at-1]
	}
	return s
}

// refused returns the error of the exchange after an attempt, and warns where it is not the
// attempt's own. An attempt that outlasts its exchange has no part in the next one's round.
func (x *webIdentity) refused(s stop, e *Error) *Error {
	if s.at > 0 {
		x.tell(s.at, stateOf(e), "sts of a failover region gave no session", e)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	*s.round, e = s.round.after(e, s.of)
	return e
}

// gave notes that a region gave a session. When the own one does, an outage is over: the next one
// is told of anew.
func (x *webIdentity) gave(s stop) {
	x.mu.Lock()
	if s.at == 0 {
		clear(x.told)
	}
	delete(x.told, x.regionAt(s.at))
	own := s.round.own
	x.mu.Unlock()
	if s.at > 0 {
		x.tell(0, "away", "sts of the region can't be reached, and a failover region gave the session", own,
			slog.String("from", x.regionAt(s.at)))
	}
}

// tell warns of a region's state, once for as long as it lasts. It lasts until the region, or the
// own one, gives a session.
func (x *webIdentity) tell(at int, state, msg string, e *Error, attrs ...slog.Attr) {
	region := x.regionAt(at)
	x.mu.Lock()
	if x.told == nil {
		x.told = make(map[string]string)
	}
	known := x.told[region] == state
	x.told[region] = state
	x.mu.Unlock()
	if known {
		return
	}
	attrs = append(attrs,
		slog.String("role", x.roleARN), slog.String("region", region), slog.String("error", e.Error()))
	x.holdBack(func() { x.warner.warn(context.Background(), msg, attrs...) })
}

// regionAt is the name of a region, "" of an own one that is a client of the caller's own.
func (x *webIdentity) regionAt(at int) string {
	if at > 0 {
		return x.id.failover[at-1].Options().Region
	}
	if c, ok := x.id.client.(*stsclient.Client); ok {
		return c.Options().Region
	}
	return ""
}

// regionOf returns the region whose STS a client asks; "" where an endpoint decides, or a client of
// the caller's own.
func regionOf(client any, o stsclient.Origin) string {
	if c, ok := client.(*stsclient.Client); ok {
		return c.Region(o)
	}
	return ""
}

// namedEndpoint is what leaves no choice of a region.
const namedEndpoint = "an endpoint that is configured for sts"

// onlyOne returns the error of failover regions where there is only one STS to ask; nil without
// them.
func (id *identity) onlyOne(because string) error {
	if len(id.failoverRegions) == 0 {
		return nil
	}
	return fmt.Errorf("failover regions have no effect beside %s, which decides where the token is sent", because)
}

// settleFailover checks the failover regions and makes their clients. own is the region whose STS
// is asked first, "" where an endpoint decides. Along with an error it returns its Reason.
func (id *identity) settleFailover(
	ctx context.Context, cfg aws.Config, role partition.RoleARN, own string, t *Token,
) (reason, err error) {
	if own == "" {
		return nil, id.onlyOne(namedEndpoint)
	}
	asked := []string{own}
	for _, region := range id.failoverRegions {
		if slices.Contains(asked, region) {
			continue
		}
		asked = append(asked, region)
		// Also a name that no partition has: it would be looked up in an outage only, and the token
		// isn't sent to hosts that are not known to be AWS's.
		if p, _ := partition.OfRegion(region); p.ID != role.Partition {
			return ErrRegion, fmt.Errorf("the role is in partition %s, failover region %q is not one of its regions",
				role.Partition, text.Clip(region))
		}
		cfg.Region = region
		client, err := stsclient.New(cfg)
		if err != nil {
			return nil, err
		}
		if to := client.Region(originOfToken(t)); to != region {
			return nil, fmt.Errorf("failover region %s: the config's service options send its requests to %q",
				region, text.Clip(to))
		}
		if client.FIPS() && !partition.HasSTSFIPS(region) {
			id.warner.warn(ctx, "a failover region is not asked, since sts has no FIPS endpoint in "+region)
			continue
		}
		id.failover = append(id.failover, client)
	}
	id.skipMissing(ctx, own)
	return nil, nil
}

// skipMissing lets the first failover region take the place of an own one whose FIPS endpoint
// doesn't exist: to look up its host would cost each exchange an attempt.
func (id *identity) skipMissing(ctx context.Context, own string) {
	client, ok := id.client.(*stsclient.Client)
	if !ok || !client.FIPS() || partition.HasSTSFIPS(own) || len(id.failover) == 0 {
		return
	}
	first := id.failover[0]
	id.client, id.failover = first, id.failover[1:]
	id.warner.warn(ctx, "sts has no FIPS endpoint in "+own+": "+first.Options().Region+" is asked in its place")
}
