package diagnose

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// podCases are the checks of the pod, and of what is injected into it.
var podCases = map[string]checkCase{
	"a pod that is well": {
		(*evidence).kubernetes, nil, OK, "pod payments/api-0, service account api, node n",
	},
	"no pod, no identity": {
		(*evidence).kubernetes,
		func(_ *testing.T, e *evidence) { e.pod.InKubernetes, e.role, e.token = false, "", nil },
		Warn, "this is not a pod",
	},
	"an identity outside Kubernetes": {
		(*evidence).kubernetes, func(_ *testing.T, e *evidence) { e.pod.InKubernetes = false },
		OK, "no sign of Kubernetes",
	},
	"no token tells who": {
		(*evidence).kubernetes, func(_ *testing.T, e *evidence) { e.token = nil }, OK,
		"in a pod (host ",
	},
	"a token that names no pod": {
		(*evidence).kubernetes,
		func(_ *testing.T, e *evidence) { e.token.Pod, e.token.Node = "", "" }, OK,
		"service account payments/api",
	},
	"half an identity and Pod Identity": {(*evidence).injected, func(t *testing.T, e *evidence) {
		e.file = ""
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
	}, Fail, "AWS_WEB_IDENTITY_TOKEN_FILE is not"},
	"a token file given by the Loader": {(*evidence).injected, func(_ *testing.T, e *evidence) {
		e.opts.Loader = &irsa.Loader{Options: irsa.Options{TokenFile: e.file}}
	}, OK, "the Loader's options"},
	"a Loader that gives neither": {
		(*evidence).injected,
		func(_ *testing.T, e *evidence) { e.opts.Loader = new(irsa.Loader) }, OK,
		"from the environment",
	},
	"a proxy and no endpoint": {
		(*evidence).proxies,
		func(t *testing.T, e *evidence) { t.Setenv("http_proxy", "http://p:1"); e.endpoint = nil },
		Skipped, "http_proxy is set; the endpoint is not known",
	},
	"injected": {(*evidence).injected, nil, OK, "from the environment"},
	"given by the Loader": {
		(*evidence).injected,
		func(_ *testing.T, e *evidence) { e.opts.Loader = &irsa.Loader{Options: irsa.Options{RoleARN: e.role}} },
		OK, "the Loader's options",
	},
	"from a profile": {
		(*evidence).injected, func(_ *testing.T, e *evidence) { e.profile = "reader" }, OK,
		"from the profile reader",
	},
	"Pod Identity in its place": {(*evidence).injected, func(t *testing.T, e *evidence) {
		e.role, e.file = "", ""
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
	}, Skipped, "the container's credentials are used"},
	"the other half": {
		(*evidence).injected, func(_ *testing.T, e *evidence) { e.role = "" }, Fail,
		"AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not",
	},
	"mounted without the variables": {
		(*evidence).injected, func(_ *testing.T, e *evidence) { e.role, e.file = "", "" }, Fail,
		"neither AWS_ROLE_ARN",
	},
	"not injected outside Kubernetes": {
		(*evidence).injected,
		func(_ *testing.T, e *evidence) { e.role, e.file, e.pod.InKubernetes = "", "", false },
		Warn, "neither AWS_ROLE_ARN",
	},
	"no Pod Identity": {(*evidence).podIdentity, nil, OK, "no EKS Pod Identity"},
	"Pod Identity alone": {(*evidence).podIdentity, podIdentityOnly("pods.eks.amazonaws.com", time.Hour),
		OK, "supplies the credentials, for service account payments/api; its token has"},
	"Pod Identity with a token for STS": {
		(*evidence).podIdentity, podIdentityOnly("sts.amazonaws.com", time.Hour), Fail, "audience",
	},
	"Pod Identity with an old token": {
		(*evidence).podIdentity, podIdentityOnly("pods.eks.amazonaws.com", -time.Hour), Fail, "expired 1h",
	},
	"Pod Identity without a token": {(*evidence).podIdentity, func(t *testing.T, e *evidence) {
		e.role, e.file, e.decision.Container = "", "", true
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")
	}, Fail, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not"},
	"Pod Identity without an address": {(*evidence).podIdentity, func(t *testing.T, e *evidence) {
		e.role, e.file = "", ""
		t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token")
	}, Warn, "AWS_CONTAINER_CREDENTIALS_FULL_URI is not"},
	"a sidecar": {(*evidence).podIdentity, func(t *testing.T, e *evidence) {
		e.role, e.file, e.decision.Container = "", "", true
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1338/")
		e.gatherAgent()
	}, OK, "none: the credentials are those of 127.0.0.1:1338"},
	"Pod Identity's token without the variables": {(*evidence).podIdentity, func(_ *testing.T, e *evidence) {
		e.role, e.file, e.pod.AgentToken = "", "", "/agent/token"
	}, Warn, "mounted at /agent/token, and AWS_CONTAINER_CREDENTIALS_FULL_URI is not set"},
	"a proxy beside the agent": {(*evidence).proxies, agentBehindProxy("10.0.0.0/8,.svc"), Warn,
		"NO_PROXY does not name 169.254.170.23"},
	"a proxy that excepts the agent": {(*evidence).proxies, agentBehindProxy("10.0.0.0/8, 169.254.170.23"), OK,
		"not used for the container's credentials"},
	"a proxy that excepts the agent's network": {(*evidence).proxies, agentBehindProxy("169.254.0.0/16"), OK,
		"not used for the container's credentials"},
	"Pod Identity behind static keys": {(*evidence).podIdentity, func(t *testing.T, e *evidence) {
		e.role, e.file = "", ""
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")
	}, OK, "not used"},
	"Pod Identity beside the whole": {(*evidence).podIdentity, func(t *testing.T, _ *evidence) {
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23")
	}, Warn, "the web identity takes precedence"},
}

// agentBehindProxy sets a proxy beside the container's credentials.
func agentBehindProxy(except string) func(*testing.T, *evidence) {
	return func(t *testing.T, e *evidence) {
		podIdentityOnly("pods.eks.amazonaws.com", time.Hour)(t, e)
		t.Setenv("HTTP_PROXY", "http://proxy.example.com:3128")
		t.Setenv("NO_PROXY", except)
		e.gatherAgent()
	}
}

// podIdentityOnly makes the container's credentials the only ones, with a token for the agent.
func podIdentityOnly(audience string, life time.Duration) func(*testing.T, *evidence) {
	return func(t *testing.T, e *evidence) {
		e.role, e.file, e.decision.Container = "", "", true
		issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
		file := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(file, []byte(issuer.Token(irsatest.Claims{
			Namespace: "payments", ServiceAccount: "api", Audience: []string{audience}, Lifetime: life,
		})), 0o600))
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")
		t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file)
	}
}
