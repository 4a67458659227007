package setup_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/examples/internal/setup"
	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

var issuer = irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE")

// setPod writes a file for each token, and replaces all AWS variables by those in env.
func setPod(t *testing.T, tokens map[string]string, env map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value) // restores it when the test ends
			require.NoError(t, os.Unsetenv(name))
		}
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	for file, token := range tokens {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(token), 0o600))
	}
}

func TestFromPodTakesWhatThePodSays(t *testing.T) {
	root := t.TempDir()
	t.Cleanup(podfs.SetRoot(root))
	injected, own := podfs.Read().EKSToken, podfs.Read().KubernetesToken
	api := issuer.Token(irsatest.Claims{Namespace: "payments", ServiceAccount: "api"})
	web := issuer.Token(irsatest.Claims{
		Namespace: "shop", ServiceAccount: "web", Audience: []string{"https://kubernetes.default.svc"},
	})
	const role = "arn:aws:iam::111122223333:role/teams/payments/reader"

	whole := map[string]string{
		"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": injected, "AWS_REGION": "eu-west-1",
	}
	given := setup.Values{
		Account: "444455556666", Role: "other", Namespace: "n", ServiceAccount: "s",
		Region: "us-east-1", Bucket: "invoices",
	}

	for name, c := range map[string]struct {
		env       map[string]string
		given     setup.Values
		tokenFile string
		want      setup.Values
	}{
		"the whole of an injected identity": {
			env: whole,
			want: setup.Values{
				Account: "111122223333", Role: "teams/payments/reader",
				Namespace: "payments", ServiceAccount: "api", Region: "eu-west-1",
			},
		},
		"no identity: Kubernetes' own token": {
			want: setup.Values{Namespace: "shop", ServiceAccount: "web"},
		},
		"the role alone: Kubernetes' own token": {
			env: map[string]string{"AWS_ROLE_ARN": role},
			want: setup.Values{
				Account: "111122223333", Role: "teams/payments/reader",
				Namespace: "shop", ServiceAccount: "web",
			},
		},
		"the token file alone": {
			env:  map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": injected, "AWS_DEFAULT_REGION": "eu-west-1"},
			want: setup.Values{Namespace: "payments", ServiceAccount: "api", Region: "eu-west-1"},
		},
		"a given token file takes precedence over the injected one": {
			env: map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": injected}, tokenFile: own,
			want: setup.Values{Namespace: "shop", ServiceAccount: "web"},
		},
		"given values take precedence over the pod's": {
			env:   whole,
			given: given,
			want:  given,
		},
	} {
		t.Run(name, func(t *testing.T) {
			setPod(t, map[string]string{injected: api, own: web}, c.env)
			got, err := setup.FromPod(c.given, c.tokenFile)
			require.NoError(t, err)
			c.want.Issuer = issuer.URL()
			assert.Equal(t, c.want, got)
		})
	}
}

func TestFromPodSaysWhatThePodLacks(t *testing.T) {
	t.Cleanup(podfs.SetRoot(t.TempDir()))
	injected, own := podfs.Read().EKSToken, podfs.Read().KubernetesToken
	good := issuer.Token(irsatest.Claims{})
	for name, c := range map[string]struct {
		token string
		env   map[string]string
		is    error
		says  []string
	}{
		"the injected token does not exist": {
			env: map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": injected}, is: fs.ErrNotExist,
			says: []string{injected},
		},
		"no token at all": {is: fs.ErrNotExist, says: []string{own}},
		"an empty token":  {token: " ", is: irsa.ErrToken, says: []string{own, "empty"}},
		"not a token":     {token: "hello", is: irsa.ErrToken, says: []string{own}},
		"a token without namespace": {
			token: issuer.Token(irsatest.Claims{Set: map[string]any{"kubernetes.io": nil, "sub": "somebody"}}),
			says:  []string{own, "namespace"},
		},
		"an ARN that is not a role's": {
			token: good,
			env:   map[string]string{"AWS_ROLE_ARN": "arn:aws:iam::111122223333:user/me"},
			says:  []string{"AWS_ROLE_ARN", "arn:aws:iam::111122223333:user/me"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.RemoveAll(own))
			tokens := map[string]string{}
			if c.token != "" {
				tokens[own] = c.token
			}
			setPod(t, tokens, c.env)
			got, err := setup.FromPod(setup.Values{Bucket: "invoices"}, "")
			require.Error(t, err)
			assert.Zero(t, got, "nothing partial")
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			for _, part := range append(c.says, "setup: ") {
				assert.Contains(t, err.Error(), part)
			}
			assert.NotContains(t, err.Error(), "\n")
			if len(c.token) > 10 {
				assert.NotContains(t, err.Error(), c.token[:10])
			}
		})
	}
}
