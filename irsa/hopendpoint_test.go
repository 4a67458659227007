package irsa_test

import (
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestWhereAHopIsAsked(t *testing.T) {
	inLoadedBubble(t, func(t *testing.T, l *loadedBed) {
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		l.addRole(t, hop2Role, ciUser, assumeOnly, "")
		asked := func(cfg aws.Config, role string, optFns ...func(*stscreds.AssumeRoleOptions)) string {
			_, p := hop(t, cfg, role, optFns...)
			_, err := p.Retrieve(t.Context())
			require.NoError(t, err)
			rs := l.requestsFor(role)
			return rs[len(rs)-1].Host
		}
		general := func(cfg aws.Config) aws.Config {
			cfg.BaseEndpoint = aws.String("https://minio.example.com")
			return cfg
		}
		assert.Equal(t, "sts.test", asked(l.cfg, hop1Role), "where the token goes")
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		l = l.loadBed(t, irsa.Options{})
		assert.Equal(t, "sts.eu-west-1.amazonaws.com", asked(l.cfg, hop1Role))
		assert.Equal(
			t, "sts.eu-west-1.amazonaws.com", asked(general(l.cfg), hop1Role),
			"where the token doesn't go, its session doesn't",
		)
		assert.Equal(t, "minio.example.com", asked(general(l.user(t)), hop2Role), "as in the SDK")
		l.addRole(t, hop3Role, hop2Role, assumeOnly, "")
		first, _ := hop(t, general(l.user(t)), hop2Role)
		assert.Equal(t, "minio.example.com", asked(first, hop3Role), "for every hop")
		own := sts.New(sts.Options{Region: "eu-central-1", HTTPClient: l.sts.Client()})
		assert.Equal(
			t, "sts.eu-central-1.amazonaws.com",
			asked(l.cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) { o.Client = own }),
			"the caller's own client, with the config's credentials",
		)
	})
}

func TestAHopIsAskedWhereTheTokenOfItsChainWent(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		issuer := irsatest.NewIssuer(minioIssuer)
		require.NoError(t, w.sts.Trust(roleARN, issuer, subject))
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		t.Setenv("AWS_ENDPOINT_URL", "https://minio.example.com")
		require.NoError(t, os.Remove(w.pod.TokenFile()))
		l := w.loadBed(t, irsa.Options{})
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		_, p := hop(t, l.cfg, hop1Role)
		require.NoError(t, w.pod.Write(issuer.Token(claimsFor(time.Hour))), "the token comes late")
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		for _, r := range l.sts.Requests() {
			assert.Equal(t, "minio.example.com", r.Host, r.Op)
		}
	})
}

func TestAHopSaysWhichRegionGaveItsSession(t *testing.T) {
	inBubble(t, func(t *testing.T, w *testbed) {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		l := w.loadBed(t, irsa.Options{})
		l.addRole(t, hop1Role, roleARN, assumeOnly, "")
		elsewhere := l.cfg.Copy()
		elsewhere.Region = "eu-central-1"
		_, p := hop(t, elsewhere, hop1Role)
		assert.Empty(t, p.Status().Region, "nobody was asked yet")
		_, err := p.Retrieve(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "eu-central-1", p.Status().Region)
		assert.Equal(t, "eu-west-1", l.p.Status().Region)
	})
}
