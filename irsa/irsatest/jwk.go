package irsatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
)

// A jwk is a public key as RFC 7517 writes it, with the members that RFC 7518, sections 6.2 and
// 6.3, has for elliptic curves and RSA.
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

// public is the key to verify with.
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
			return nil, fmt.Errorf("parse key %q: %w", k.ID, errors.New("not the modulus and exponent of an RSA key"))
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

// newJWK is how a public key is published.
func newJWK(id string, public any) jwk {
	k := jwk{ID: id, Use: "sig"}
	switch public := public.(type) {
	case *rsa.PublicKey:
		k.Type, k.Alg = "RSA", "RS256"
		k.N = base64.RawURLEncoding.EncodeToString(public.N.Bytes())
		k.E = base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		k.Type, k.Alg, k.Curve = "EC", "ES256", public.Curve.Params().Name
		// An uncompressed point is 4, x, y: SEC 1, section 2.3.3.
		if point, err := public.Bytes(); err == nil {
			half := len(point) / 2
			k.X = base64.RawURLEncoding.EncodeToString(point[1 : 1+half])
			k.Y = base64.RawURLEncoding.EncodeToString(point[1+half:])
		}
	}
	return k
}
