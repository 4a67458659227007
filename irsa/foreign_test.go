package irsa_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// Stores with an STS of their own have other ARNs, names and durations than IAM: what they take is
// for them to say (SeaweedFS, Ceph RGW, MinIO).
func TestAnEndpointThatIsNamedForSTSJudgesItsOwnRoles(t *testing.T) {
	for _, role := range []string{
		"arn:aws:iam:::role/S3Access", "arn:aws:iam::RGW11111111111111111:role/S3Access",
		"arn:aws:iam::1:role/short-account",
		"arn:minio:iam:::role/x234567890", "arn:aws-cn:iam::111122223333:role/elsewhere",
	} {
		t.Run(role, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				t.Setenv("AWS_ROLE_ARN", role)
				require.NoError(t, w.sts.Trust(role, podIssuer, subject))
				p := w.loadBed(t, irsa.Options{Duration: 16 * time.Hour, SessionName: "odd name/1"}).p
				_, err := p.Retrieve(t.Context())
				var e *irsa.Error
				if err != nil { // the fake has IAM's limits for names and durations
					require.ErrorAs(t, err, &e)
					assert.NotZero(t, e.HTTPStatus, "the server was asked")
				}
				p = w.loadBed(t, irsa.Options{}).p
				_, err = p.Retrieve(t.Context())
				require.NoError(t, err)
			})
		})
	}
	t.Run("AWS's own STS, named, has AWS's rules", func(t *testing.T) {
		w := newTestbed(t)
		t.Setenv("AWS_ENDPOINT_URL_STS", "https://sts.eu-west-1.amazonaws.com")
		t.Setenv("AWS_ROLE_ARN", "arn:aws:iam:::role/S3Access")
		_, err := w.load(new(irsa.Loader))
		require.ErrorContains(t, err, "12 digits")
	})
	t.Run("hops too", func(t *testing.T) {
		inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
			_, err := irsa.AssumeRole(l.cfg, "arn:aws:iam:::role/S3Access",
				func(o *stscreds.AssumeRoleOptions) { o.Duration = 2 * time.Hour })
			require.NoError(t, err)
		})
	})
}

// GovCloud's clusters are public issuers, which an account of the commercial partition can have as
// identity providers (aws/amazon-eks-pod-identity-webhook#149).
func TestARoleOfAnotherPartitionThanTheClustersIsWarnedOf(t *testing.T) {
	const gov = "https://oidc.eks.us-gov-west-1.amazonaws.com/id/ABC"
	for name, region := range map[string]string{"with a region": "eu-west-1", "without one": ""} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) {
				t.Setenv("AWS_ENDPOINT_URL_STS", "")
				t.Setenv("AWS_REGION", region)
				t.Setenv("AWS_DEFAULT_REGION", "")
				issuer := irsatest.NewIssuer(gov)
				require.NoError(t, w.sts.Trust(roleARN, issuer, subject))
				require.NoError(t, w.pod.Write(issuer.Token(claimsFor(time.Hour))))
				l := w.loadBed(t, irsa.Options{})
				want := region
				if want == "" {
					want = "us-east-1" // the role's, not the cluster's
				}
				assert.Equal(t, want, l.cfg.Region)
				assert.Contains(t, w.warn.String(), "the role is in another partition than the cluster")
				_, err := l.p.Retrieve(t.Context())
				require.NoError(t, err)
			})
		})
	}
}
