package irsa_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// A pain is what users of pods' identities report, made on the wire and in the pod, and what its
// explanation must hold. What STS itself refuses has a table of its own: exchangeFailures.
type pain struct {
	name string
	make func(*testing.T, *testbed) error
	says []string
}

// retrieved loads a config and returns the error of the load, or of the first credentials.
func (w *testbed) retrieved(f irsa.Fallback, optFns ...func(*config.LoadOptions) error) error {
	cfg, err := w.load(&irsa.Loader{Fallback: f}, optFns...)
	if err == nil {
		_, err = cfg.Credentials.Retrieve(w.ctx)
	}
	return err
}

// inA is a pain of a first exchange in a pod that is changed.
func inA(prepare setup, f irsa.Fallback) func(*testing.T, *testbed) error {
	return func(t *testing.T, w *testbed) error {
		prepare(t, w)
		return w.retrieved(f)
	}
}

// faulty is a pain of an exchange with an STS that has a fault.
func faulty(do irsatest.Effect) func(*testing.T, *testbed) error {
	return func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		w.sts.Inject(irsatest.Fault{Do: do})
		return w.retrieved(irsa.FallbackChain)
	}
}

var painsOfWebIdentity = []pain{
	{"the role does not trust the service account", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		require.NoError(t, w.sts.Trust(roleARN, podIssuer, "system:serviceaccount:billing:other"))
		return w.retrieved(irsa.FallbackChain)
	}, []string{`"` + subject + `"`, "oidc.eks.eu-west-1.amazonaws.com", "sts:AssumeRoleWithWebIdentity"}},
	{"nothing was injected", inA(uninjected, irsa.FallbackChain), []string{"node instance role",
		"kubectl -n payments annotate serviceaccount reader", "aws eks list-pod-identity-associations"}},
	{"half was injected", inA(all(unset("AWS_WEB_IDENTITY_TOKEN_FILE"), inKubernetes), irsa.FallbackChain),
		[]string{"AWS_ROLE_ARN itself", "AWS_ROLE_ARN-"}},
	{"static keys are left in the environment", inA(staticKeys, irsa.FallbackNone), []string{"AWS_ACCESS_KEY_ID-"}},
	{"requests are throttled", faulty(irsatest.Error("Throttling", "Rate exceeded")), []string{"one irsa.Loader"}},
	{"the token's file is not there", func(t *testing.T, w *testbed) error {
		require.NoError(t, os.Remove(w.pod.TokenFile()))
		return w.retrieved(irsa.FallbackChain)
	}, []string{"token"}},
	{"the token is a word", inA(writeToken("word"), irsa.FallbackChain), []string{"is not a token"}},
	{"no region, and an issuer that names none", func(t *testing.T, w *testbed) error {
		noRegion(t, w)
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		require.NoError(t, w.pod.Write(irsatest.NewIssuer("https://kubernetes.example.com").Token(claimsFor(time.Hour))))
		return w.retrieved(irsa.FallbackChain)
	}, []string{"AWS_REGION"}},
	{"a role and a region of two partitions", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		t.Setenv("AWS_REGION", "cn-north-1")
		return w.retrieved(irsa.FallbackChain)
	}, []string{"partition"}},
	{"a role ARN with a colon too many", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::::111122223333:role/reader")
		return w.retrieved(irsa.FallbackChain)
	}, []string{"arn:aws:iam::"}},
	{"a session name that AWS refuses", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		t.Setenv("AWS_ROLE_SESSION_NAME", "night shift")
		return w.retrieved(irsa.FallbackChain)
	}, []string{"AWS_ROLE_SESSION_NAME"}},
	{"a private network without an endpoint for STS", faulty(irsatest.Stall(irsatest.Connect)),
		[]string{"com.amazonaws.eu-west-1.sts", "port 443"}},
	{"a name that nobody knows", faulty(irsatest.Cut(irsatest.Resolve)), []string{"CoreDNS"}},
	{"a proxy with a certificate of its own", faulty(irsatest.Untrusted()), []string{"AWS_CA_BUNDLE"}},
	{"a sidecar that is not there yet", faulty(irsatest.Cut(irsatest.Connect)), []string{"sidecar"}},
	{"a chained session of more than an hour", func(t *testing.T, w *testbed) error {
		w.addRole(t, hop1Role, roleARN, assumeOnly, "")
		_, p := hop(t, w.loadBed(t, irsa.Options{}).cfg, hop1Role, func(o *stscreds.AssumeRoleOptions) {
			o.Duration = 2 * time.Hour
		})
		_, err := p.Retrieve(t.Context())
		return err
	}, []string{"hour"}},
	{"credentials that are wanted for longer than a session", func(t *testing.T, w *testbed) error {
		_, err := w.provider(t, irsa.Options{}).MinLife(2 * time.Hour).Retrieve(t.Context())
		return err
	}, []string{"Duration", "max-session-duration"}},
	{"a session's call for a session token", func(t *testing.T, w *testbed) error {
		l := w.loadBed(t, irsa.Options{})
		w.sts.Inject(irsatest.Fault{Op: "GetSessionToken", Do: irsatest.Error("AccessDenied",
			"Cannot call GetSessionToken with session credentials")})
		_, err := sts.NewFromConfig(l.cfg, func(o *sts.Options) { o.BaseEndpoint = aws.String(plainSTS) }).
			GetSessionToken(t.Context(), nil)
		return err
	}, []string{"session"}},
	{"a chained session that is wanted for longer", func(t *testing.T, w *testbed) error {
		w.addRole(t, hop1Role, roleARN, assumeOnly, "")
		_, p := hop(t, w.loadBed(t, irsa.Options{}).cfg, hop1Role)
		_, err := p.MinLife(2 * time.Hour).Retrieve(t.Context())
		return err
	}, []string{"Options.RoleARN", "12 hours"}},
	{"a bundle of certificates beside a client of one's own", func(t *testing.T, w *testbed) error {
		bundle := filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(bundle, nil, 0o600))
		return inA(env("AWS_CA_BUNDLE", bundle), irsa.FallbackChain)(t, w)
	}, []string{"AWS_CA_BUNDLE", "awshttp.NewBuildableClient"}},
	{"a source profile that is not there", inA(all(noIdentity, configFile("[default]\nrole_arn = "+hop1Role+
		"\nsource_profile = nobody\n")), irsa.FallbackChain), []string{"source_profile", "irsa.AssumeRole"}},
	{"a role that wants a person's code", inA(all(noIdentity, configFile("[default]\nrole_arn = "+hop1Role+
		"\nsource_profile = b\nmfa_serial = arn:aws:iam::111122223333:mfa/ada\n[profile b]\n"+profileKeys)),
		irsa.FallbackChain), []string{"mfa_serial", "nobody in a pod"}},
	{"a profile that wants the container's credentials", inA(all(uninjected, configFile("[default]\nrole_arn = "+
		hop1Role+"\ncredential_source = EcsContainer\n")), irsa.FallbackChain),
		[]string{"aws eks list-pod-identity-associations"}},
	{"a profile that is not there", inA(env("AWS_PROFILE", "production"), irsa.FallbackChain),
		[]string{"AWS_PROFILE-", "[profile NAME]", "If the pod's own role is meant"}},
	{"a profile that is not there, named in the code", func(_ *testing.T, w *testbed) error {
		return w.retrieved(irsa.FallbackChain, config.WithSharedConfigProfile("production"))
	}, []string{"config.WithSharedConfigProfile", "[profile NAME]"}},
	{"a profile that names no role", inA(all(noIdentity, configFile("[default]\ncredential_source = Environment\n")),
		irsa.FallbackChain), []string{"names no role", "role_arn"}},
	{"a shared config file that is a folder", inA(func(t testing.TB, w *testbed) {
		t.Setenv("AWS_CONFIG_FILE", w.root)
	}, irsa.FallbackChain), []string{"A shared config file can't be read", "AWS_CONFIG_FILE-"}},
	{"a region that the metadata service does not give", func(t *testing.T, w *testbed) error {
		all(noRegion, env("AWS_EC2_METADATA_DISABLED", "true"))(t, w)
		return w.retrieved(irsa.FallbackChain, config.WithEC2IMDSRegion())
	}, []string{"config.WithEC2IMDSRegion", "AWS_REGION"}},
	{"FIPS where STS has no such endpoint", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_USE_FIPS_ENDPOINT", "true")
		return faulty(irsatest.Cut(irsatest.Resolve))(t, w)
	}, []string{"no sts-fips endpoint in eu-west-1", "AWS_USE_FIPS_ENDPOINT-", "config.WithUseFIPSEndpoint"}},
	{"dual-stack where STS has no such endpoint", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
		return faulty(irsatest.Cut(irsatest.Resolve))(t, w)
	}, []string{"AWS_USE_DUALSTACK_ENDPOINT-", "config.WithUseDualStackEndpoint"}},
	{"an issuer that AWS can't reach", func(t *testing.T, w *testbed) error {
		t.Setenv("AWS_ENDPOINT_URL_STS", "")
		inside := irsatest.NewIssuer("https://kubernetes.default.svc.cluster.local")
		require.NoError(t, w.pod.Write(inside.Token(claimsFor(time.Hour))))
		return w.retrieved(irsa.FallbackChain)
	}, []string{"a name of the cluster's own network", "public https URL", "the webhook's"}},
	{"the node's credentials, or kube2iam's", inA(uninjected, irsa.FallbackChain),
		[]string{"kube2iam", "iam.amazonaws.com/role"}},
	{"a bundle of certificates that is not there", inA(env("AWS_CA_BUNDLE", "/nowhere/ca.pem"), irsa.FallbackChain),
		[]string{"AWS_CA_BUNDLE"}},
}

func TestEachPainOfAWebIdentityIsExplained(t *testing.T) {
	for _, p := range painsOfWebIdentity {
		t.Run(p.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *testbed) { p.check(t, w) })
		})
	}
}

func (p pain) check(t *testing.T, w *testbed) {
	t.Helper()
	err := p.make(t, w)
	require.Error(t, err)
	text := irsa.Explain(err)
	for _, part := range p.says {
		assert.Contains(t, text, part, err)
	}
	assert.NotContains(t, err.Error(), "\n")
}

// asked is a pain of an agent that has a fault.
func asked(do irsatest.Effect) func(*testing.T, *agentBed) error {
	return func(_ *testing.T, w *agentBed) error {
		w.agent.Inject(irsatest.Fault{Do: do})
		return w.retrieved(irsa.FallbackChain, through(w.agent.Client()))
	}
}

func TestEachPainOfPodIdentityIsExplained(t *testing.T) {
	const agentAway = "kubectl -n kube-system get pods -l app.kubernetes.io/name=eks-pod-identity-agent"
	for _, p := range []struct {
		name string
		make func(*testing.T, *agentBed) error
		says []string
	}{
		{"no association", asked(irsatest.Error("ResourceNotFoundException", "")), []string{
			"aws eks create-pod-identity-association", "--namespace payments --service-account reader", "iam:PassRole"}},
		{"no agent on the node", asked(irsatest.Cut(irsatest.Connect)), []string{agentAway, "aws eks create-addon",
			"Fargate", "logs -l app.kubernetes.io/name=eks-pod-identity-agent", "IPv6"}},
		{"a network policy", asked(irsatest.Stall(irsatest.Connect)), []string{"169.254.170.23/32", "Cilium",
			"POD_SECURITY_GROUP_ENFORCING_MODE=standard"}},
		{"another server at the agent's address", asked(irsatest.Reply(404, "text/html", "<html>")),
			[]string{"is not the EKS Pod Identity agent", "hostPort 80"}},
		{"a role that does not trust EKS", asked(irsatest.Error("AccessDeniedException", "")), []string{
			`"Service": "pods.eks.amazonaws.com"`, "sts:TagSession", "aws:RequestTag/kubernetes-namespace",
			"AssumeRoleForPodIdentity", "a new role up to a minute"}},
		{"a node whose role may not ask", asked(irsatest.Error("AccessDeniedException", "not authorized")),
			[]string{"AmazonEKSWorkerNodePolicy"}},
		{"throttling", asked(irsatest.Error("ThrottlingException", "")), []string{"one irsa.Loader"}},
		{"a private cluster", asked(irsatest.Reply(500, "text/plain", "[]\n")), []string{"eks-auth", "VPC"}},
		{"a token that the kubelet does not rotate", func(t *testing.T, w *agentBed) error {
			time.Sleep(30 * time.Hour)
			return w.retrieved(irsa.FallbackChain, through(w.agent.Client()))
		}, []string{"the kubelet is not replacing the file", "expires "}},
		{"bytes that are no token", func(t *testing.T, w *agentBed) error {
			require.NoError(t, w.pod.Write("Bearer abc"))
			return w.retrieved(irsa.FallbackChain, through(w.agent.Client()))
		}, []string{"The agent got no token"}},
		{"a token for STS", func(t *testing.T, w *agentBed) error {
			require.NoError(t, w.pod.Write(podIssuer.Token(claimsFor(time.Hour))))
			return w.retrieved(irsa.FallbackChain, through(w.agent.Client()))
		}, []string{"pods.eks.amazonaws.com"}},
		{"an old agent address in the pod's spec", func(t *testing.T, w *agentBed) error {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://10.0.0.1/v1/credentials")
			return w.retrieved(irsa.FallbackChain)
		}, []string{"http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"}},
		{"the agent's IPv6 address on a network of IPv4", func(t *testing.T, w *agentBed) error {
			t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://[fd00:ec2::23]/v1/credentials")
			w.agent.Inject(irsatest.Fault{Do: irsatest.Cut(irsatest.Connect)})
			return w.retrieved(irsa.FallbackChain, through(w.agent.Client()))
		}, []string{"IPv6 address, [fd00:ec2::23]"}},
		{"credentials that are wanted for longer than a session", func(t *testing.T, w *agentBed) error {
			_, err := w.provider(t, irsa.Options{}).MinLife(7 * time.Hour).Retrieve(t.Context())
			return err
		}, []string{"6 hours", "59 minutes"}},
		{"a hop that must tag its session", func(t *testing.T, w *agentBed) error {
			w.addRole(t, hop2Role, hop1Role, assumeOnly, "")
			cfg, err := w.load(new(irsa.Loader), through(w.agent.Client()))
			require.NoError(t, err)
			next, _ := hop(t, cfg, hop2Role)
			w.sts.Inject(irsatest.Fault{Op: "AssumeRole", Do: irsatest.Error("AccessDenied",
				"User: arn:aws:sts::222233334444:assumed-role/audit/eks-example-reader is not authorized to perform: "+
					"sts:TagSession on resource: "+hop2Role)})
			_, err = next.Credentials.Retrieve(t.Context())
			return err
		}, []string{"sts:TagSession"}},
		{"tags that are too large for a hop", func(t *testing.T, w *agentBed) error {
			cfg, err := w.load(new(irsa.Loader), through(w.agent.Client()))
			require.NoError(t, err)
			next, _ := hop(t, cfg, hop2Role)
			w.sts.Inject(irsatest.Fault{Op: "AssumeRole", Do: irsatest.Error("PackedPolicyTooLarge",
				"Packed size of session tags consumes 110% of allotted space.")})
			_, err = next.Credentials.Retrieve(t.Context())
			return err
		}, []string{"--disable-session-tags"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			inAgentBubble(t, 0, func(t *testing.T, w *agentBed) {
				pain{p.name, func(t *testing.T, _ *testbed) error { return p.make(t, w) }, p.says}.check(t, w.testbed)
			})
		})
	}
}
