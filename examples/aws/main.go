// Aws serves the test kits as one server, for programs in any language, and for kind: an STS that
// verifies web identities, the agent of EKS Pod Identity, and an S3 that takes the sessions of
// both.
//
//	aws [-listen ADDRESS] [-region REGION] [-buckets FOLDER] [-account FILE] [-issuer URL]... [-tls] [-pod FOLDER]
//
// It prints the variables to set, as a shell reads them, and serves until it is interrupted:
//
//	aws -buckets ./testdata >env & sleep 1; . ./env; aws s3 ls
//
// A client that takes no endpoint from the environment is told it by an option, and one that puts a
// bucket into the host's name even of an address not to: rclone by --s3-provider Other.
//
// Without -issuer it has an issuer of its own, and a pod's token in a file that it keeps fresh. With
// -issuer it fetches the keys of a cluster's issuer, and the pods are the cluster's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage): // it is said already
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "aws:", err)
		os.Exit(1)
	}
}

// errUsage is a command line that parse has said what is wrong with.
var errUsage = errors.New("wrong usage")

// options are the command line's.
type options struct {
	listen, region, buckets, account, pod string
	issuers                               []string
	tls                                   bool
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("aws", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:4566", "serve at this `address`")
	flags.StringVar(&o.region, "region", "eu-west-1", "the `region` of everything")
	flags.StringVar(&o.buckets, "buckets", "", "a `folder` whose folders are buckets, and their files the objects")
	flags.StringVar(&o.account, "account", "", "a JSON `file` with roles, associations and users")
	flags.StringVar(&o.pod, "pod", "", "write the pod's token below this `folder` (default: a temporary one)")
	flags.BoolVar(&o.tls, "tls", false, "serve over TLS, with a certificate authority that is printed")
	flags.Func("issuer", "trust the tokens of the issuer at this `URL`, whose keys are fetched",
		func(text string) error {
			if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				return errors.New("an issuer is a URL with https:// or http:// and a host")
			}
			o.issuers = append(o.issuers, text)
			return nil
		})
	err = flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil: // Parse has said it
		return o, errUsage
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "aws: unexpected argument %q\n", flags.Arg(0))
		flags.Usage()
		return o, errUsage
	}
	return o, nil
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	c, err := newCloud(o)
	if err != nil {
		return err
	}
	defer c.close(stderr)
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: c, ReadHeaderTimeout: time.Minute}
	if o.tls {
		if l, err = c.listenTLS(l); err != nil {
			return err
		}
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	c.print(stdout, l.Addr())
	rotation := time.NewTicker(time.Hour) // as often as EKS's kubelet at most
	defer rotation.Stop()
	for {
		select {
		case err := <-served:
			return err
		case <-rotation.C:
			if err := c.rotate(); err != nil {
				fmt.Fprintln(stderr, "aws:", err)
			}
		case <-ctx.Done():
			return server.Close()
		}
	}
}
