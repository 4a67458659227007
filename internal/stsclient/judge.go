package stsclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// judgeAnswer says what an answer means that is not in STS's own words; nil where it is.
func judgeAnswer(status int, err error) *advice.Topic {
	var r *refusal
	switch {
	case errors.As(err, &r) && r.redirect, status >= 300 && status < 400:
		return advice.Redirect
	case errors.Is(err, ErrWithheld):
		return advice.Withheld
	case status == http.StatusTooManyRequests:
		return advice.Throttled
	case status == http.StatusProxyAuthRequired:
		return advice.Proxy
	case status >= 500:
		return advice.ServerFault
	case status != 0 && !Timeout(err), errors.Is(err, ErrAnswer):
		return advice.StrangeAnswer // a proxy's page, or half of an answer
	}
	return nil
}

// judgeUnsent says what it means that no request could be made: what it is made of is the same the
// next time. nil where a request was made, or where a caller's own middleware failed: that may pass
// by itself, and is not known here.
//
// The SDK has no types for what its endpoint rules say, and net/http none for a bad URL: these are
// known by the innermost error's text, which holds nothing from outside but the URL itself.
func judgeUnsent(err error) *advice.Topic {
	var (
		params  smithy.InvalidParamsError
		written *smithy.SerializationError
	)
	if errors.As(err, &params) || errors.As(err, &written) {
		return advice.Parameter
	}
	text := innermost(err).Error()
	says := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	switch {
	case says("Missing Region", "invalid input region"):
		return advice.NoRegion
	case says("FIPS and custom endpoint", "Dualstack and custom endpoint", "this partition does not support"):
		return advice.EndpointVariant
	case says("Failed to parse uri", "failed to parse endpoint URL", "unsupported protocol scheme",
		"no Host in request URL", "Custom endpoint", "invalid character", "missing protocol scheme",
		"first path segment in URL"):
		return advice.EndpointURL
	}
	return nil
}

// innermost is the error that began a chain.
func innermost(err error) error {
	for {
		switch e := any(err).(type) {
		case interface{ Unwrap() error }:
			if inner := e.Unwrap(); inner != nil {
				err = inner
				continue
			}
		case interface{ Unwrap() []error }:
			if all := e.Unwrap(); len(all) > 0 && all[len(all)-1] != nil {
				err = all[len(all)-1]
				continue
			}
		}
		return err
	}
}

// Windows has numbers of its own for a connection that is refused or reset (winsock2.h).
const (
	wsaConnReset   = syscall.Errno(10054)
	wsaConnRefused = syscall.Errno(10061)
)

// JudgeConnection says what it means that no answer came, for the phase in which a request stood.
func JudgeConnection(err error, at Phase) *advice.Topic {
	var (
		dns         *net.DNSError
		op          *net.OpError
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		host        x509.HostnameError
		invalid     x509.CertificateInvalidError
		record      tls.RecordHeaderError
		errno       syscall.Errno
	)
	errors.As(err, &errno)
	switch {
	case errors.As(err, &op) && op.Op == "proxyconnect", refusedByProxy(err):
		return advice.Proxy
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return advice.CertificateTime
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &certificate):
		return advice.Certificate
	case errors.As(err, &record):
		return advice.NotTLS
	case errors.As(err, &dns) && !dns.IsTimeout && !dns.IsTemporary:
		return advice.NameUnknown
	case dns != nil, at == Resolving:
		return advice.ResolverSilent
	case errno == syscall.ECONNREFUSED, errno == wsaConnRefused:
		return advice.Refused
	case at == Handshaking:
		return advice.TLSFailed
	case Timeout(err) && at >= Waiting:
		return advice.SilentAfterConnect
	case Timeout(err):
		return advice.NoAnswer
	case errno == syscall.ECONNRESET, errno == wsaConnReset, errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF):
		return advice.Cut
	}
	return advice.NoConnection
}

// refusedByProxy knows a proxy's answer to CONNECT, of which net/http keeps the status's words
// alone.
func refusedByProxy(err error) bool {
	var send *url.Error
	if !errors.As(err, &send) || send.Err == nil {
		return false
	}
	for status := 400; status < 600; status++ {
		if words := http.StatusText(status); words != "" && words == send.Err.Error() {
			return true
		}
	}
	return false
}
