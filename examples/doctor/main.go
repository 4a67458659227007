// Doctor checks everything that can be wrong with a pod's identity, and says what to change:
//
//	doctor [-json] [-offline] [-trust-policy FILE]
//
// It is meant to be run with kubectl exec, or as a Job (examples/kubernetes/doctor.yaml). It can
// be copied into a pod whose image has tar:
//
//	CGO_ENABLED=0 GOOS=linux go build ./examples/doctor
//	kubectl -n payments cp doctor POD:/tmp/doctor
//	kubectl -n payments exec POD -- /tmp/doctor
//
// The exit status is 0 if no check failed, 1 if one did, 2 for a wrong command line.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

var (
	asJSON  = flag.Bool("json", false, "print the report as JSON")
	offline = flag.Bool("offline", false, "send no request")
	policy  = flag.String("trust-policy", "", "judge the role's trust policy in `FILE`, - for standard input")
)

func main() {
	flag.Parse()
	os.Exit(run(context.Background()))
}

// run returns the exit status.
func run(ctx context.Context) int {
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "doctor: unexpected argument %q\n", flag.Arg(0))
		flag.Usage()
		return 2
	}
	opts := diagnose.Options{Offline: *offline}
	var err error
	if opts.TrustPolicy, err = readPolicy(*policy); err != nil {
		fmt.Fprintln(os.Stderr, "doctor:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	report := diagnose.Run(ctx, opts)
	text := []byte(report.Text(wantsColor(os.Stdout)))
	if *asJSON {
		text = report.JSON()
	}
	if _, err := os.Stdout.Write(text); err != nil || report.Err() != nil {
		return 1
	}
	return 0
}

func readPolicy(file string) ([]byte, error) {
	switch file {
	case "":
		return nil, nil
	case "-":
		return io.ReadAll(os.Stdin)
	default:
		return os.ReadFile(file)
	}
}

// wantsColor reports whether f is a terminal whose user wants colors: https://no-color.org.
func wantsColor(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
