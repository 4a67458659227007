package irsatest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestSessionsLastAsLongAsTheTestWants(t *testing.T) {
	for _, tc := range []struct {
		name  string
		sts   *irsatest.STS
		token irsatest.Claims
		asked time.Duration
		want  time.Duration
	}{
		{"an hour", &irsatest.STS{}, apiPod, 0, time.Hour},
		{"as asked", &irsatest.STS{}, apiPod, 15 * time.Minute, 15 * time.Minute},
		{"twenty seconds", &irsatest.STS{SessionDuration: 20 * time.Second}, apiPod, 15 * time.Minute,
			20 * time.Second},
		{"ended when they begin", &irsatest.STS{SessionDuration: -time.Second}, apiPod, 0, -time.Second},
		{"as long as the token", &irsatest.STS{EndWithToken: true},
			irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Lifetime: 10 * time.Minute}, 0,
			10 * time.Minute},
		{"as asked, whatever the token", &irsatest.STS{EndWithToken: true}, apiPod, time.Hour, time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := tc.sts
				require.NoError(t, s.Trust(roleARN, issuer, subject))
				in := exchange(issuer.Token(tc.token))
				if tc.asked > 0 {
					in.DurationSeconds = aws.Int32(int32(tc.asked / time.Second))
				}
				out, err := client(s).AssumeRoleWithWebIdentity(t.Context(), in)
				require.NoError(t, err)
				assert.Equal(t, tc.want, out.Credentials.Expiration.Sub(time.Now().UTC()))
			})
		})
	}
}
