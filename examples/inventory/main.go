// Inventory says what a bucket holds: keys and bytes by folder and storage class, the largest and
// the oldest objects. A bucket too large for one process is listed in shares, as by the Job in
// examples/kubernetes/inventory:
//
//	inventory -bucket NAME [-prefix P] -plan N > plan.json          # ranges of about as many keys
//	inventory -bucket NAME [-prefix P] -index I -o share-I.jsonl    # one share, by plan.json
//	inventory -bucket NAME [-prefix P] -merge share-*.jsonl         # all of them together
//
// A share that is started again begins where its last checkpoint is.
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
	name   = flag.String("bucket", "", "the `bucket` to list")
	prefix = flag.String("prefix", "", "list the keys that begin with `P`")
	shares = flag.Int("plan", 0, "print a plan of `N` shares")
	file   = flag.String("plan-file", "plan.json", "the `file` with the plan")
	index  = flag.String("index", os.Getenv("JOB_COMPLETION_INDEX"), "list share `I` of the plan, from 0")
	output = flag.String("o", "", "write to this `file`, and checkpoints beside it (default: standard output)")
	merge  = flag.Bool("merge", false, "add the outputs of all shares, which are the arguments")
)

func main() {
	flag.Parse()
	os.Exit(run(context.Background()))
}

// run returns the exit status: 2 for a wrong command line, 1 for any other failure.
func run(ctx context.Context) int {
	switch {
	case *name == "":
		return misused("-bucket is missing")
	case flag.NArg() > 0 && !*merge:
		return misused(fmt.Sprintf("unexpected argument %q", flag.Arg(0)))
	case *shares == 0 && !*merge && *index == "":
		return misused("one of -plan, -index and -merge is needed")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := inventory(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "inventory: %v\n%s", err, irsa.Explain(err))
		if e := new(s3read.Error); errors.As(err, &e) && e.Hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", e.Hint)
		}
		return 1
	}
	return 0
}

func inventory(ctx context.Context) error {
	if *merge {
		return mergeFiles(*file, *name, *prefix, flag.Args(), *output)
	}
	cfg, err := irsa.LoadConfig(ctx)
	if err != nil {
		return err
	}
	bucket := s3read.NewBucket(s3.NewFromConfig(cfg), *name)
	if *shares != 0 {
		return printPlan(ctx, bucket, plan{Bucket: *name, Prefix: *prefix}, *shares, *output)
	}
	return listShare(ctx, bucket, *index, *file, *output, newProgress(os.Stderr))
}

func misused(problem string) int {
	fmt.Fprintln(os.Stderr, "inventory:", problem)
	flag.Usage()
	return 2
}
