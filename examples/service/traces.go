package main

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// exportTraces returns the provider of tracers whose spans are exported by OTLP over HTTP. The
// endpoint, headers and the service's name are those of OpenTelemetry's own variables
// (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME).
func exportTraces(ctx context.Context) (*sdktrace.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, err
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter)), nil
}

// flushTraces sends what is left. It has its own deadline: the process is told to end by then.
func flushTraces(log *slog.Logger, exported *sdktrace.TracerProvider) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := exported.Shutdown(ctx); err != nil {
		log.Warn("traces not sent", "error", err)
	}
}

// traceExchanges returns an observer that makes a span of each exchange. It needs no more than the
// API, so that any TracerProvider does.
func traceExchanges(provider trace.TracerProvider) func(irsa.Refresh) {
	tracer := provider.Tracer("github.com/seed-15cba5db/irsa-go/examples/service")
	return func(r irsa.Refresh) {
		// An exchange is for all callers: it is a trace of its own, and no part of a request's.
		_, span := tracer.Start(context.Background(), "AssumeRoleWithWebIdentity",
			trace.WithTimestamp(r.Started), trace.WithSpanKind(trace.SpanKindClient))
		if r.Err != nil {
			span.SetAttributes(attribute.String("error.type", irsa.Label(r.Err)))
			span.SetStatus(codes.Error, r.Err.Error())
		}
		span.End(trace.WithTimestamp(r.Started.Add(r.Took)))
	}
}
