package diagnose

import (
	"errors"
	"testing"
	"time"
)

// tokenCases are the checks of the token file and of the claims in it.
var tokenCases = map[string]checkCase{
	"a folder for a file": {
		(*evidence).tokenFile, func(t *testing.T, e *evidence) { e.file = t.TempDir() }, Fail,
		"is a folder",
	},
	"a file that can be read": {(*evidence).tokenFile, nil, OK, "1 bytes, mode"},
	"a user's token": {
		(*evidence).tokenShape, func(_ *testing.T, e *evidence) { e.token.Subject = "alice" },
		Warn, `subject "alice" is not a Kubernetes service account`,
	},
	"a token that can't be read": {
		(*evidence).tokenShape,
		func(_ *testing.T, e *evidence) { e.tokenErr = errors.New("no") }, Fail, "no",
	},
	"a fresh token": {(*evidence).tokenLifetime, nil, OK, "issued for 24h0m0s, 24h0m0s left"},
	"a token without an end": {
		(*evidence).tokenLifetime,
		func(_ *testing.T, e *evidence) { e.token.ExpiresAt = time.Time{} }, Fail, "no expiry",
	},
	"a token of tomorrow": {
		(*evidence).tokenLifetime,
		func(_ *testing.T, e *evidence) { e.token.NotBefore = time.Now().Add(time.Hour) }, Fail,
		"not valid before",
	},
	"a short token due for rotation": {
		(*evidence).tokenLifetime,
		func(_ *testing.T, e *evidence) { at(e, 59*time.Minute, time.Hour) }, Warn,
		"it should have been replaced",
	},
	"a short token on its way": {
		(*evidence).tokenLifetime,
		func(_ *testing.T, e *evidence) { at(e, 50*time.Minute, time.Hour) }, OK,
		"issued for 1h0m0s, 10m0s left",
	},
	"no audience": {
		(*evidence).tokenAudience, func(_ *testing.T, e *evidence) { e.token.Audience = nil },
		Fail, "no audience",
	},
	"two audiences": {
		(*evidence).tokenAudience,
		func(_ *testing.T, e *evidence) { e.token.Audience = []string{"a", "b"} }, Fail,
		"STS takes exactly one",
	},
	"another audience": {
		(*evidence).tokenAudience,
		func(_ *testing.T, e *evidence) { e.token.Audience = []string{"sts.amazonaws.com\u200b"} },
		Warn, `"sts.amazonaws.com\u200b" is not`,
	},
	"the cluster's own audience": {
		(*evidence).tokenAudience,
		func(_ *testing.T, e *evidence) { e.token.Audience = []string{eksIssuer} }, Fail,
		"for the Kubernetes API",
	},
	"an issuer of EKS": {(*evidence).tokenIssuer, nil, OK, eksIssuer},
	"an issuer of somebody else": {
		(*evidence).tokenIssuer,
		func(_ *testing.T, e *evidence) { e.token.Issuer = "https://example.com" }, OK,
		"(not EKS)",
	},
	"the token of a Secret": {
		(*evidence).tokenIssuer,
		func(_ *testing.T, e *evidence) { e.token.Issuer = "kubernetes/serviceaccount" }, Fail,
		"legacy token",
	},
	"an issuer without https": {
		(*evidence).tokenIssuer,
		func(_ *testing.T, e *evidence) { e.token.Issuer = "http://example.com" }, Fail,
		"not an https URL",
	},
}
