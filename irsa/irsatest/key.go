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
	"errors"
	"fmt"
	"math/big"
)

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
	// kube-apiserver names keys by this digest.
	sum := sha256.Sum256(der)
	return &signingKey{base64.RawURLEncoding.EncodeToString(sum[:]), alg, private}
}

// A jwk is a public key as RFC 7517 writes it.
type jwk struct {
	Type  string `json:"kty"`
	ID    string `json:"kid"`
	Use   string `json:"use,omitempty"`
	Alg   string `json:"alg,omitempty"`
	N     string `json:"n,omitempty"`
	E     string `json:"e,omitempty"`
	Curve string `json:"crv,omitempty"`
	X     string `json:"x,omitempty"`
	Y     string `json:"y,omitempty"`
}

var curves = map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}

// public returns the key to verify with.
func (k jwk) public() (any, error) {
	switch k.Type {
	case "RSA":
		n, err := base64.RawURLEncoding.DecodeString(k.N)
		if err != nil {
			return nil, fmt.Errorf("parse key %q: modulus: %w", k.ID, err)
		}
		e, err := base64.RawURLEncoding.DecodeString(k.E)
		if err != nil {
			return nil, fmt.Errorf("parse key %q: exponent: %w", k.ID, err)
		}
		if len(n) == 0 || len(e) == 0 || len(e) > 4 {
			return nil, fmt.Errorf("parse key %q: %w", k.ID, errors.New("no RSA key has such a modulus or exponent"))
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
	case "EC":
		curve, known := curves[k.Curve]
		if !known {
			return nil, fmt.Errorf("parse key %q: unknown curve %q", k.ID, k.Curve)
		}
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err != nil {
			return nil, fmt.Errorf("parse key %q: x: %w", k.ID, err)
		}
		y, err := base64.RawURLEncoding.DecodeString(k.Y)
		if err != nil {
			return nil, fmt.Errorf("parse key %q: y: %w", k.ID, err)
		}
		point := append(append([]byte{4}, x...), y...)
		public, err := ecdsa.ParseUncompressedPublicKey(curve, point)
		if err != nil {
			return nil, fmt.Errorf("parse key %q: %w", k.ID, err)
		}
		return public, nil
	}
	return nil, fmt.Errorf("parse key %q: unknown type %q", k.ID, k.Type)
}

func bigEndian(n int) []byte { return big.NewInt(int64(n)).Bytes() }
