package diagnose

import (
	"errors"
	"testing"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// endpointCases are the checks of role, region, partition and endpoint, and those that need a
// request or a policy.
var endpointCases = map[string]checkCase{
	"a role": {(*evidence).roleARN, nil, OK, "arn:aws:iam::111122223333:role/reader"},
	"a role of MinIO": {
		(*evidence).roleARN,
		func(_ *testing.T, e *evidence) { e.role = "arn:minio:iam:::role/x234567890" }, OK,
		"(not of AWS)",
	},
	"the region of the environment": {(*evidence).region, nil, OK, "eu-west-1, from AWS_REGION"},
	"the region of the issuer": {
		(*evidence).region, func(t *testing.T, _ *evidence) { t.Setenv("AWS_REGION", "") }, OK,
		"from the token's issuer",
	},
	"the region of a file": {
		(*evidence).region,
		func(t *testing.T, e *evidence) { t.Setenv("AWS_REGION", ""); e.cfg.Region = "us-east-1" },
		OK, "from the shared config file",
	},
	"no identity, no region": {
		(*evidence).region, func(t *testing.T, e *evidence) { bare(t, e); e.cfg.Region = "" },
		Skipped, "none: the webhook injects it",
	},
	"no identity, a file's region": {
		(*evidence).region,
		func(t *testing.T, e *evidence) { bare(t, e); e.cfg.Region = "us-east-1" }, OK,
		"us-east-1, from the shared config file",
	},
	"no identity, a region all the same": {
		(*evidence).region,
		func(t *testing.T, e *evidence) { bare(t, e); t.Setenv("AWS_DEFAULT_REGION", "eu-west-1") },
		OK, "eu-west-1, from AWS_DEFAULT_REGION",
	},
	"a region and no config": {
		(*evidence).region,
		func(_ *testing.T, e *evidence) { e.loadErr, e.cfg.Region = errors.New("no"), "" }, OK,
		"eu-west-1, from AWS_REGION",
	},
	"no region and no config": {(*evidence).region, func(t *testing.T, e *evidence) {
		t.Setenv("AWS_REGION", "")
		e.loadErr, e.cfg.Region = errors.New("no"), ""
	}, Skipped, "the config does not load"},
	"no config for want of a region": {(*evidence).region, func(t *testing.T, e *evidence) {
		t.Setenv("AWS_REGION", "")
		e.loadErr, e.cfg.Region = irsa.ErrRegion, ""
	}, Fail, "there is none in AWS_REGION"},
	"no region, and an issuer that names none": {(*evidence).region, func(t *testing.T, e *evidence) {
		t.Setenv("AWS_REGION", "")
		e.cfg.Region, e.token.Issuer = "", "https://cluster.example.com"
	}, Fail, "the token's issuer does not tell"},
	"a region that there is not": {
		(*evidence).region, func(_ *testing.T, e *evidence) { e.cfg.Region = "eu-west1" }, Warn,
		"eu-west1, from AWS_REGION: AWS has no region of this name",
	},
	"a region of another store": {(*evidence).region, func(_ *testing.T, e *evidence) {
		e.cfg.Region, e.token.Issuer = "garage", "https://cluster.example.com"
	}, OK, "garage, from AWS_REGION"},
	"one partition": {(*evidence).partitions, nil, OK, "aws"},
	"two partitions": {
		(*evidence).partitions, func(_ *testing.T, e *evidence) { e.cfg.Region = "cn-north-1" },
		Fail, "role aws, region aws-cn, issuer aws",
	},
	"the regional endpoint": {(*evidence).stsEndpoint, nil, OK, "sts.eu-west-1.amazonaws.com"},
	"the legacy endpoint": {
		(*evidence).stsEndpoint,
		func(_ *testing.T, e *evidence) { e.env.STSRegionalEndpoints = "legacy" }, OK,
		"AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect",
	},
	"the legacy endpoint, and no identity": {(*evidence).stsEndpoint, func(_ *testing.T, e *evidence) {
		e.endpoint, e.endpointErr, e.env.STSRegionalEndpoints = nil, errors.New("no"), "legacy"
	}, Skipped, "it is not known: no; AWS_STS_REGIONAL_ENDPOINTS=legacy has no effect"},
	"no proxy": {(*evidence).proxies, nil, OK, "none"},
	"a proxy that is passed by": {
		(*evidence).proxies,
		func(t *testing.T, e *evidence) { t.Setenv("HTTPS_PROXY", "http://p:1"); e.probe = &probe{} },
		OK, "does not take it",
	},
	"a clock without an answer": {(*evidence).clock, nil, Skipped, "no answer of STS"},
	"no trust policy":           {(*evidence).trustPolicy, nil, Skipped, "none was given"},
	"a trust policy and no token": {
		(*evidence).trustPolicy,
		func(_ *testing.T, e *evidence) { e.opts.TrustPolicy, e.token = []byte("{}"), nil },
		Skipped, "no token",
	},
}
