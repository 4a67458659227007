package irsa_test

import (
	"errors"
	"net/http"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A loader loads a pod's config: with the SDK or with this package.
type loader func(*testbed, ...func(*config.LoadOptions) error) (aws.Config, error)

// theirs is the SDK's loader.
func theirs(w *testbed, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	return config.LoadDefaultConfig(w.ctx, w.options(optFns)...)
}

// ours is this package's.
func ours(w *testbed, optFns ...func(*config.LoadOptions) error) (aws.Config, error) {
	return irsa.LoadConfig(w.ctx, w.options(optFns)...)
}

// An outcome is what can be observed of a loader in a testbed: by the program that loads a config,
// and by STS. Two loaders with equal outcomes can take each other's place.
type outcome struct {
	loads, retrieves bool
	region, key      string // key: "WEB" for a session of the web identity
	ids              string // the credential sources in the user agent
	host             string // that was asked for the exchange
	request          string // its parameters, but for the session's name
	agent            string // its user agent, but for numbers
	class            string // of the error of load or retrieve; see classOf
}

var (
	credentialIDs = regexp.MustCompile(` m/([\w,+/-]+)`)
	versions      = regexp.MustCompile(`[\d.]+`)
)

// outcome loads a config with a fresh STS, retrieves its credentials, and returns what was
// observed.
func (w *testbed) outcome(t testing.TB, load loader, options []func(*config.LoadOptions) error) outcome {
	w.sts = new(irsatest.STS)
	require.NoError(t, w.sts.Trust(roleARN, podIssuer, subject))
	w.http = irsatest.Client(map[string]http.Handler{"": w.sts, "169.254.169.254": instanceMetadata()})
	cfg, err := load(w, options...)
	if err != nil {
		return outcome{class: classOf(err)}
	}
	o := outcome{loads: true, region: cfg.Region}
	creds, err := cfg.Credentials.Retrieve(w.ctx)
	o.class = classOf(err)
	if err == nil {
		o.retrieves, o.key = true, creds.AccessKeyID
	}
	for _, r := range w.sts.Requests() {
		if r.Op != "AssumeRoleWithWebIdentity" {
			continue
		}
		name := r.Params
		name.Del("RoleSessionName")
		o.host, o.request, o.agent = r.Host, name.Encode(), versions.ReplaceAllString(r.UserAgent, "#")
		if o.retrieves && r.Code == "" {
			o.key = "WEB"
		}
	}
	if err == nil {
		var agent userAgent
		_, _ = sts.NewFromConfig(cfg, func(s *sts.Options) {
			s.HTTPClient, s.BaseEndpoint, s.Retryer = &agent, nil, aws.NopRetryer{}
		}).GetCallerIdentity(w.ctx, nil)
		if m := credentialIDs.FindStringSubmatch(string(agent)); m != nil {
			o.ids = m[1]
		}
	}
	return o
}

// classOf is what a program can tell of an error by errors.As and errors.Is, whoever made it.
func classOf(err error) string {
	var (
		api     smithy.APIError
		profile config.SharedConfigProfileNotExistError
		file    config.SharedConfigLoadError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return "api error " + api.ErrorCode()
	case errors.As(err, &profile):
		return "no such profile"
	case errors.As(err, &file):
		return "the shared config"
	}
	return "another error"
}

// userAgent is an HTTP client that keeps a request's user agent and sends nothing.
type userAgent string

func (u *userAgent) Do(r *http.Request) (*http.Response, error) {
	*u = userAgent(r.Header.Get("User-Agent"))
	return nil, http.ErrUseLastResponse
}
