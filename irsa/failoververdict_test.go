package irsa_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestRefusalsOfOtherRegionsChangeNoVerdictAndNoAdvice(t *testing.T) {
	// What an error says, but for what differs from one test and one request to another.
	said := func(t *testing.T, r *regionsBed, err error) string {
		var e *irsa.Error
		require.ErrorAs(t, err, &e)
		return strings.NewReplacer(e.RequestID, "ID", r.pod.TokenFile(), "FILE").
			Replace(err.Error() + "\n" + irsa.Explain(err))
	}
	var alone string
	inRegions(t, func(t *testing.T, r *regionsBed) {
		r.own.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", "")})
		_, err := r.provider(t, irsa.Options{}).Retrieve(t.Context())
		require.ErrorIs(t, err, irsa.ErrUnreachable)
		alone = said(t, r, err)
	})
	for name, c := range map[string]struct {
		refusal irsatest.Effect
		lasts   bool // a repeat can't mend it
	}{
		"an organization's policy denies them": {irsatest.Error("AccessDenied", "User is not authorized to perform: "+
			"sts:AssumeRoleWithWebIdentity with an explicit deny in a service control policy"), true},
		"the account has not activated them": {irsatest.Error("RegionDisabledException", ""), true},
		"the token has expired for them":     {irsatest.Error("ExpiredTokenException", ""), true},
		"they throttle":                      {irsatest.Error("Throttling", ""), false},
	} {
		t.Run(name, func(t *testing.T) {
			inRegions(t, func(t *testing.T, r *regionsBed) {
				r.own.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", "")})
				r.second.Inject(irsatest.Fault{Do: c.refusal})
				r.third.Inject(irsatest.Fault{Do: c.refusal})
				p := r.loaded(t)
				start := time.Now()
				_, err := p.Retrieve(t.Context())
				assert.LessOrEqual(t, time.Since(start), 20*time.Second)
				require.ErrorIs(t, err, irsa.ErrUnreachable)
				require.NotErrorIs(t, err, irsa.ErrTrust)
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.True(t, e.Temporary)
				assert.Equal(t, "sts."+ownRegion+".amazonaws.com", e.Endpoint)
				assert.Equal(t, 503, e.HTTPStatus)
				assert.Equal(t, alone, said(t, r, err))

				read(p, 1, time.Second, 3*time.Minute, nil)
				log := r.warn.String()
				assert.Equal(t, 2, strings.Count(log, "sts of a failover region gave no session"), "once a state: %s",
					log)
				for _, region := range []string{secondRegion, thirdRegion} {
					assert.Contains(t, log, `region="`+region+`"`)
				}
				exchanges := p.Status().Failures
				if c.lasts {
					assert.Len(t, r.second.Requests(), exchanges, "once an exchange")
				} else {
					assert.Greater(t, len(r.second.Requests()), exchanges, "in each round")
				}

				r.own.ClearFaults()
				time.Sleep(30 * time.Second)
				_, err = p.Retrieve(t.Context())
				assert.NoError(t, err)
			})
		})
		t.Run(name+", and one of them only", func(t *testing.T) {
			inRegions(t, func(t *testing.T, r *regionsBed) {
				r.own.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
				r.second.Inject(irsatest.Fault{Do: c.refusal})
				p := r.loaded(t)
				start := time.Now()
				_, err := p.Retrieve(t.Context())
				require.NoError(t, err)
				assert.Equal(t, 5*time.Second, time.Since(start).Truncate(time.Second))
				assert.Equal(t, thirdRegion, p.Status().Region)
			})
		})
	}
}

func TestTheOwnRegionsVerdictCountsAtOnce(t *testing.T) {
	const noProvider = "No OpenIDConnect provider found in your account"
	for name, c := range map[string]struct {
		does   irsatest.Effect
		reason error
	}{
		"it denies the role":      {irsatest.Error("AccessDenied", ""), irsa.ErrTrust},
		"it has expired tokens":   {irsatest.Error("ExpiredTokenException", ""), irsa.ErrTokenExpired},
		"it knows no provider":    {irsatest.Error("InvalidIdentityToken", noProvider), irsa.ErrIssuer},
		"it throttles":            {irsatest.Error("Throttling", ""), irsa.ErrThrottled},
		"it is not activated":     {irsatest.Error("RegionDisabledException", ""), irsa.ErrRegion},
		"it can't ask the issuer": {irsatest.Error("IDPCommunicationError", ""), irsa.ErrIssuer},
	} {
		t.Run(name, func(t *testing.T) {
			inRegions(t, func(t *testing.T, r *regionsBed) {
				r.own.Inject(irsatest.Fault{Do: c.does})
				_, err := r.loaded(t).Retrieve(t.Context())
				require.ErrorIs(t, err, c.reason)
				assert.Empty(t, r.second.Requests())
				assert.Empty(t, r.third.Requests())
			})
		})
	}
	t.Run("also where it is the second round's", func(t *testing.T) {
		inRegions(t, func(t *testing.T, r *regionsBed) {
			r.own.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied", "")})
			r.own.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", ""), Times: 1})
			for _, s := range []*irsatest.STS{r.second, r.third} {
				s.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", "")})
			}
			_, err := r.loaded(t).Retrieve(t.Context())
			require.ErrorIs(t, err, irsa.ErrTrust)
			assert.Len(t, r.own.Requests(), 2)
		})
	})
}

func TestWhereAllRegionsFailTheOwnOnesErrorIsReportedInTime(t *testing.T) {
	for name, outage := range regionOutages {
		for other, theirs := range regionOutages {
			t.Run("it "+name+", another "+other, func(t *testing.T) {
				inRegions(t, func(t *testing.T, r *regionsBed) {
					r.own.Inject(irsatest.Fault{Do: outage.does})
					r.second.Inject(irsatest.Fault{Do: theirs.does})
					r.third.Inject(irsatest.Fault{Do: theirs.does})
					p := r.loaded(t)
					for range 2 {
						start := time.Now()
						_, err := p.Retrieve(t.Context())
						assert.LessOrEqual(t, time.Since(start), 20*time.Second)
						require.ErrorIs(t, err, irsa.ErrUnreachable)
						var e *irsa.Error
						require.ErrorAs(t, err, &e)
						assert.Equal(t, "sts."+ownRegion+".amazonaws.com", e.Endpoint)
						assert.NotContains(t, err.Error(), secondRegion)
						time.Sleep(2 * time.Second)
					}
					for _, one := range r.refreshes() {
						assert.LessOrEqual(t, one.Took, 20*time.Second)
						assert.Empty(t, one.Region)
					}
				})
			})
		}
	}
}
