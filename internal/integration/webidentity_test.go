package integration_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

func TestAPodReadsItsBucketWithItsOwnRole(t *testing.T) {
	server, issuer := startMinIO(t)
	admin := server.Client(t)
	require.NoError(t, admin.MakeBucket(t.Context(), "invoices", minio.MakeBucketOptions{}))
	const content = "a,b\n1,2\n"
	_, err := admin.PutObject(t.Context(), "invoices", "2026/05.csv",
		strings.NewReader(content), int64(len(content)), minio.PutObjectOptions{})
	require.NoError(t, err)

	tests := []struct {
		name      string
		variables map[string]string
	}{
		{"with an endpoint for STS and one for S3", map[string]string{
			"AWS_ENDPOINT_URL_STS": server.URL, "AWS_ENDPOINT_URL_S3": server.URL,
		}},
		{"with one endpoint for everything", map[string]string{"AWS_ENDPOINT_URL": server.URL}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			irsatest.NewPod(t, irsatest.PodOptions{
				Issuer: issuer, RoleARN: server.RoleARN,
				Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Pod: "api-0",
					Lifetime: time.Hour},
			})
			for name, value := range tt.variables {
				t.Setenv(name, value)
			}

			cfg, err := irsa.LoadConfig(t.Context())
			require.NoError(t, err)
			client := s3.NewFromConfig(cfg)

			var names []string
			for bucket, err := range s3read.Buckets(t.Context(), client) {
				require.NoError(t, err)
				names = append(names, bucket.Name)
			}
			assert.Equal(t, []string{"invoices"}, names)

			bucket := s3read.NewBucket(client, "invoices")
			var keys []string
			for object, err := range bucket.List(t.Context(), "2026/") {
				require.NoError(t, err)
				keys = append(keys, object.Key)
			}
			assert.Equal(t, []string{"2026/05.csv"}, keys)
			data, err := bucket.ReadAll(t.Context(), "2026/05.csv", 1<<20)
			require.NoError(t, err)
			assert.Equal(t, content, string(data))

			p, ok := irsa.ProviderFrom(cfg)
			require.True(t, ok)
			status := p.Status()
			assert.Equal(t, server.RoleARN, status.RoleARN)
			assert.Equal(t, "system:serviceaccount:payments:api", status.Token.Subject)
			// MinIO's session ends with the token where no duration is asked for.
			assert.WithinDuration(t, status.Token.ExpiresAt, status.Expires, 5*time.Second)
		})
	}
}

func TestATokenThatMinIORefusesIsReportedWithTheReason(t *testing.T) {
	server, issuer := startMinIO(t)
	tests := []struct {
		name   string
		issuer *irsatest.Issuer
		claims irsatest.Claims
		want   error
	}{
		{"signed by a key that is not the issuer's", irsatest.NewIssuer(issuer.URL()), irsatest.Claims{},
			irsa.ErrIssuer},
		{"of another issuer", irsatest.NewIssuer("http://127.0.0.1:1"), irsatest.Claims{}, irsa.ErrIssuer},
		{"for another audience", issuer, irsatest.Claims{Audience: []string{"vault"}}, irsa.ErrAudience},
		{
			"expired", issuer, irsatest.Claims{IssuedAt: time.Now().Add(-2 * time.Hour), Lifetime: time.Hour},
			irsa.ErrTokenExpired,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pod := irsatest.NewPod(t, irsatest.PodOptions{
				Issuer: tt.issuer, RoleARN: server.RoleARN, Claims: tt.claims, STS: server.URL,
			})
			require.NotEmpty(t, pod.TokenFile())

			cfg, err := irsa.LoadConfig(t.Context())
			require.NoError(t, err)
			_, err = cfg.Credentials.Retrieve(t.Context())

			require.ErrorIs(t, err, tt.want)
			var e *irsa.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "InvalidParameterValue", e.Code)
			assert.Equal(t, 400, e.HTTPStatus)
			assert.NotEmpty(t, e.RequestID)
			assert.NotContains(t, err.Error(), "\n")
			assert.NotEmpty(t, irsa.Explain(err))
		})
	}
}
