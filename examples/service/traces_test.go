package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

func TestAnExchangeIsASpanOfItsDuration(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	observe := traceExchanges(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)))
	began := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	observe(irsa.Refresh{Started: began, Took: 3 * time.Second})
	observe(irsa.Refresh{Started: began, Took: time.Second, Err: irsa.ErrThrottled})

	ended := spans.Ended()
	require.Len(t, ended, 2)
	assert.Equal(t, "AssumeRoleWithWebIdentity", ended[0].Name())
	assert.Equal(t, began, ended[0].StartTime())
	assert.Equal(t, began.Add(3*time.Second), ended[0].EndTime())
	assert.Equal(t, codes.Unset, ended[0].Status().Code)

	assert.Equal(t, codes.Error, ended[1].Status().Code)
	require.Len(t, ended[1].Attributes(), 1)
	assert.Equal(t, "throttled", ended[1].Attributes()[0].Value.AsString())
}
