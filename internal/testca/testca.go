// Package testca is a certificate authority for the servers of tests, and of tests alone: it
// certifies whatever host is asked for.
package testca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// An Authority certifies every host. It makes its key when first asked, and a certificate for each
// host when that is first connected to. The zero value is ready to use, and is safe for concurrent
// use.
type Authority struct {
	once sync.Once // makes the next three
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	err  error

	mu     sync.Mutex                  // guards leaves
	leaves map[string]*tls.Certificate // by host
}

// Certificates are valid at every time that a test's clock may show: a synctest bubble begins at
// midnight UTC on 2000-01-01.
var notBefore, notAfter = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)

// ready makes the authority's key and its own certificate. The curve is P-256, which every TLS
// client takes.
func (a *Authority) ready() error {
	a.once.Do(func() {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "irsa-go test authority"},
			NotBefore: notBefore, NotAfter: notAfter,
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
		var der []byte
		if a.key, a.err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); a.err != nil {
			return
		}
		if der, a.err = x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key); a.err != nil {
			return
		}
		a.cert, a.err = x509.ParseCertificate(der)
	})
	return a.err
}

// Pool returns what a client has to trust. It is empty if the authority could not be made: then
// every handshake fails, with the server's error in its log.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	if a.ready() == nil {
		pool.AddCert(a.cert)
	}
	return pool
}

// Certificate returns a host's certificate. It is a [tls.Config.GetCertificate].
func (a *Authority) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	host := hello.ServerName
	if host == "" { // an address: clients send no name for one
		host, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
	}
	return a.Of(host)
}

// Of returns the certificate of a host, which is a name or an address.
func (a *Authority) Of(host string) (*tls.Certificate, error) {
	if err := a.ready(); err != nil {
		return nil, fmt.Errorf("make a test authority: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.leaves[host]; c != nil {
		return c, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(a.leaves)) + 2), Subject: pkix.Name{CommonName: host},
		NotBefore: notBefore, NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	if a.leaves == nil {
		a.leaves = make(map[string]*tls.Certificate)
	}
	a.leaves[host] = c
	return c, nil
}
