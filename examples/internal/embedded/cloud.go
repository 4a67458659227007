// Package embedded is a cluster and its cloud in one process, for the example
// programs: an issuer, an STS and an S3 behind real servers on loopback, and the
// environment of a pod that has the role to use them. A program that started it
// goes the very same way as in a pod. Its cases show what can be wrong, and the
// commands that mend them do here what they would do there.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/podfs"
	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A Cloud is the running servers and the pod's environment, which is the
// process's until Close.
type Cloud struct {
	cluster
	account
	network

	sts     atomic.Pointer[irsatest.STS] // of what the account holds now
	s3      *s3readtest.Server
	s3URL   string
	root    string // where the pod's file system begins
	env     map[string]string
	broken  Case
	servers []*http.Server
	closers []func() error
	before  []string // the process's environment before Start
}

// Start starts it, whole, or with the named one of Cases broken. One process has
// one environment: there may be one Cloud at a time.
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
	c.s3.Authorize = func(r *http.Request) error { return c.sts.Load().Authorize(r) }
	c.fill()
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

// apply lets what was declared take effect: in STS, and in the process's environment.
func (c *Cloud) apply() error {
	if err := c.declare(); err != nil {
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
	go func() { _ = server.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), nil
}

func (c *Cloud) serveSTS(w http.ResponseWriter, r *http.Request) { c.sts.Load().ServeHTTP(w, r) }

// clearEnvironment takes out of the process's environment whatever there is of AWS,
// Kubernetes and proxies: it is another identity's, or another network's.
func clearEnvironment() error {
	var errs []error
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); ofPod(name) {
			errs = append(errs, os.Unsetenv(name))
		}
	}
	return errors.Join(errs...)
}

func ofPod(name string) bool {
	switch upper := strings.ToUpper(name); upper {
	case "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY":
		return true
	default:
		return strings.HasPrefix(upper, "AWS_") || strings.HasPrefix(upper, "KUBERNETES_")
	}
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
	for _, end := range c.closers {
		errs = append(errs, end())
	}
	if c.root != "" {
		errs = append(errs, os.RemoveAll(c.root))
	}
	errs = append(errs, clearEnvironment())
	for _, entry := range c.before {
		if name, value, _ := strings.Cut(entry, "="); ofPod(name) {
			errs = append(errs, os.Setenv(name, value))
		}
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, "embedded:", err)
	}
}
