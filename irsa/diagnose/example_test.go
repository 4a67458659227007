package diagnose_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// Run checks everything that the pod's identity depends on, here along with the role's trust
// policy, which a pod may usually not read itself. fmt.Print(report) prints all of it.
func ExampleRun() {
	defer inPodOfAnotherNamespace().leave() // this process becomes a pod; leave it out

	const trustPolicy = `{
		"Version": "2012-10-17",
		"Statement": {
			"Effect": "Allow",
			"Principal": {
				"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
			},
			"Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": {"StringEquals": {
				"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:aud": "sts.amazonaws.com",
				"oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE:sub": "system:serviceaccount:payments:api"
			}}
		}
	}`
	report := diagnose.Run(context.Background(), diagnose.Options{TrustPolicy: []byte(trustPolicy)})
	for _, c := range report.Checks {
		if c.Name == "kubernetes" || c.Name == "trust policy" {
			fmt.Printf("%s: %s, %s\n", c.Name, c.Result, c.Detail)
		}
	}
	fmt.Println(report.Err())
	// Output:
	// kubernetes: ok, pod staging/api-0, service account api, node ip-10-0-0-1.ec2.internal
	// trust policy: fail, does not admit this service account
	// diagnose: failed: exchange, trust policy
}

// An examplePod makes this process a container of a pod on EKS, for an Example, which has no
// testing.T that would do it ([irsatest.NewPod]).
type examplePod struct {
	dir    string           // of the token file
	server *httptest.Server // the STS, which AWS_ENDPOINT_URL_STS names
	before []string         // the environment to restore
}

// inPodOfAnotherNamespace sets the environment of a pod of the service account staging/api, and
// starts an STS with a role that trusts payments/api.
func inPodOfAnotherNamespace() *examplePod {
	const role = "arn:aws:iam::111122223333:role/reader"
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	service := new(irsatest.STS)
	check(service.Trust(role, issuer, "system:serviceaccount:payments:api"))
	dir, err := os.MkdirTemp("", "pod-")
	check(err)
	p := &examplePod{dir: dir, server: httptest.NewServer(service), before: os.Environ()}
	pod, err := irsatest.WritePod(dir, irsatest.PodOptions{
		Issuer: issuer, RoleARN: role, STS: p.server.URL,
		Claims: irsatest.Claims{Namespace: "staging", ServiceAccount: "api"},
	})
	check(err)
	setAWS(append(pod.Env(),
		"AWS_CONFIG_FILE="+filepath.Join(dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials"),
		"KUBERNETES_SERVICE_HOST=10.100.0.1"))
	return p
}

// leave restores the environment, and stops the STS.
func (p *examplePod) leave() {
	setAWS(p.before)
	p.server.Close()
	check(os.RemoveAll(p.dir))
}

// setAWS makes those of env the only environment variables that a pod's identity depends on.
func setAWS(env []string) {
	counts := func(name string) bool {
		return strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "KUBERNETES_")
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); counts(name) {
			check(os.Unsetenv(name))
		}
	}
	for _, variable := range env {
		if name, value, _ := strings.Cut(variable, "="); counts(name) {
			check(os.Setenv(name, value))
		}
	}
}

// check ends an example whose pod can't be made.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
