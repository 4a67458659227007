package irsa_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// Regions of failover tests: the pod's own, and those that are asked in its place.
const (
	ownRegion    = "eu-west-1"
	secondRegion = "eu-central-1"
	thirdRegion  = "eu-north-1"
)

// A regionsBed is a testbed in which each region has an STS of its own.
type regionsBed struct {
	*testbed
	own, second, third *irsatest.STS

	mu  sync.Mutex // guards got
	got []irsa.Refresh
}

// inRegions runs a test with a [regionsBed] in virtual time.
func inRegions(t *testing.T, test func(*testing.T, *regionsBed)) {
	t.Helper()
	inBubble(t, func(t *testing.T, w *testbed) {
		t.Setenv("AWS_ENDPOINT_URL_STS", "") // with TLS, and a host for each region
		r := &regionsBed{testbed: w, own: w.sts, second: new(irsatest.STS), third: new(irsatest.STS)}
		hosts := map[string]http.Handler{}
		for region, s := range map[string]*irsatest.STS{ownRegion: r.own, secondRegion: r.second,
			thirdRegion: r.third} {
			hosts["sts."+region+".amazonaws.com"] = s
			if s != r.own {
				require.NoError(t, s.Trust(roleARN, podIssuer, subject))
			}
		}
		w.http = irsatest.Client(hosts)
		defer func() {
			for _, s := range []*irsatest.STS{r.own, r.second, r.third} {
				s.ClearFaults()
			}
			time.Sleep(time.Minute)
			r.second.Wait()
			r.third.Wait()
		}()
		test(t, r)
	})
}

// loaded is the Provider of a config with failover to the other two regions.
func (r *regionsBed) loaded(t *testing.T) *irsa.Provider {
	return r.provider(t, irsa.Options{
		FailoverRegions: []string{secondRegion, thirdRegion}, OnRefresh: func(got irsa.Refresh) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.got = append(r.got, got)
		},
	})
}

// refreshes returns what OnRefresh was told.
func (r *regionsBed) refreshes() []irsa.Refresh {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]irsa.Refresh(nil), r.got...)
}

// The ways in which a region's STS is out of order, and how long an attempt at it takes.
var regionOutages = map[string]struct {
	does irsatest.Effect
	wait time.Duration
}{
	"refuses connections":       {irsatest.Cut(irsatest.Connect), 0},
	"accepts and never answers": {irsatest.Stall(irsatest.Response), 5 * time.Second},
	"can't be connected to":     {irsatest.Stall(irsatest.Connect), 5 * time.Second},
	"answers 503":               {irsatest.Error("ServiceUnavailable", ""), 0},
	"answers a proxy's 502":     {irsatest.Reply(502, "text/html", "<html>"), 0},
}

func TestADaysOutageOfTheOwnRegionIsNotNoticed(t *testing.T) {
	for name, outage := range regionOutages {
		t.Run("it "+name+" from the start", func(t *testing.T) {
			inRegions(t, func(t *testing.T, r *regionsBed) {
				r.own.Inject(irsatest.Fault{Do: outage.does})
				p := r.loaded(t)
				start := time.Now()
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				assert.InDelta(t, outage.wait, time.Since(start), float64(100*time.Millisecond))
				assert.Equal(t, secondRegion, p.Status().Region)

				r.rotate(t, 26*time.Hour)
				got := read(p, 4, 10*time.Second, 24*time.Hour, notExpired(t, 0))
				assert.Zero(t, got.failed, got.lastErr)
				assert.Zero(t, got.worst)
				assert.NoError(t, p.Status().Err)
				assert.LessOrEqual(t, len(r.second.Requests()), 38, "no more exchanges than ever")
				assert.Empty(t, r.third.Requests())
				for _, one := range r.refreshes() {
					require.NoError(t, one.Err)
					assert.Equal(t, secondRegion, one.Region)
				}
				assert.Equal(t, 1, strings.Count(r.warn.String(), "a failover region gave the session"), r.warn)

				r.own.ClearFaults()
				got = read(p, 4, 10*time.Second, time.Hour, notExpired(t, 0))
				assert.Zero(t, got.failed, got.lastErr)
				assert.Zero(t, got.worst)
				assert.Equal(t, ownRegion, p.Status().Region, "it comes home by itself")
				n := len(r.second.Requests())
				read(p, 4, 10*time.Second, 6*time.Hour, nil)
				assert.Len(t, r.second.Requests(), n)
			})
		})
		t.Run("it "+name+" from any quarter of an hour on", func(t *testing.T) {
			for quarter := range 4 {
				inRegions(t, func(t *testing.T, r *regionsBed) {
					p := r.loaded(t)
					_, err := p.Retrieve(t.Context())
					require.NoError(t, err)
					assert.Equal(t, ownRegion, p.Status().Region)
					time.AfterFunc(time.Duration(quarter)*15*time.Minute, func() {
						r.own.Inject(irsatest.Fault{Do: outage.does})
					})
					got := read(p, 2, 10*time.Second, 4*time.Hour, notExpired(t, 0))
					assert.Zero(t, got.failed, got.lastErr)
					assert.Zero(t, got.worst)
				})
			}
		})
	}
}

func TestAFleetDoesNotComeHomeAtOnce(t *testing.T) {
	inRegions(t, func(t *testing.T, r *regionsBed) {
		r.own.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", "")})
		const fleet = 100
		for range fleet {
			p := r.loaded(t)
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			go read(p, 1, 20*time.Second, 2*time.Hour, nil)
		}
		time.Sleep(30 * time.Minute)
		n := len(r.own.Requests())
		r.own.ClearFaults()
		back := time.Now()
		time.Sleep(2 * time.Hour)
		inSecond := map[time.Duration]int{}
		most := 0
		for _, one := range r.refreshes() {
			if one.Region == ownRegion && one.Started.Sub(back) < 18*time.Minute {
				s := one.Started.Sub(back).Truncate(time.Second)
				inSecond[s]++
				most = max(most, inSecond[s])
			}
		}
		assert.GreaterOrEqual(t, len(r.requestsAfter(n)), fleet)
		assert.LessOrEqual(t, most, 6, "at most in one second, of %d", fleet)
	})
}
