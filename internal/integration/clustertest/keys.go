package clustertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// The files that the API server is started with.
const (
	serverCertFile = "server.crt"
	serverKeyFile  = "server.key"
	tokenKeyFile   = "service-account.key"
	adminTokenFile = "tokens.csv"
)

// keys are one cluster's certificates and keys.
type keys struct {
	ca                    []byte // certificate
	serverCert, serverKey []byte
	tokenKey              []byte // signs service account tokens: RSA, as in EKS
	adminToken            string
}

func (k *keys) files() map[string][]byte {
	return map[string][]byte{
		serverCertFile: k.serverCert,
		serverKeyFile:  k.serverKey,
		tokenKeyFile:   k.tokenKey,
		// token, user, uid, groups
		adminTokenFile: fmt.Appendf(nil, "%s,admin,admin,system:masters\n", k.adminToken),
	}
}

func newKeys() (*keys, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serverKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tokenKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	ca := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "clustertest CA"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	server := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "kube-apiserver"},
		NotBefore:    ca.NotBefore,
		NotAfter:     ca.NotAfter,
		IPAddresses:  []net.IP{net.ParseIP(host)},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	serverDER, err := x509.CreateCertificate(rand.Reader, server, ca, serverKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	serverKeyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	if err != nil {
		return nil, err
	}
	encode := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	return &keys{
		ca:         encode("CERTIFICATE", caDER),
		serverCert: encode("CERTIFICATE", serverDER),
		serverKey:  encode("PRIVATE KEY", serverKeyDER),
		tokenKey:   encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(tokenKey)),
		adminToken: rand.Text(),
	}, nil
}
