package setup_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
	"github.com/seed-15cba5db/irsa-go/internal/pastetest"
	"github.com/seed-15cba5db/irsa-go/internal/text"
)

// What is printed is run by people with the rights of an administrator: no value of a flag, of a
// pod or of its token runs anything else, or tells a program what nobody asked for.
func TestNothingHarmfulIsPrintedToBePasted(t *testing.T) {
	shells := pastetest.Shells(t)
	places := map[string]func(*setup.Values, string){
		"issuer":            func(v *setup.Values, s string) { v.Issuer = s },
		"issuer's host":     func(v *setup.Values, s string) { v.Issuer = "https://" + s },
		"issuer's path":     func(v *setup.Values, s string) { v.Issuer = "https://oidc.example.com/" + s },
		"account":           func(v *setup.Values, s string) { v.Account = s },
		"role":              func(v *setup.Values, s string) { v.Role = s },
		"role's path":       func(v *setup.Values, s string) { v.Role = s + "/reader" },
		"namespace":         func(v *setup.Values, s string) { v.Namespace = s },
		"service account":   func(v *setup.Values, s string) { v.ServiceAccount = s },
		"bucket":            func(v *setup.Values, s string) { v.Bucket = s },
		"access point":      func(v *setup.Values, s string) { v.Bucket = "arn:aws:s3:eu-west-1:111122223333:accesspoint/" + s },
		"access point's id": func(v *setup.Values, s string) { v.Bucket = "arn:aws:s3:eu-west-1:" + s + ":accesspoint/p" },
		"key":               func(v *setup.Values, s string) { v.KMSKey = s },
		"key's id":          func(v *setup.Values, s string) { v.KMSKey = "arn:aws:kms:eu-west-1:111122223333:key/" + s },
		"cluster":           func(v *setup.Values, s string) { v.Cluster = s },
		"region":            func(v *setup.Values, s string) { v.Region = s },
		"image":             func(v *setup.Values, s string) { v.Image = s },
		"image's tag":       func(v *setup.Values, s string) { v.Image = "aws-cli:" + s },
	}
	plain := setup.Values{
		Issuer: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE", Account: "111122223333",
		Role: "payments-reader", Namespace: "payments", ServiceAccount: "api", Bucket: "invoices", Cluster: "prod",
	}
	t.Run("and what is harmless runs", func(t *testing.T) {
		script, err := setup.Script(plain, setup.Commands)
		require.NoError(t, err)
		for _, shell := range shells {
			calls := pastetest.Paste(t, shell, []string{script}, "aws", "kubectl", "cat")
			require.NotEmpty(t, calls)
			assert.Equal(t, "aws", calls[0][0])
		}
	})
	forms := map[string]setup.Form{"commands": setup.Commands, "Terraform": setup.Terraform, "eksctl": setup.Eksctl}
	for place, put := range places {
		t.Run(place, func(t *testing.T) {
			for _, harmful := range pastetest.Harmful {
				for name, form := range forms {
					v := plain
					put(&v, harmful)
					script, err := setup.Script(v, form)
					if err != nil {
						for line := range strings.SplitSeq(err.Error(), "\n") {
							assert.Equal(t, text.Line(line), line, "%s, %q", name, harmful)
						}
						continue
					}
					assert.Equal(t, text.Lines(script), script, "%s, %q", name, harmful)
					if name != "commands" {
						continue
					}
					for _, shell := range shells {
						calls := pastetest.Paste(t, shell, []string{script}, "aws", "kubectl", "cat")
						require.NotEmpty(t, calls)
						for _, call := range calls {
							assert.NotEqual(t, pastetest.Intruder, call[0], "%q ran in %s", harmful, shell)
							for _, argument := range call[1:] {
								told := strings.HasPrefix(argument, "-") && strings.Contains(argument, pastetest.Mark)
								assert.False(t, told, "%q to %s", argument, call[0])
							}
						}
					}
				}
			}
		})
	}
}
