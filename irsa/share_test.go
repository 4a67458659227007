package irsa_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestAThousandConfigsOfOneLoaderMakeOneExchange(t *testing.T) {
	w := newTestbed(t)
	server := httptest.NewServer(w.sts)
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	var l irsa.Loader
	first, err := l.LoadConfig(w.ctx) // as long as one config is there, its Provider is
	require.NoError(t, err)
	defer runtime.KeepAlive(first.Credentials)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 100 {
				cfg, err := l.LoadConfig(w.ctx)
				if !assert.NoError(t, err) {
					return
				}
				_, err = cfg.Credentials.Retrieve(w.ctx)
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	assert.Len(t, w.sts.Requests(), 1)
}

func TestWhichConfigsShareAProvider(t *testing.T) {
	w := newTestbed(t)
	plain := config.WithAppID("")
	other := w.pod.TokenFile() + "2"
	for name, c := range map[string]struct {
		options []func(*config.LoadOptions) error
		prepare setup
		shared  bool
	}{
		"nothing given":         {opts(plain), nil, true},
		"the same region given": {opts(config.WithRegion("eu-west-1")), nil, true},
		"what the exchange does not depend on": {
			opts(config.WithRetryMaxAttempts(7), config.WithS3UseARNRegion(true),
				config.WithDisableRequestCompression(aws.Bool(true))),
			nil, true,
		},
		"another region":      {opts(config.WithRegion("eu-central-1")), nil, false},
		"another role":        {nil, env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/other"), false},
		"another file":        {nil, env("AWS_WEB_IDENTITY_TOKEN_FILE", other), false},
		"another session":     {nil, env("AWS_ROLE_SESSION_NAME", "me"), false},
		"another endpoint":    {nil, env("AWS_ENDPOINT_URL_STS", "http://localhost:1"), false},
		"a general endpoint":  {opts(config.WithBaseEndpoint("http://localhost:1")), nil, false},
		"FIPS":                {nil, env("AWS_USE_FIPS_ENDPOINT", "true"), false},
		"dual-stack":          {nil, env("AWS_USE_DUALSTACK_ENDPOINT", "true"), false},
		"an application's id": {opts(config.WithAppID("app")), nil, false},
		"bodies in the log":   {opts(config.WithClientLogMode(aws.LogRequestWithBody)), nil, false},
		"an earlier refresh": {
			opts(config.WithCredentialsCacheOptions(func(o *aws.CredentialsCacheOptions) {
				o.ExpiryWindow = time.Minute
			})),
			nil, false,
		},
		"an HTTP client": {opts(config.WithHTTPClient(http.DefaultClient)), nil, false},
		"middleware": {
			opts(config.WithAPIOptions([]func(*middleware.Stack) error{func(*middleware.Stack) error { return nil }})),
			nil, false,
		},
		"an interceptor": {opts(func(o *config.LoadOptions) error {
			o.Interceptors.BeforeTransmit = append(o.Interceptors.BeforeTransmit, noInterceptor{})
			return nil
		}), nil, false},
		"service options": {opts(config.WithServiceOptions(func(string, any) {})), nil, false},
		"web identity options": {
			opts(config.WithWebIdentityRoleCredentialOptions(func(*stscreds.WebIdentityRoleOptions) {})),
			nil, false,
		},
		"an endpoint resolver": {opts(config.WithEndpointResolverWithOptions(aws.EndpointResolverWithOptionsFunc(
			func(string, string, ...any) (aws.Endpoint, error) {
				return aws.Endpoint{}, &aws.EndpointNotFoundError{}
			},
		))), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("AWS_REGION", "eu-west-1")
			var l irsa.Loader
			first := provider(t, &l, w.ctx)
			if c.prepare != nil {
				c.prepare(t, w)
			}
			second := provider(t, &l, w.ctx, c.options...)
			assert.Equal(t, c.shared, first == second)
			runtime.KeepAlive(first)
		})
	}

	t.Run("a client of the Loader's own", func(t *testing.T) {
		l := irsa.Loader{Options: irsa.Options{Client: sts.New(sts.Options{Region: "eu-west-1"})}}
		assert.NotSame(t, provider(t, &l, w.ctx), provider(t, &l, w.ctx))
	})
	t.Run("two Loaders", func(t *testing.T) {
		assert.NotSame(t, provider(t, new(irsa.Loader), w.ctx), provider(t, new(irsa.Loader), w.ctx))
	})
}

// provider loads a config, and returns its Provider.
func provider(
	t testing.TB, l *irsa.Loader, ctx context.Context, fns ...func(*config.LoadOptions) error,
) *irsa.Provider {
	t.Helper()
	cfg, err := l.LoadConfig(ctx, fns...)
	require.NoError(t, err)
	p, ok := irsa.ProviderFrom(cfg)
	require.True(t, ok)
	return p
}

// noInterceptor is an interceptor that changes nothing.
type noInterceptor struct{}

func (noInterceptor) BeforeTransmit(context.Context, *smithyhttp.InterceptorContext) error {
	return nil
}

func TestAProviderThatNoConfigUsesIsReleased(t *testing.T) {
	w := newTestbed(t)
	var l irsa.Loader
	gone := make(chan struct{})
	func() {
		p := provider(t, &l, w.ctx)
		runtime.AddCleanup(p, func(gone chan struct{}) { close(gone) }, gone)
	}()
	require.Eventually(t, func() bool {
		runtime.GC()
		select {
		case <-gone:
			return true
		default:
			return false
		}
	}, 10*time.Second, time.Millisecond)
	runtime.KeepAlive(&l)
}
