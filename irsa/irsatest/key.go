package irsatest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
)

// A signingKey is a private key of an [Issuer].
type signingKey struct {
	id, alg string
	private crypto.Signer
}

func newSigningKey(alg string) *signingKey {
	var private crypto.Signer
	var err error
	switch alg {
	case "", "RS256":
		alg = "RS256"
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		panic(fmt.Sprintf("irsatest: issuer algorithm %q: neither RS256 nor ES256", alg))
	}
	if err != nil {
		panic("irsatest: make a key: " + err.Error())
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		panic("irsatest: name a key: " + err.Error())
	}
	// kube-apiserver names keys so: keyIDFromPublicKey in k8s.io/kubernetes/pkg/serviceaccount.
	sum := sha256.Sum256(der)
	return &signingKey{base64.RawURLEncoding.EncodeToString(sum[:]), alg, private}
}
