package irsa_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// A wire is an HTTP client that notes where requests would have gone, and answers that access is
// denied.
type wire struct{ urls []string }

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	w.urls = append(w.urls, r.URL.Scheme+"://"+r.URL.Host)
	answer := httptest.NewRecorder()
	denied(answer)
	return answer.Result(), nil
}

// denied answers with an error that ends an exchange: it is permanent, so there is no second
// attempt.
func denied(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "text/xml")
	rw.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(
		rw,
		`<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>`,
	)
}

const (
	minioIssuer = "https://kubernetes.default.svc"
	elsewhere   = "https://s3.example.com"
)

// baseEndpoint sets a general endpoint in code.
func baseEndpoint(url string) []func(*config.LoadOptions) error {
	return opts(config.WithBaseEndpoint(url))
}

// serviceEndpoint sets an endpoint by a service option for STS.
func serviceEndpoint(url string) []func(*config.LoadOptions) error {
	return opts(config.WithServiceOptions(func(_ string, o any) {
		if o, ok := o.(*sts.Options); ok {
			o.BaseEndpoint = &url
		}
	}))
}

// resolver sets a general endpoint by the deprecated kind of resolver.
func resolver(url string) []func(*config.LoadOptions) error {
	resolve := func(string, string, ...any) (aws.Endpoint, error) { return aws.Endpoint{URL: url}, nil }
	return opts(config.WithEndpointResolverWithOptions(aws.EndpointResolverWithOptionsFunc(resolve)))
}

// rerouted changes the host of a request in a late step of the middleware.
func rerouted(host string) []func(*config.LoadOptions) error {
	reroute := func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		in.Request.(*smithyhttp.Request).URL.Host = host
		return next.HandleDeserialize(ctx, in)
	}
	return opts(config.WithAPIOptions([]func(*middleware.Stack) error{func(s *middleware.Stack) error {
		return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("reroute", reroute), middleware.After)
	}}))
}

func TestWhereTheTokenGoes(t *testing.T) {
	const eks = "https://sts.eu-west-1.amazonaws.com"
	services := "[default]\nservices = s\n[services s]\nsts =\n  endpoint_url = https://named.example.com\n"
	type vars map[string]string
	for name, c := range map[string]struct {
		region  string // default eu-west-1
		issuer  string // default eks's
		role    string
		env     vars
		profile string
		options []func(*config.LoadOptions) error
		want    string // empty: refused before anything is sent
		why     string
	}{
		"the regional endpoint":                 {want: eks},
		"of a token that EKS did not issue too": {issuer: minioIssuer, want: eks},
		"in China": {
			region: "cn-north-1", issuer: "https://oidc.eks.cn-north-1.amazonaws.com.cn/id/A",
			role: "arn:aws-cn:iam::111122223333:role/r",
			want: "https://sts.cn-north-1.amazonaws.com.cn",
		},
		"in GovCloud": {
			region: "us-gov-west-1", issuer: "https://oidc.eks.us-gov-west-1.amazonaws.com/id/A",
			role: "arn:aws-us-gov:iam::111122223333:role/r",
			want: "https://sts.us-gov-west-1.amazonaws.com",
		},
		"in GovCloud with FIPS": {
			region: "us-gov-west-1", issuer: minioIssuer,
			role: "arn:aws-us-gov:iam::111122223333:role/r",
			env:  vars{"AWS_USE_FIPS_ENDPOINT": "true"},
			want: "https://sts.us-gov-west-1.amazonaws.com",
		},
		"in the European sovereign cloud": {
			region: "eusc-de-east-1", issuer: minioIssuer,
			role: "arn:aws-eusc:iam::111122223333:role/r",
			want: "https://sts.eusc-de-east-1.amazonaws.eu",
		},
		"in iso": {
			region: "us-iso-east-1", issuer: minioIssuer,
			role: "arn:aws-iso:iam::111122223333:role/r",
			want: "https://sts.us-iso-east-1.c2s.ic.gov",
		},
		"in iso-b": {
			region: "us-isob-east-1", issuer: minioIssuer,
			role: "arn:aws-iso-b:iam::111122223333:role/r",
			want: "https://sts.us-isob-east-1.sc2s.sgov.gov",
		},
		"in iso-e": {
			region: "eu-isoe-west-1", issuer: minioIssuer,
			role: "arn:aws-iso-e:iam::111122223333:role/r",
			want: "https://sts.eu-isoe-west-1.cloud.adc-e.uk",
		},
		"in iso-f": {
			region: "us-isof-south-1", issuer: minioIssuer,
			role: "arn:aws-iso-f:iam::111122223333:role/r",
			want: "https://sts.us-isof-south-1.csp.hci.ic.gov",
		},
		"the global region": {region: "aws-global", want: "https://sts.amazonaws.com"},
		"FIPS": {
			env:  vars{"AWS_USE_FIPS_ENDPOINT": "true"},
			want: "https://sts-fips.eu-west-1.amazonaws.com",
		},
		"dual-stack": {
			env: vars{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, want: "https://sts.eu-west-1.api.aws",
		},
		"FIPS and dual-stack": {
			env:  vars{"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
			want: "https://sts-fips.eu-west-1.api.aws",
		},
		"legacy regional endpoints": {env: vars{"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}, want: eks},

		"AWS_ENDPOINT_URL_STS": {
			env:  vars{"AWS_ENDPOINT_URL_STS": "https://named.example.com"},
			want: "https://named.example.com",
		},
		"AWS_ENDPOINT_URL_STS over plain http": {
			env:  vars{"AWS_ENDPOINT_URL_STS": "http://named.example.com"},
			want: "http://named.example.com",
		},
		"AWS_ENDPOINT_URL_STS before AWS_ENDPOINT_URL": {
			env: vars{
				"AWS_ENDPOINT_URL_STS": "https://named.example.com",
				"AWS_ENDPOINT_URL":     "http://localhost:9000",
			},
			want: "https://named.example.com",
		},
		"AWS_ENDPOINT_URL_STS before WithBaseEndpoint": {
			env:     vars{"AWS_ENDPOINT_URL_STS": "https://named.example.com"},
			options: baseEndpoint("http://localhost:9000"), want: "https://named.example.com",
		},
		"AWS_ENDPOINT_URL_STS with FIPS": {
			env: vars{"AWS_ENDPOINT_URL_STS": "https://named.example.com", "AWS_USE_FIPS_ENDPOINT": "true"},
			why: "FIPS and custom endpoint are not supported",
		},
		"AWS_ENDPOINT_URL_STS, ignored": {
			env: vars{
				"AWS_ENDPOINT_URL_STS":                "https://named.example.com",
				"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
			},
			want: eks,
		},
		"a services section": {profile: services, want: "https://named.example.com"},
		"a services section, ignored": {
			profile: services, env: vars{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, want: eks,
		},
		"a services section before AWS_ENDPOINT_URL": {
			profile: services, env: vars{"AWS_ENDPOINT_URL": "http://localhost:9000"},
			want: "https://named.example.com",
		},
		"an STS service option": {
			options: serviceEndpoint("http://named.example.com"), want: "http://named.example.com",
		},
		"an STS service option before AWS_ENDPOINT_URL_STS": {
			options: serviceEndpoint("https://option.example.com"),
			env:     vars{"AWS_ENDPOINT_URL_STS": "https://named.example.com"},
			want:    "https://option.example.com",
		},

		"not AWS_ENDPOINT_URL with EKS's token": {env: vars{"AWS_ENDPOINT_URL": elsewhere}, want: eks},
		"not WithBaseEndpoint with EKS's token": {options: baseEndpoint(elsewhere), want: eks},
		"not a profile's endpoint with EKS's token": {
			profile: "[default]\nendpoint_url = " + elsewhere + "\n", want: eks,
		},
		"not a resolver with EKS's token": {options: resolver(elsewhere), want: eks},
		"not S3's VPC endpoint with EKS's token": {
			options: baseEndpoint("https://vpce-1.s3.eu-west-1.vpce.amazonaws.com"), want: eks,
		},
		"AWS_ENDPOINT_URL on loopback": {
			env: vars{"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, want: "http://127.0.0.1:4566",
		},
		"AWS_ENDPOINT_URL on IPv6 loopback": {
			env: vars{"AWS_ENDPOINT_URL": "http://[::1]:4566"}, want: "http://[::1]:4566",
		},
		"WithBaseEndpoint on localhost": {
			options: baseEndpoint("http://localhost:4566"), want: "http://localhost:4566",
		},
		"a resolver on localhost": {
			options: resolver("http://localhost:4566"), want: "http://localhost:4566",
		},
		"AWS_ENDPOINT_URL with another's token": {
			issuer: minioIssuer, env: vars{"AWS_ENDPOINT_URL": elsewhere}, want: elsewhere,
		},
		"WithBaseEndpoint with another's token": {
			issuer: minioIssuer, options: baseEndpoint(elsewhere), want: elsewhere,
		},
		"AWS_ENDPOINT_URL, ignored": {
			issuer: minioIssuer,
			env:    vars{"AWS_ENDPOINT_URL": elsewhere, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
			want:   eks,
		},
		"not plain http that nobody named": {
			issuer: minioIssuer, env: vars{"AWS_ENDPOINT_URL": "http://minio.minio.svc:9000"},
			why: "http://minio.minio.svc:9000 is not encrypted",
		},
		"not where middleware reroutes EKS's token": {
			options: rerouted("s3.example.com"),
			why:     "s3.example.com is neither aws's nor named for sts",
		},
		"not to a name that only looks like AWS's": {
			options: rerouted("sts.amazonaws.com.example.com"), why: "neither aws's",
		},
		"where middleware reroutes another's token": {
			issuer: minioIssuer, options: rerouted("s3.example.com"), want: elsewhere,
		},
		"where middleware reroutes to AWS": {
			options: rerouted("vpce-1.sts.eu-west-1.vpce.amazonaws.com"),
			want:    "https://vpce-1.sts.eu-west-1.vpce.amazonaws.com",
		},
		"not elsewhere with a token of a new region": {
			issuer: "https://oidc.eks.xx-new-1.amazonaws.com/id/A",
			env:    vars{"AWS_ENDPOINT_URL": elsewhere}, want: eks,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTestbed(t)
				if c.issuer == "" {
					c.issuer = eksIssuer
				}
				require.NoError(t, w.pod.Write(jwtOf(`{"iss":"`+c.issuer+`","sub":"s","aud":["sts.amazonaws.com"]}`)))
				if c.region != "" {
					t.Setenv("AWS_REGION", c.region)
				}
				if c.role != "" {
					t.Setenv("AWS_ROLE_ARN", c.role)
				}
				for k, v := range c.env {
					t.Setenv(k, v)
				}
				if c.profile != "" {
					sharedConfig(t, c.profile)
				}
				var out wire
				cfg, err := w.load(new(irsa.Loader), append(
					opts(config.WithHTTPClient(&out),
						config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} })),
					c.options...,
				)...)
				require.NoError(t, err)
				_, err = cfg.Credentials.Retrieve(w.ctx)
				require.Error(t, err)
				if c.want == "" {
					assert.Empty(t, out.urls, "nothing is sent")
					assert.ErrorContains(t, err, c.why)
					return
				}
				require.NotEmpty(t, out.urls, err)
				for _, url := range out.urls {
					assert.Equal(t, c.want, url)
				}
			})
		})
	}
}
