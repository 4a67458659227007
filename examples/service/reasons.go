package main

import (
	"context"
	"errors"

	"github.com/seed-15cba5db/irsa-go/irsa"
)

// reasons are the labels of what can go wrong with credentials. An error has at most one of them.
var reasons = []struct {
	label string
	err   error
}{
	{"not_configured", irsa.ErrNotConfigured},
	{"node_role", irsa.ErrNodeRole},
	{"shadowed", irsa.ErrShadowed},
	{"token", irsa.ErrToken},
	{"token_expired", irsa.ErrTokenExpired},
	{"audience", irsa.ErrAudience},
	{"issuer", irsa.ErrIssuer},
	{"trust", irsa.ErrTrust},
	{"region", irsa.ErrRegion},
	{"throttled", irsa.ErrThrottled},
	{"unreachable", irsa.ErrUnreachable},
	{"timeout", context.DeadlineExceeded},
}

const otherReason = "other"

// reasonOf returns the label of an error; empty for none.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return r.label
		}
	}
	return otherReason
}
