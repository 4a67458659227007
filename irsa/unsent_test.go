package irsa_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestWhatNoRequestCanBeMadeOfIsTriedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		env    map[string]string
		reason error
		says   string
		fix    string
	}{
		"FIPS beside an endpoint": {
			map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, irsa.ErrUnreachable,
			"FIPS and custom endpoint are not supported", "unset what the error names",
		},
		"dual-stack beside an endpoint": {
			map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, irsa.ErrUnreachable,
			"Dualstack and custom endpoint are not supported", "unset what the error names",
		},
		"an endpoint without a scheme": {
			map[string]string{"AWS_ENDPOINT_URL_STS": "sts.example.com"}, irsa.ErrUnreachable,
			"unsupported protocol scheme", "begins with https://",
		},
		"an endpoint without a host": {
			map[string]string{"AWS_ENDPOINT_URL_STS": "https://"}, irsa.ErrUnreachable,
			"no Host in request URL", "begins with https://",
		},
		"an endpoint that is no URL": {
			map[string]string{"AWS_ENDPOINT_URL_STS": "https://sts example"}, irsa.ErrUnreachable,
			"Failed to parse uri", "begins with https://",
		},
		"a region that is none": {
			map[string]string{"AWS_ENDPOINT_URL_STS": "", "AWS_REGION": "eu west 1"},
			irsa.ErrRegion, "invalid input region", "Set AWS_REGION",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				for k, v := range c.env {
					t.Setenv(k, v)
				}
				var reported []irsa.Refresh
				p := w.provider(t, irsa.Options{OnRefresh: func(r irsa.Refresh) { reported = append(reported, r) }})
				_, err := p.Retrieve(t.Context())
				t.Log(err)
				time.Sleep(time.Second)
				synctest.Wait() // for who reports
				require.Len(t, reported, 1)
				assert.Zero(t, reported[0].Took, "a second attempt would come later")
				require.ErrorIs(t, err, c.reason)
				require.ErrorContains(t, err, c.says)
				assert.NotContains(t, err.Error(), "\n")
				var e *irsa.Error
				require.ErrorAs(t, err, &e)
				assert.False(t, e.Temporary)
				assert.Empty(t, e.Endpoint)
				assert.Contains(t, irsa.Explain(err), c.fix)
				assert.Empty(t, w.sts.Requests())
			})
		})
	}
	t.Run("a hop whose tag has no value", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			_, err := l.p.Retrieve(t.Context())
			require.NoError(t, err)
			_, p := hop(t, l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) {
				o.Tags = []types.Tag{{Key: aws.String("team")}}
			})
			start := time.Now()
			_, err = p.Retrieve(t.Context())
			require.ErrorContains(
				t, err,
				"(hop 1): operation error STS: AssumeRole, 1 validation error(s) found. "+
					"- missing required field, AssumeRoleInput.Tags[0].Value",
			)
			assert.Zero(t, time.Since(start))
			var e *irsa.Error
			require.ErrorAs(t, err, &e)
			assert.NoError(t, e.Reason)
			assert.False(t, e.Temporary)
			assert.Contains(t, irsa.Explain(err), "Correct what the message names")
			assert.Empty(t, l.requestsFor(hop1Role))
		})
	})
}

func TestWhatSTSWouldRefuseIsExplainedBeforeItIsAsked(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		t.Setenv("AWS_ENDPOINT_URL_STS", "") // AWS's own STS, whose rules are known
		l := w.loadBed(t, irsa.Options{})
		for name, c := range map[string]struct {
			role    string
			options irsa.Options
			fix     string
		}{
			"a role": {
				"arn:aws:iam::1:role/reader", irsa.Options{RoleARN: "arn:aws:iam::1:role/reader"},
				"It has the form arn:aws:iam::111122223333:role/name",
			},
			"a session name": {hop1Role, irsa.Options{SessionName: "night shift"}, "a space, a slash, a colon"},
			"a duration":     {hop1Role, irsa.Options{Duration: time.Minute}, "Leave Options.Duration out"},
		} {
			_, loading := l.load(&irsa.Loader{Options: c.options})
			_, making := irsa.NewProvider(l.cfg, c.options)
			_, chaining := irsa.AssumeRole(l.cfg, c.role, func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName, o.Duration = c.options.SessionName, c.options.Duration
			})
			for _, err := range []error{loading, making, chaining} {
				var e *irsa.Error
				require.ErrorAs(t, err, &e, name)
				assert.NoError(t, e.Reason, name)
				assert.Contains(t, irsa.Explain(err), c.fix, name)
			}
		}
		assert.Empty(t, l.sts.Requests())
	})
}
