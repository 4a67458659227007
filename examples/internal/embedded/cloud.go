// Package embedded is a cluster and its AWS account in one process, for the example programs: an
// issuer, an STS and an S3 behind real servers on loopback, and the environment of a pod whose
// role may use them. A program in that environment does exactly what it does in a real pod.
//
// Cases lists what can be wrong with a pod's identity. Start breaks one of them, and Command
// carries out the kubectl and AWS CLI commands that repair it, with the effect that they would
// have on a real cluster.
package embedded

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A Cloud is the running servers and the pod's environment, which replaces the process's until
// Close.
type Cloud struct {
	cluster
	account
	network

	sts     atomic.Pointer[irsatest.STS]         // made from the account as it is now
	agent   atomic.Pointer[irsatest.PodIdentity] // of EKS Pod Identity, as well
	s3      *s3readtest.Server
	s3URL   string
	root    string // folder that stands for the root of the pod's file system
	env     map[string]string
	broken  Case
	servers []*http.Server
	closers []func() error
	before  []string // the process's environment before Start
}

// Start starts a healthy Cloud, or one in which the named case is broken. Only one Cloud can run
// at a time, because a process has only one environment.
func Start(broken string) (c *Cloud, err error) {
	c = &Cloud{cluster: newCluster(), account: newAccount(), s3: new(s3readtest.Server), before: os.Environ()}
	defer func() {
		if err != nil {
			c.Close()
			c, err = nil, fmt.Errorf("embedded: %w", err)
		}
	}()
	if c.root, err = os.MkdirTemp("", "irsa-embedded-"); err != nil {
		return c, err
	}
	restore := podfs.SetRoot(c.root)
	c.closers = append(c.closers, func() error { restore(); return nil })
	c.s3.Authorize = func(r *http.Request) error { return c.sts.Load().Authorize(r) }
	fillBuckets(c.s3)
	if err := c.connect(); err != nil {
		return c, err
	}
	if c.s3URL, err = c.serve(c.s3); err != nil {
		return c, err
	}
	if c.broken, err = find(broken); err != nil {
		return c, err
	}
	if err := c.broken.breaks(c); err != nil {
		return c, err
	}
	if err := c.recreate(); err != nil {
		return c, err
	}
	return c, c.apply()
}

// apply makes changes of the account and the pod take effect: in STS, in the file of the trust
// policy, and in the process's environment.
func (c *Cloud) apply() error {
	if err := c.configureSTS(); err != nil {
		return err
	}
	if err := c.write(trustPolicyFile, string(c.TrustPolicy())); err != nil {
		return err
	}
	if err := clearEnvironment(); err != nil {
		return err
	}
	for name, value := range c.env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
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
	go func() { _ = server.Serve(l) }() // returns when Close closes the server
	return "http://" + l.Addr().String(), nil
}

func (c *Cloud) serveSTS(w http.ResponseWriter, r *http.Request) { c.sts.Load().ServeHTTP(w, r) }

// write writes a file of the pod; name is its path in the pod.
func (c *Cloud) write(name, content string) error {
	name = filepath.Join(c.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(content), 0o600)
}

// clearEnvironment unsets all variables of AWS, Kubernetes and proxies: they describe another
// identity or another network.
func clearEnvironment() error {
	var errs []error
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); belongsToPod(name) {
			errs = append(errs, os.Unsetenv(name))
		}
	}
	return errors.Join(errs...)
}

func belongsToPod(name string) bool {
	switch upper := strings.ToUpper(name); upper {
	case "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY":
		return true
	default:
		return strings.HasPrefix(upper, "AWS_") || strings.HasPrefix(upper, "KUBERNETES_")
	}
}

// Close stops the servers, removes the files, and restores the process's environment.
func (c *Cloud) Close() {
	var errs []error
	for _, s := range c.servers {
		errs = append(errs, s.Close())
	}
	for _, end := range c.closers {
		errs = append(errs, end())
	}
	if c.root != "" {
		errs = append(errs, os.RemoveAll(c.root))
	}
	errs = append(errs, clearEnvironment())
	for _, entry := range c.before {
		if name, value, _ := strings.Cut(entry, "="); belongsToPod(name) {
			errs = append(errs, os.Setenv(name, value))
		}
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "embedded:", err)
	}
}
