// Doctor goes through everything that can be wrong with a pod's identity and says
// what to change:
//
//	doctor [-json] [-offline] [-trust-policy FILE] [-embedded [-break CASE]]
//
// It is made to be run with kubectl exec, or as a Job (examples/kubernetes/doctor.yaml).
// Where the program's image has tar, it needs not be in there:
//
//	CGO_ENABLED=0 GOOS=linux go build ./examples/doctor
//	kubectl -n payments cp doctor POD:/tmp/doctor
//	kubectl -n payments exec POD -- /tmp/doctor
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

	"github.com/seed-15cba5db/irsa-go/examples/internal/embedded"
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
