// Doctor goes through everything that can be wrong with a pod's identity and says
// what to change. It is made to be run with kubectl exec, or as a Job:
//
//	doctor [-json] [-offline] [-trust-policy FILE] [-embedded [-break CASE]]
//
// The exit status is 0 where nothing failed, 1 where something did, 2 for a wrong
// call. With -embedded it needs no pod: issuer, STS and S3 run in the process, the
// role's trust policy is judged as well, and -break shows a common failure
// (-break list names them).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-15cba5db/irsa-go/internal/embedded"
	"github.com/seed-15cba5db/irsa-go/irsa/diagnose"
)

func main() {
	asJSON := flag.Bool("json", false, "print the report as JSON")
	offline := flag.Bool("offline", false, "make no request")
	policy := flag.String("trust-policy", "", "judge the role's trust policy in `FILE`, - for standard input")
	useEmbedded := flag.Bool("embedded", false, "start issuer, STS and S3 in this process")
	broken := flag.String("break", "", "with -embedded: show the failure `CASE`; list: name them all")
	flag.Parse()
	if *broken == "list" {
		for _, c := range embedded.Cases() {
			fmt.Printf("%-24s %s\n", c.Name, c.Shows)
		}
		return
	}
	if flag.NArg() > 0 || *broken != "" && !*useEmbedded {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	report, err := run(ctx, diagnose.Options{Offline: *offline}, *policy, *useEmbedded, *broken)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "doctor:", err)
		os.Exit(2)
	}
	if *asJSON {
		_, err = os.Stdout.Write(report.JSON())
	} else {
		_, err = io.WriteString(os.Stdout, report.Text(terminal(os.Stdout)))
	}
	if err != nil || report.Err() != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, opts diagnose.Options, policy string, useEmbedded bool, broken string) (report *diagnose.Report, err error) {
	if policy != "" {
		if opts.TrustPolicy, err = readPolicy(policy); err != nil {
			return nil, err
		}
	}
	if useEmbedded {
		cloud, err := embedded.Start(broken)
		if err != nil {
			return nil, err
		}
		defer cloud.Close()
		ctx = cloud.Context(ctx)
		if policy == "" {
			opts.TrustPolicy = cloud.TrustPolicy()
		}
	}
	return diagnose.Run(ctx, opts), nil
}

func readPolicy(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}
