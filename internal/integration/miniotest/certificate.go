package miniotest

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"

	"github.com/seed-15cba5db/irsa-go/internal/testca"
)

// writeCertificate writes a certificate for the loopback address where MinIO looks for its own, and
// returns what a client has to trust.
func writeCertificate(dir string) (*x509.CertPool, error) {
	var ca testca.Authority
	certificate, err := ca.Of("127.0.0.1")
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return nil, err
	}
	for name, block := range map[string]*pem.Block{
		"public.crt":  {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]},
		"private.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, err
		}
	}
	return ca.Pool(), nil
}
