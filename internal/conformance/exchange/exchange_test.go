package exchange_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/conformance/exchange"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

func TestIrsatestAnswersAsSTSDoes(t *testing.T) {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	role := "arn:aws:iam::111122223333:role/reader"
	server := new(irsatest.STS)
	require.NoError(t, server.Trust(role, issuer,
		"system:serviceaccount:"+exchange.Namespace+":"+exchange.ServiceAccount))
	w := exchange.World{
		Server: exchange.Irsatest, Endpoint: "https://sts.eu-west-1.amazonaws.com", Client: server.Client(),
		Issuer: issuer, RoleARN: role,
	}
	for _, c := range exchange.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			got, err := c.Ask(t.Context(), w)
			require.NoError(t, err)
			assert.Equal(t, c.Expected(w.Server), got)
		})
	}
}
