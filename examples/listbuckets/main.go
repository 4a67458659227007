// Listbuckets prints whose credentials it got, and lists the buckets that this identity can see,
// or the objects of one of them:
//
//	listbuckets [-bucket NAME [-prefix P]]
//
// It says in one line what failed, and below that what to do about it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

var (
	bucket = flag.String("bucket", "", "list the objects of this `bucket`")
	prefix = flag.String("prefix", "", "with -bucket: only keys that begin with `P`")
)

func main() {
	flag.Parse()
	os.Exit(run(context.Background()))
}

// run returns the exit status: 2 for a wrong command line, 1 for any other failure.
func run(ctx context.Context) int {
	switch {
	case flag.NArg() > 0:
		return misused(fmt.Sprintf("unexpected argument %q", flag.Arg(0)))
	case *prefix != "" && *bucket == "":
		return misused("-prefix needs -bucket")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := list(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "listbuckets: %v\n%s", err, irsa.Explain(err))
		if e := new(s3read.Error); errors.As(err, &e) && e.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", e.Hint)
		}
		return 1
	}
	return 0
}

func list(ctx context.Context) error {
	// LoadConfig logs warnings before it returns the error that they lead to. This program says
	// both once.
	cfg, err := irsa.LoadConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return err
	}
	if err := printIdentity(ctx, os.Stdout, cfg); err != nil {
		return err
	}
	client := s3.NewFromConfig(cfg)
	if *bucket != "" {
		return printObjects(ctx, os.Stdout, s3read.NewBucket(client, *bucket), *prefix)
	}
	return printBuckets(ctx, os.Stdout, client)
}

func misused(problem string) int {
	fmt.Fprintln(os.Stderr, "listbuckets:", problem)
	flag.Usage()
	return 2
}
