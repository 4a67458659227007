package diagnose

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// inAssociatedPod makes the test run in a pod with an EKS Pod Identity association, in virtual
// time, and returns the report of a run. What is changed about the pod is changed before.
func inAssociatedPod(t *testing.T, change func(sts *irsatest.STS, agent *irsatest.PodIdentity)) *Report {
	t.Helper()
	var report *Report
	issuer := irsatest.NewIssuer(eksIssuer)
	synctest.Test(t, func(t *testing.T) {
		sts := new(irsatest.STS)
		agent := &irsatest.PodIdentity{STS: sts, Issuer: issuer, Cluster: "production-eu"}
		require.NoError(t, agent.Associate(irsatest.Association{
			Namespace: "payments", ServiceAccount: "api", RoleARN: role,
		}))
		irsatest.NewPod(t, irsatest.PodOptions{
			Issuer: issuer, PodIdentity: true,
			Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Pod: "api-0", Node: "n"},
		})
		t.Setenv("KUBERNETES_SERVICE_HOST", "10.100.0.1")
		if change != nil {
			change(sts, agent)
		}
		ofAgent, ofSTS := agent.Client(), sts.Client()
		e := gather(t.Context(), Options{}, config.WithHTTPClient(ofSTS),
			config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = ofAgent }))
		report = e.run(t.Context())
		agent.ClearFaults()
		sts.ClearFaults()
		time.Sleep(time.Minute)
		ofAgent.CloseIdleConnections()
		ofSTS.CloseIdleConnections()
		agent.Wait()
		sts.Wait()
	})
	return report
}

func TestAPodWithAnAssociationIsWell(t *testing.T) {
	report := inAssociatedPod(t, nil)
	require.NoError(t, report.Err(), report)
	for name, detail := range map[string]string{
		"kubernetes":    "pod payments/api-0, service account api, node n",
		"pod identity":  "supplies the credentials, for service account payments/api",
		"sts endpoint":  "none is needed",
		"agent resolve": "169.254.170.23",
		"agent connect": "connected",
		"agent answer":  "status 400 to a request without a token",
		"clock":         "agrees with STS",
		"identity":      "-api-0-",
	} {
		assert.Contains(t, report.check(t, name).Detail, detail, name)
	}
	assert.Contains(t, report.check(t, "identity").Detail, ", of cluster production-eu")
	for _, c := range report.Checks {
		assert.NotContains(t, c.Name, "sts connect", "STS is not what gives the credentials")
	}
}

// The clock of the agent is the node's, and so this machine's own.
func TestTheClockOfAPodWithAnAssociationIsComparedWithAWSs(t *testing.T) {
	report := inAssociatedPod(t, func(sts *irsatest.STS, _ *irsatest.PodIdentity) {
		sts.Inject(irsatest.Fault{Do: irsatest.Skew(2 * time.Minute)})
	})
	assert.Contains(t, report.check(t, "clock").Detail, "2m0s behind STS")
}

func TestEachStepToTheAgentIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		do            irsatest.Effect
		check, detail string
		fix           string
	}{
		"nobody listens": {irsatest.Cut(irsatest.Connect), "agent connect", "can't connect to 169.254.170.23: ",
			"eks-pod-identity-agent"},
		"a network policy": {irsatest.Stall(irsatest.Connect), "agent connect", "no answer within",
			"169.254.170.23/32"},
		"EKS Auth that hangs": {irsatest.Stall(irsatest.Response), "agent answer", "no answer within", "eks-auth"},
		"another server": {irsatest.Reply(404, "text/html", "<html>"), "agent answer",
			"status 404, not from the EKS Pod Identity agent", "hostPort 80"},
	} {
		t.Run(name, func(t *testing.T) {
			report := inAssociatedPod(t, func(_ *irsatest.STS, agent *irsatest.PodIdentity) {
				agent.Inject(irsatest.Fault{Do: c.do})
			})
			require.Error(t, report.Err())
			got := report.check(t, c.check)
			assert.Equal(t, Fail, got.Result)
			assert.Contains(t, got.Detail, c.detail)
			assert.Contains(t, got.Fix, c.fix)
			assert.Equal(t, Fail, report.result("exchange"))
		})
	}
}

// A sidecar needs no token, and its first answer holds credentials: they are in no report.
func TestASidecarIsAskedAsItIs(t *testing.T) {
	inPod(t)
	t.Setenv("AWS_ROLE_ARN", "")
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "")
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1338/credentials")
	client := irsatest.Client(map[string]http.Handler{"127.0.0.1": http.HandlerFunc(
		func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"AccessKeyId":"SIDECAR","SecretAccessKey":"wJalrXUtnFEMI","Token":"IQoJb3Jp"}`)
		})})
	defer client.CloseIdleConnections()
	e := gather(t.Context(), Options{}, config.WithHTTPClient(new(irsatest.STS).Client()),
		config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) { o.HTTPClient = client }))
	report := e.run(t.Context())
	assert.Contains(t, report.check(t, "pod identity").Detail, "the credentials are those of 127.0.0.1:1338")
	assert.Equal(t, OK, report.result("agent answer"))
	assert.Equal(t, OK, report.result("exchange"))
	for _, secret := range []string{"wJalrXUtnFEMI", "IQoJb3Jp"} {
		assert.NotContains(t, report.String()+string(report.JSON()), secret)
	}
}
