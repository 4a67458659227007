// Service is an HTTP service that reads an S3 bucket and asks STS who it is, with one configuration
// for both, and says of its credentials what probes and metrics want to know:
//
//	service -bucket NAME [-addr :8080] [-traces]
//
//	GET /objects?prefix=P   the first objects whose keys begin with P, as JSON
//	GET /objects/KEY        the content of one
//	GET /whoami             the role's session, as STS sees it
//	GET /healthz            liveness: the process answers, whoever else does not
//	GET /readyz             readiness: it has credentials
//	GET /metrics            for Prometheus
//
// With -traces each exchange of the pod's token is a span, exported by OTLP over HTTP to where
// OTEL_EXPORTER_OTLP_ENDPOINT says. SIGTERM lets the requests in flight end.
//
// examples/kubernetes/service deploys it.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

var (
	addr   = flag.String("addr", ":8080", "listen on this `address`")
	bucket = flag.String("bucket", "", "read the objects of this `bucket`")
	traces = flag.Bool("traces", false, "export traces by OTLP over HTTP")
)

func main() {
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		misused(fmt.Sprintf("unexpected argument %q", flag.Arg(0)))
	case *bucket == "":
		misused("-bucket is missing")
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, log)
	stop()
	if err != nil {
		log.Error("the service ends", "error", err, "fix", irsa.Explain(err))
		os.Exit(1)
	}
}

func misused(problem string) {
	fmt.Fprintln(os.Stderr, "service:", problem)
	flag.Usage()
	os.Exit(2)
}

func run(ctx context.Context, log *slog.Logger) error {
	m := newMetrics()
	observers := []func(irsa.Refresh){m.observe}
	if *traces {
		exported, err := exportTraces(ctx)
		if err != nil {
			return err
		}
		defer flushTraces(log, exported)
		observers = append(observers, traceExchanges(exported))
	}
	cfg, err := loadConfig(ctx, log, observers)
	if err != nil {
		return err
	}
	m.watch(cfg)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", *addr)
	if err != nil {
		return err
	}
	log.Info("listening", "address", listener.Addr().String())
	return serve(ctx, log, listener, newHandler(cfg, *bucket, m, log))
}
