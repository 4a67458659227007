// Listbuckets says who it is and lists the buckets that this identity may see, or
// the objects of one of them. In a pod it uses the injected identity; with
// -embedded it needs nothing: issuer, STS and S3 run in the process, and the way
// from token to listing is the very same.
//
//	listbuckets [-embedded] [-bucket NAME [-prefix P]]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

func main() {
	useEmbedded := flag.Bool("embedded", false, "start issuer, STS and S3 in this process")
	bucket := flag.String("bucket", "", "list the objects of this `bucket`")
	prefix := flag.String("prefix", "", "with -bucket: only keys that begin with `P`")
	flag.Parse()
	if flag.NArg() > 0 || *prefix != "" && *bucket == "" {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *useEmbedded, *bucket, *prefix)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "listbuckets:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, stdout io.Writer, useEmbedded bool, bucket, prefix string) error {
	if useEmbedded {
		cloud, err := embedded.Start("")
		if err != nil {
			return err
		}
		defer cloud.Close()
	}
	// Its warnings would come before the error that says the same: one line is enough here.
	cfg, err := irsa.LoadConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return err
	}
	if err := whoami(ctx, stdout, cfg); err != nil {
		return err
	}
	client := s3.NewFromConfig(cfg)
	if bucket != "" {
		return objects(ctx, stdout, s3read.NewBucket(client, bucket), prefix)
	}
	return buckets(ctx, stdout, client)
}
