package irsa_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestFailoverRegionsAreCheckedAtLoad(t *testing.T) {
	inRegion := irsa.Options{FailoverRegions: []string{secondRegion}}
	for name, c := range map[string]struct {
		options irsa.Options
		prepare setup
		load    []func(*config.LoadOptions) error
		reason  error
		says    string
	}{
		"a region of another partition": {
			options: irsa.Options{FailoverRegions: []string{secondRegion, "cn-north-1"}}, reason: irsa.ErrRegion,
			says: `the role is in partition aws, failover region "cn-north-1" is not one of its regions`,
		},
		"a name that no region has": {
			options: irsa.Options{FailoverRegions: []string{"eu-west"}}, reason: irsa.ErrRegion, says: `"eu-west"`,
		},
		"an empty name": {
			options: irsa.Options{FailoverRegions: []string{""}}, reason: irsa.ErrRegion, says: `failover region ""`,
		},
		"an endpoint named for STS": {
			options: inRegion, prepare: env("AWS_ENDPOINT_URL_STS", "https://sts.example.com"), says: "an endpoint",
		},
		"an endpoint in service options": {
			options: inRegion, says: "an endpoint",
			load: opts(config.WithServiceOptions(func(_ string, o any) {
				if s, ok := o.(*sts.Options); ok {
					s.BaseEndpoint = aws.String("https://sts.example.com")
				}
			})),
		},
		"a general endpoint on loopback, which the token follows": {
			options: inRegion, load: opts(config.WithBaseEndpoint("http://localhost:1")), says: "an endpoint",
		},
		"a region in service options": {
			options: inRegion, says: `failover region eu-central-1: the config's service options send`,
			load: opts(config.WithServiceOptions(func(_ string, o any) {
				if s, ok := o.(*sts.Options); ok {
					s.Region = "us-east-1"
				}
			})),
		},
		"a client in Options": {
			options: irsa.Options{FailoverRegions: []string{secondRegion}, Client: sts.New(sts.Options{})},
			says:    "client",
		},
		"a client in web identity options": {
			options: inRegion, says: "client",
			load: opts(config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
				o.Client = sts.New(sts.Options{})
			})),
		},
	} {
		t.Run(name+" is an error", func(t *testing.T) {
			w := newTestbed(t)
			if c.prepare != nil {
				c.prepare(t, w)
			}
			_, err := w.load(&irsa.Loader{Options: c.options}, c.load...)
			require.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, "failover region")
			if c.reason != nil {
				assert.ErrorIs(t, err, c.reason)
			}
			if c.load == nil && c.prepare == nil {
				_, err = irsa.NewProvider(aws.Config{Region: ownRegion}, c.options)
				assert.ErrorContains(t, err, c.says)
			}
		})
	}
	t.Run("a general endpoint that the token doesn't follow is none", func(t *testing.T) {
		inRegions(t, func(t *testing.T, r *regionsBed) {
			r.own.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)})
			p := r.provider(t, inRegion, config.WithBaseEndpoint("https://minio.example.com"))
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Equal(t, secondRegion, p.Status().Region)
		})
	})
	t.Run("the own region and repeated ones are asked once", func(t *testing.T) {
		inRegions(t, func(t *testing.T, r *regionsBed) {
			r.own.Inject(irsatest.Fault{Do: irsatest.Stall(irsatest.Response)})
			r.second.Inject(irsatest.Fault{Do: irsatest.Error("AccessDenied", "")})
			p := r.provider(t, irsa.Options{FailoverRegions: []string{ownRegion, secondRegion, secondRegion,
				thirdRegion}})
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			assert.Len(t, r.own.Requests(), 1)
			assert.Len(t, r.second.Requests(), 1)
		})
	})
}

func TestAFIPSEndpointThatDoesNotExistIsNotAsked(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		t.Setenv("AWS_USE_FIPS_ENDPOINT", "true")
		t.Setenv("AWS_REGION", "us-east-1")
		var own, west irsatest.STS
		require.NoError(t, west.Trust(roleARN, podIssuer, subject))
		defer west.Wait()
		var mu sync.Mutex
		var asked []string
		network := irsatest.Client(map[string]http.Handler{
			"sts-fips.us-east-1.amazonaws.com": &own, "sts-fips.us-west-2.amazonaws.com": &west,
		})
		own.Inject(irsatest.Fault{Do: irsatest.Error("ServiceUnavailable", "")})
		w.http = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			asked = append(asked, r.URL.Host)
			mu.Unlock()
			return network.Transport.RoundTrip(r)
		})}
		p := w.provider(t, irsa.Options{FailoverRegions: []string{"eu-west-1", "ca-central-1", "us-west-2"}})
		assert.Contains(t, w.warn.String(), "sts has no FIPS endpoint in eu-west-1")
		assert.Contains(t, w.warn.String(), "sts has no FIPS endpoint in ca-central-1")
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "us-west-2", p.Status().Region)
		mu.Lock()
		defer mu.Unlock()
		assert.Equal(t, []string{"sts-fips.us-east-1.amazonaws.com", "sts-fips.us-west-2.amazonaws.com"}, asked)
	})
}

func TestAnOwnRegionWithoutAFIPSEndpointIsNotAskedWhereThereIsAnother(t *testing.T) {
	w := newTestbed(t)
	t.Setenv("AWS_USE_FIPS_ENDPOINT", "true")
	w.http = irsatest.Client(map[string]http.Handler{"sts-fips.us-west-2.amazonaws.com": w.sts})
	p := w.provider(t, irsa.Options{FailoverRegions: []string{"eu-central-1", "us-west-2"}})
	assert.Contains(t, w.warn.String(), "sts has no FIPS endpoint in eu-west-1: us-west-2 is asked in its place")
	_, err := p.Retrieve(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "us-west-2", p.Status().Region)
	assert.Len(t, w.sts.Requests(), 1)
}

func TestConfigsShareAProviderOnlyWithTheSameFailoverRegions(t *testing.T) {
	w := newTestbed(t)
	var l irsa.Loader
	l.Options.FailoverRegions = []string{secondRegion}
	first := provider(t, &l, w.ctx)
	assert.Same(t, first, provider(t, &l, w.ctx))
	l.Options.FailoverRegions = []string{secondRegion, thirdRegion}
	assert.NotSame(t, first, provider(t, &l, w.ctx))
}

// roundTripper is a transport made of a function.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
