package irsa_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
	"github.com/seed-15cba5db/irsa-go/irsa"
)

// settings are what a line of a profile may say, sane and otherwise. TOKEN stands for the token's
// file, ANY for the name of a profile, its own included.
var settings = []string{
	"source_profile = ANY", "source_profile = ANY", "source_profile = ANY", "source_profile = nobody",
	"role_arn = " + roleARN, "role_arn = " + hop1Role, "role_arn = " + hop2Role, "role_arn = " + hop1Role,
	"role_arn = arn:aws:iam::1:role/x", "role_arn = \u202e$(touch x)", "role_arn = arn:aws-cn:iam::111122223333:role/cn",
	"role_arn = " + roleARN + "\nweb_identity_token_file = TOKEN",
	"role_arn = " + roleARN + "\nweb_identity_token_file = TOKEN",
	"role_arn = " + roleARN + "\nweb_identity_token_file = TOKEN", "web_identity_token_file = /dev/null",
	"web_identity_token_file = /none", "web_identity_token_file = /",
	"credential_source = EcsContainer", "credential_source = Environment", "credential_source = Ec2InstanceMetadata",
	"credential_source = Elsewhere", "credential_process = /bin/false", "credential_process = ",
	"aws_access_key_id = PROFILE\naws_secret_access_key = wJalrXUtnFEMI", "aws_access_key_id = HALF",
	"mfa_serial = arn:aws:iam::111122223333:mfa/ada", "external_id = ; rm -rf /", "role_session_name = a b/c",
	"role_session_name = ok", "duration_seconds = 1", "duration_seconds = 900", "duration_seconds = -9223372036854775808",
	"sso_session = s", "sso_account_id = 1", "login_session = x", "region = eu-west-1", "region = eu-west-1",
	"region = us-gov-west-1", "region = ../../evil", "region = evil.example.com/", "use_fips_endpoint = true",
	"use_dualstack_endpoint = true", "endpoint_url = https://evil.example.com", "endpoint_url = http://evil.example.com",
	"ca_bundle = /dev/null", "sts_regional_endpoints = legacy", "s3 =\n  use_arn_region = maybe",
}

// hostileConfig is a shared config file of random profiles.
func hostileConfig(r *rand.Rand, token string) string {
	var b strings.Builder
	profiles := 1 + r.IntN(6)
	name := func() string {
		if n := r.IntN(profiles); n > 0 {
			return fmt.Sprintf("p%d", n)
		}
		return "default"
	}
	for p := range profiles {
		section := "[default]"
		if p > 0 {
			section = fmt.Sprintf("[profile p%d]", p)
		}
		b.WriteString(section + "\n")
		for range r.IntN(6) {
			line := strings.ReplaceAll(settings[r.IntN(len(settings))], "ANY", name())
			b.WriteString(strings.ReplaceAll(line, "TOKEN", token) + "\n")
		}
	}
	return b.String()
}

// A witness sends requests on, and remembers the hosts that were sent a token.
type witness struct {
	to    http.RoundTripper
	token string

	mu      sync.Mutex
	trusted map[string]bool // hosts that were sent the token
}

// RoundTrip implements http.RoundTripper.
func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if strings.Contains(string(body)+fmt.Sprint(r.Header)+r.URL.String(), w.token) {
		w.mu.Lock()
		w.trusted[r.URL.Hostname()] = true
		w.mu.Unlock()
	}
	return w.to.RoundTrip(r)
}

// A chain may be of anything: it loads or fails in one line, its credentials come or fail in one
// line, in a bounded time, and the token goes to STS alone.
func TestAThousandHostileChainsOfProfiles(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		noIdentity(t, w)
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		w.addRole(t, hop1Role, roleARN, assumeOnly, "")
		w.addRole(t, hop2Role, hop1Role, assumeOnly, "")
		token, err := os.ReadFile(w.pod.TokenFile())
		require.NoError(t, err)
		seen := &witness{to: w.http.Transport, token: string(token), trusted: map[string]bool{}}
		w.http = &http.Client{Transport: seen}
		file := filepath.Join(t.TempDir(), "config")
		t.Setenv("AWS_CONFIG_FILE", file)
		var loaded, own, given int
		for seed := range 1000 {
			text := hostileConfig(rand.New(rand.NewPCG(uint64(seed), 0)), w.pod.TokenFile())
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			cfg, err := w.load(new(irsa.Loader))
			var c aws.Credentials
			if err == nil {
				loaded++
				if _, ok := irsa.ProviderFrom(cfg); ok {
					own++
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				began := time.Now()
				c, err = cfg.Credentials.Retrieve(ctx)
				cancel()
				assert.LessOrEqual(t, time.Since(began), time.Minute, text)
			}
			if err == nil {
				given++
				assert.NotEmpty(t, c.AccessKeyID, text)
				continue
			}
			var e *irsa.Error
			require.ErrorAs(t, err, &e, text)
			assert.NotContains(t, err.Error(), "\n", text)
			assert.NotContains(t, err.Error(), "\u202e", text)
			var d dump
			d.add(err)
			assert.False(t, d.holds(string(token)) || d.holds("wJalrXUtnFEMI"), "%s: %s", text, err)
		}
		t.Logf("%d configs load, %d with a Provider, %d with credentials", loaded, own, given)
		assert.Positive(t, min(loaded, own, given))
		assert.NotEmpty(t, seen.trusted)
		for host := range seen.trusted {
			assert.True(t, partition.IsSTSHost(host), "%s was sent the token", host)
		}
		assert.NotContains(t, w.warn.String(), string(token))
		for line := range strings.Lines(w.warn.String()) {
			assert.NotContains(t, line, "\u202e")
		}
	})
}

// A chain is followed to its beginning, whatever its length, and asks for nothing behind what
// fails.
func TestALongChainOfProfilesEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		noIdentity(t, w)
		var b strings.Builder
		const length = 200
		for n := range length {
			fmt.Fprintf(&b, "[profile p%d]\nrole_arn = arn:aws:iam::222233334444:role/r%d\nsource_profile = p%d\n", n, n, n+1)
		}
		fmt.Fprintf(&b, "[profile p%d]\nrole_arn = %s\nweb_identity_token_file = %s\n", length, roleARN, w.pod.TokenFile())
		sharedConfig(t, b.String())
		t.Setenv("AWS_PROFILE", "p0")
		began := time.Now()
		p := w.loadBed(t, irsa.Options{}).p
		_, err := p.Retrieve(t.Context())
		require.Error(t, err, "none of these roles exists")
		require.ErrorContains(t, err, "hop 1")
		assert.NotContains(t, err.Error(), "\n")
		assert.LessOrEqual(t, time.Since(began), 20*time.Second)
		assert.True(t, errors.Is(err, irsa.ErrTrust))
	})
}
