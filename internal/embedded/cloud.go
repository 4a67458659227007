// Package embedded is a cluster and its cloud in one process, for the example
// programs: an issuer, an STS and an S3 behind real servers on loopback, and the
// environment of a pod that has the role to use them. A program that started it
// goes the very same way as in a pod. Its cases show what can be wrong.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// What the pod is and has. The issuer's URL has the form of EKS's, so that what
// is read from it (the region) is read here too; nothing is ever asked of it.
const (
	issuerURL = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
	roleARN   = "arn:aws:iam::111122223333:role/payments-reader"
	region    = "eu-west-1"
)

var claims = irsatest.Claims{
	Namespace: "payments", ServiceAccount: "api",
	Pod: "api-7c9f4d8b6-x2x5q", Node: "ip-10-0-1-7.eu-west-1.compute.internal",
}

// issuer signs the tokens of every Cloud: making its key is most of what one costs.
var issuer = sync.OnceValue(func() *irsatest.Issuer { return irsatest.NewIssuer(issuerURL) })

// A Cloud is the running servers and the pod's environment, which is the
// process's until Close.
type Cloud struct {
	sts     *irsatest.STS
	s3      *s3readtest.Server
	pod     *irsatest.Pod
	root    string // where the pod's file system begins
	env     map[string]string
	servers []*http.Server
	before  []string // the process's environment before Start
}

// Start starts it, whole, or with the named one of Cases broken. One process has
// one environment: there may be one Cloud at a time.
func Start(broken string) (c *Cloud, err error) {
	c = &Cloud{sts: new(irsatest.STS), s3: new(s3readtest.Server), before: os.Environ()}
	defer func() {
		if err != nil {
			c.Close()
			c, err = nil, fmt.Errorf("embedded: %w", err)
		}
	}()
	if c.root, err = os.MkdirTemp("", "irsa-embedded-"); err != nil {
		return c, err
	}
	c.s3.Authorize = c.sts.Authorize
	c.fill()
	stsURL, err := c.serve(c.sts)
	if err != nil {
		return c, err
	}
	s3URL, err := c.serve(c.s3)
	if err != nil {
		return c, err
	}
	if err := c.sts.Trust(roleARN, issuer(), claims.Subject()); err != nil {
		return c, err
	}
	if err := c.makePod(issuer(), stsURL, claims); err != nil {
		return c, err
	}
	c.env["AWS_ENDPOINT_URL_S3"] = s3URL
	if err := c.breakBy(broken); err != nil {
		return c, err
	}
	return c, c.setEnvironment()
}

// makePod lays the pod's files out, and notes its environment.
func (c *Cloud) makePod(issuer *irsatest.Issuer, stsURL string, claims irsatest.Claims) error {
	ctx := c.Context(context.Background())
	for _, file := range []string{podfs.EKSToken(ctx), podfs.KubernetesToken(ctx)} {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
	}
	own := claims
	own.Audience = []string{"https://kubernetes.default.svc"}
	if err := os.WriteFile(podfs.KubernetesToken(ctx), []byte(issuer.Token(own)), 0o600); err != nil {
		return err
	}
	pod, err := irsatest.WritePod(filepath.Dir(podfs.EKSToken(ctx)), irsatest.PodOptions{
		Issuer: issuer, RoleARN: roleARN, Claims: claims, Region: region, STS: stsURL,
	})
	if err != nil {
		return err
	}
	c.pod = pod
	c.env = map[string]string{
		"KUBERNETES_SERVICE_HOST":     "10.100.0.1",
		"AWS_CONFIG_FILE":             filepath.Join(c.root, "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join(c.root, "credentials"),
	}
	for _, entry := range pod.Env() {
		name, value, _ := strings.Cut(entry, "=")
		c.env[name] = value
	}
	return nil
}

// serve starts a server on a port that the system chooses.
func (c *Cloud) serve(h http.Handler) (url string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	c.servers = append(c.servers, server)
	go func() { _ = server.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), nil
}

// setEnvironment makes the pod's environment the process's. What else is there of
// AWS or Kubernetes is another identity, and out of the way.
func (c *Cloud) setEnvironment() error {
	for _, entry := range c.before {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "KUBERNETES_") {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	for name, value := range c.env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// Context returns a context in which the pod's file system is looked for where
// the Cloud has it.
func (c *Cloud) Context(ctx context.Context) context.Context {
	return podfs.WithRoot(ctx, c.root)
}

// Close ends the servers, removes the files, and gives the process its environment back.
func (c *Cloud) Close() {
	var errs []error
	for _, s := range c.servers {
		errs = append(errs, s.Close())
	}
	if c.root != "" {
		errs = append(errs, os.RemoveAll(c.root))
	}
	for name := range c.env {
		errs = append(errs, os.Unsetenv(name))
	}
	for _, entry := range c.before {
		if name, value, _ := strings.Cut(entry, "="); name != "" {
			errs = append(errs, os.Setenv(name, value))
		}
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "embedded:", err)
	}
}
