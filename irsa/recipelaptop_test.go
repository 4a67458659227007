package irsa_test

import (
	"context"
	"crypto/sha1"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
)

// The same lines serve a laptop, whose user has signed in (aws sso login), and a pod, with IRSA or
// with EKS Pod Identity: nothing asks where it runs.
func Example_laptopAndPod() {
	source := func() {
		cfg, err := irsa.LoadConfig(context.Background())
		if err != nil {
			log.Fatal(err, "\n", irsa.Explain(err))
		}
		credentials, err := cfg.Credentials.Retrieve(context.Background())
		if err != nil {
			log.Fatal(err, "\n", irsa.Explain(err)) // "aws sso login", where nobody has signed in
		}
		fmt.Println(credentials.Source)
	}

	laptop := onExampleLaptop()
	source()
	laptop.leave()

	pod := inExamplePod()
	source()
	pod.leave()

	pod = inExamplePodWithAnAssociation()
	source()
	pod.leave()
	// Output:
	// SSOProvider
	// WebIdentityCredentials
	// CredentialsEndpointProvider
}

// An exampleLaptop is to a laptop what an examplePod is to a pod.
type exampleLaptop struct {
	examplePod
	home string // to restore
}

func (l *exampleLaptop) leave() {
	check(os.Setenv("HOME", l.home))
	l.examplePod.leave()
}

// onExampleLaptop makes this process one of a user whom IAM Identity Center knows: a profile, a
// token as "aws sso login" leaves it, and the portal that gives credentials for it.
func onExampleLaptop() *exampleLaptop {
	dir, err := os.MkdirTemp("", "laptop-")
	check(err)
	portal := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/federation/credentials" || r.Header.Get("x-amz-sso_bearer_token") != "signed-in" {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		_, _ = fmt.Fprintf(w, `{"roleCredentials": {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "secret",
			"sessionToken": "token", "expiration": %d}}`, time.Now().Add(time.Hour).UnixMilli())
	}))
	l := &exampleLaptop{examplePod{dir: dir, server: portal, before: os.Environ()}, os.Getenv("HOME")}
	cache := filepath.Join(dir, ".aws", "sso", "cache")
	check(os.MkdirAll(cache, 0o700))
	check(os.WriteFile(filepath.Join(dir, ".aws", "config"), []byte(`[default]
region = eu-west-1
sso_session = work
sso_account_id = 111122223333
sso_role_name = reader
[sso-session work]
sso_region = eu-west-1
sso_start_url = https://work.awsapps.com/start
`), 0o600))
	check(os.WriteFile(filepath.Join(cache, fmt.Sprintf("%x.json", sha1.Sum([]byte("work")))), fmt.Appendf(nil,
		`{"accessToken": "signed-in", "expiresAt": %q}`, time.Now().Add(8*time.Hour).UTC().Format(time.RFC3339)), 0o600))
	check(os.Setenv("HOME", dir))
	setAWS([]string{"AWS_ENDPOINT_URL_SSO=" + portal.URL, "AWS_CONFIG_FILE=" + filepath.Join(dir, ".aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(dir, ".aws", "credentials")})
	return l
}

// inExamplePodWithAnAssociation is a pod of a service account with an EKS Pod Identity association,
// and the agent on its node.
func inExamplePodWithAnAssociation() *examplePod {
	issuer := irsatest.NewIssuer("https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE")
	sts := new(irsatest.STS)
	check(sts.AddRole(irsatest.Role{ARN: readerRole, TrustPolicy: `{"Version": "2012-10-17", "Statement": {
		"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
		"Principal": {"Service": "pods.eks.amazonaws.com"}}}`}))
	agent := &irsatest.PodIdentity{STS: sts, Issuer: issuer}
	check(agent.Associate(irsatest.Association{Namespace: "payments", ServiceAccount: "api", RoleARN: readerRole}))
	dir, err := os.MkdirTemp("", "pod-")
	check(err)
	p := &examplePod{dir: dir, server: httptest.NewServer(agent), before: os.Environ()}
	pod, err := irsatest.WritePod(dir, irsatest.PodOptions{
		Issuer: issuer, PodIdentity: true, Agent: p.server.URL + "/v1/credentials",
		Claims: irsatest.Claims{Namespace: "payments", ServiceAccount: "api", Pod: "api-0"},
	})
	check(err)
	setAWS(append(pod.Env(), "AWS_CONFIG_FILE="+filepath.Join(dir, "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials")))
	return p
}
