package irsa_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// BenchmarkRetrieve times credentials that are at hand, from a Provider and from the
// SDK's cache, in turns: go test -bench Retrieve ./irsa
func BenchmarkRetrieve(b *testing.B) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	service := new(irsatest.STS)
	require.NoError(b, service.Trust(bubbleRole, issuer, "system:serviceaccount:default:default"))
	pod := irsatest.NewPod(b, irsatest.PodOptions{Issuer: issuer, RoleARN: bubbleRole})
	cfg, err := irsa.LoadConfig(b.Context(), config.WithHTTPClient(service.Client()))
	require.NoError(b, err)
	theirs := aws.NewCredentialsCache(stscreds.NewWebIdentityRoleProvider(sts.NewFromConfig(cfg), bubbleRole, stscreds.IdentityTokenFile(pod.TokenFile())))

	ctx := b.Context()
	serial := func(p aws.CredentialsProvider) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Retrieve(ctx); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	parallel := func(p aws.CredentialsProvider) func(*testing.B) {
		return func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := p.Retrieve(ctx); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
	}
	for name, run := range map[string]func(aws.CredentialsProvider) func(*testing.B){"serial": serial, "parallel": parallel} {
		var sdk float64
		b.Run(name+"/sdk", func(b *testing.B) {
			run(theirs)(b)
			sdk = perOp(b)
		})
		b.Run(name+"/irsa", func(b *testing.B) {
			run(cfg.Credentials)(b)
			b.ReportMetric(perOp(b)/sdk, "of-sdk")
		})
	}
}

func perOp(b *testing.B) float64 { return float64(b.Elapsed()) / float64(b.N) }
