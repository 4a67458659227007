package irsa_test

import (
	"fmt"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// The roles of the examples.
const (
	readerRole  = "arn:aws:iam::111122223333:role/reader"  // the pod's own
	auditRole   = "arn:aws:iam::444455556666:role/audit"   // of another account; trusts readerRole
	archiveRole = "arn:aws:iam::444455556666:role/archive" // of another account; trusts the cluster's issuer
)

// An examplePod makes this process a container of the pod payments/api-0 on EKS, for an Example,
// which has no testing.T that would do it ([irsatest.NewPod]).
type examplePod struct {
	dir    string           // of the token file
	server *httptest.Server // the STS, which AWS_ENDPOINT_URL_STS names
	before []string         // the environment to restore
}

// inExamplePod sets the environment of the pod, and starts its STS. readerRole trusts the service
// accounts of namespace payments that are named, by default the pod's own, api. The one line of an
// Example that its reader leaves out is
//
//	defer inExamplePod().leave()
func inExamplePod(trusted ...string) *examplePod {
	if len(trusted) == 0 {
		trusted = []string{"api"}
	}
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	service := new(irsatest.STS)
	for _, name := range trusted {
		check(service.Trust(readerRole, issuer, "system:serviceaccount:payments:"+name))
	}
	check(service.AddRole(irsatest.Role{ARN: auditRole, TrustPolicy: fmt.Sprintf(`{"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": %q},
			"Condition": {"StringEquals": {"sts:ExternalId": "contract-7"}}}}`, readerRole)}))
	host := strings.TrimPrefix(issuer.URL(), "https://")
	check(service.AddRole(irsatest.Role{ARN: archiveRole, MaxSessionDuration: 12 * time.Hour,
		TrustPolicy: fmt.Sprintf(`{"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
			"Principal": {"Federated": "arn:aws:iam::444455556666:oidc-provider/%[1]s"},
			"Condition": {"StringEquals": {"%[1]s:aud": "sts.amazonaws.com",
				"%[1]s:sub": "system:serviceaccount:payments:api"}}}}`, host)}))

	dir, err := os.MkdirTemp("", "pod-")
	check(err)
	p := &examplePod{dir: dir, server: httptest.NewServer(service), before: os.Environ()}
	pod, err := irsatest.WritePod(dir, irsatest.PodOptions{
		Issuer: issuer, RoleARN: readerRole, STS: p.server.URL,
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Pod: "api-0"},
	})
	check(err)
	setAWS(append(pod.Env(),
		"AWS_CONFIG_FILE="+filepath.Join(dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials")))
	return p
}

// leave restores the environment, and stops the STS.
func (p *examplePod) leave() {
	setAWS(p.before)
	p.server.Close()
	check(os.RemoveAll(p.dir))
}

// setAWS makes those of env the only environment variables with names that begin with AWS_.
func setAWS(env []string) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			check(os.Unsetenv(name))
		}
	}
	for _, variable := range env {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
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
