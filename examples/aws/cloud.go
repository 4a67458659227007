package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/seed-15cba5db/irsa-go/irsa/irsatest"
	"github.com/seed-15cba5db/irsa-go/s3read/s3readtest"
)

// A cloud is what is served.
type cloud struct {
	*irsatest.AWS
	options options
	folder  string     // made for the files, and removed with them; "": none
	files   []*os.File // contents of objects
	ca      string     // file of the certificate authority, "" without TLS
}

// newCloud makes what the options say.
func newCloud(o options) (c *cloud, err error) {
	c = &cloud{options: o}
	defer func() {
		if err != nil {
			c.close(io.Discard)
		}
	}()
	if o.pod == "" && (len(o.issuers) == 0 || o.tls) {
		if c.folder, err = os.MkdirTemp("", "aws-"); err != nil {
			return c, err
		}
	}
	if len(o.issuers) == 0 {
		c.AWS, err = irsatest.WriteAWS(c.dir(), irsatest.AWSOptions{Region: o.region})
	} else {
		c.AWS, err = trusting(o)
	}
	if err != nil {
		return c, err
	}
	if o.account != "" {
		if err := c.readAccount(o.account); err != nil {
			return c, fmt.Errorf("read account %s: %w", o.account, err)
		}
	}
	if o.buckets != "" {
		err = c.readBuckets(o.buckets)
	}
	return c, err
}

// trusting is an AWS whose identity providers are the issuers, in every account. The agent of EKS
// Pod Identity is that of the first one's cluster.
func trusting(o options) (*irsatest.AWS, error) {
	client, err := clusterClient()
	if err != nil {
		return nil, err
	}
	sts := &irsatest.STS{HTTPClient: client}
	for _, url := range o.issuers {
		sts.AddProvider(irsatest.OIDCProvider{URL: url})
	}
	return &irsatest.AWS{
		STS: sts, PodIdentity: &irsatest.PodIdentity{STS: sts, IssuerURL: o.issuers[0]},
		S3: &s3readtest.Server{Region: o.region, Authorize: sts.Authorize},
	}, nil
}

// dir is where the pod's token is, and the certificate authority.
func (c *cloud) dir() string {
	if c.options.pod != "" {
		return c.options.pod
	}
	return c.folder
}

// rotate swaps in a new token, where there is a pod.
func (c *cloud) rotate() error {
	if c.Pod == nil {
		return nil
	}
	return c.Pod.Rotate()
}

func (c *cloud) close(stderr io.Writer) {
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	if c.folder != "" {
		errs = append(errs, os.RemoveAll(c.folder))
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(stderr, "aws:", err)
	}
}
