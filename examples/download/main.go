// Download copies an object of a bucket, or all objects whose keys begin with a prefix, to files
// below a folder:
//
//	download -bucket NAME [-key KEY | -prefix P] [-to FOLDER]
//
// A file has the name of its key. It appears when it is complete: an interrupted download leaves
// nothing behind.
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

	"github.com/seed-15cba5db/irsa-go/irsa"
	"github.com/seed-15cba5db/irsa-go/s3read"
)

var (
	name   = flag.String("bucket", "", "the `bucket` to read")
	key    = flag.String("key", "", "download this object (default: all that begin with -prefix)")
	prefix = flag.String("prefix", "", "download the objects whose keys begin with `P`")
	to     = flag.String("to", ".", "the `folder` to write to; it is created if necessary")
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
	case *name == "":
		return misused("-bucket is missing")
	case *key != "" && *prefix != "":
		return misused("-key and -prefix exclude each other")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := download(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "download: %v\n%s", err, irsa.Explain(err))
		if e := new(s3read.Error); errors.As(err, &e) && e.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", e.Hint)
		}
		return 1
	}
	return 0
}

func download(ctx context.Context) error {
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		return err
	}
	root, err := openFolder(*to)
	if err != nil {
		return err
	}
	defer root.Close() // loses nothing: save closes what it writes
	bucket := s3read.NewBucket(s3.NewFromConfig(cfg), *name)
	if *key != "" {
		return save(ctx, root, bucket, *key, newMeter(os.Stdout))
	}
	return saveAll(ctx, root, bucket, *prefix, newMeter(os.Stdout))
}

func misused(problem string) int {
	fmt.Fprintln(os.Stderr, "download:", problem)
	flag.Usage()
	return 2
}
