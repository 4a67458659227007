// Download copies an object of a bucket, or all whose keys begin with a prefix, into a folder. In a pod it uses
// the injected identity; with -embedded it needs nothing: issuer, STS and S3 run in the process.
//
//	download [-embedded] -bucket NAME [-key KEY | -prefix P] [-to FOLDER]
//
// Files have their keys' names below the folder and nowhere else. Each appears when it is complete: what is interrupted
// leaves nothing behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

func main() {
	useEmbedded := flag.Bool("embedded", false, "start issuer, STS and S3 in this process")
	bucket := flag.String("bucket", "", "the `bucket` to read")
	key := flag.String("key", "", "download this object (default: all that begin with -prefix)")
	prefix := flag.String("prefix", "", "download the objects whose keys begin with `P`")
	to := flag.String("to", ".", "the `folder` to write to, which is made")
	flag.Parse()
	if flag.NArg() > 0 || *bucket == "" || *key != "" && *prefix != "" {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *useEmbedded, *bucket, *key, *prefix, *to)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "download:", err)
		if advice := irsa.Explain(err); advice != "" {
			fmt.Fprintln(os.Stderr, advice)
		}
		if e := new(s3read.Error); errors.As(err, &e) && e.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", e.Hint)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, useEmbedded bool, name, key, prefix, to string) (err error) {
	if useEmbedded {
		cloud, err := embedded.Start("")
		if err != nil {
			return err
		}
		defer cloud.Close()
	}
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	bucket := s3read.NewBucket(s3.NewFromConfig(cfg), name)
	if key != "" {
		return save(ctx, root, bucket, key, newMeter(os.Stdout))
	}
	return saveAll(ctx, root, bucket, prefix, newMeter(os.Stdout))
}
