package irsa

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxToken is STS's own limit for a web identity token, in bytes.
const maxToken = 20000

// A Token is what a service account token claims, without its signature: safe to
// log, and nothing that could be sent anywhere.
type Token struct {
	Issuer, Subject                string
	Audience                       []string
	IssuedAt, NotBefore, ExpiresAt time.Time // zero where the claim is absent

	// From the claim kubernetes.io; empty for tokens that Kubernetes did not issue.
	Namespace, ServiceAccount, Pod, PodUID, Node, ID string
}

type claims struct {
	jwt.RegisteredClaims
	Kubernetes struct {
		Namespace      string `json:"namespace"`
		ServiceAccount struct {
			Name string `json:"name"`
		} `json:"serviceaccount"`
		Pod struct {
			Name string `json:"name"`
			UID  string `json:"uid"`
		} `json:"pod"`
		Node struct {
			Name string `json:"name"`
		} `json:"node"`
	} `json:"kubernetes.io"`
}

// ParseToken decodes the claims of a token. It does not verify the signature, on
// purpose: only STS's verdict counts, and the claims serve to explain it.
func ParseToken(token string) (*Token, error) {
	t, err := parseToken(token)
	if err != nil {
		return nil, &Error{Op: "parse token", Reason: ErrToken, Err: err}
	}
	return t, nil
}

func parseToken(token string) (*Token, error) {
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return nil, errors.New("it is empty")
	case len(token) > maxToken:
		return nil, fmt.Errorf("it has more than %d bytes", maxToken)
	}
	var c claims
	if _, _, err := jwt.NewParser().ParseUnverified(token, &c); err != nil {
		// The library's message may quote the token.
		return nil, errors.New("it is not a JWT")
	}
	t := &Token{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, ID: c.ID,
		Namespace: c.Kubernetes.Namespace, ServiceAccount: c.Kubernetes.ServiceAccount.Name,
		Pod: c.Kubernetes.Pod.Name, PodUID: c.Kubernetes.Pod.UID, Node: c.Kubernetes.Node.Name,
	}
	for at, claim := range map[*time.Time]*jwt.NumericDate{&t.IssuedAt: c.IssuedAt, &t.NotBefore: c.NotBefore, &t.ExpiresAt: c.ExpiresAt} {
		if claim != nil {
			*at = claim.Time
		}
	}
	return t, nil
}

// ReadToken decodes the claims of the token in a file, as ParseToken does.
func ReadToken(file string) (*Token, error) {
	_, t, err := readToken(file)
	if err != nil {
		return nil, &Error{Op: "read token", Reason: ErrToken, Err: err}
	}
	return t, nil
}

// readToken opens the file by its path each time, since the kubelet replaces it.
func readToken(file string) (raw string, t *Token, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = f.Close() }() // read only: nothing to lose
	b, err := io.ReadAll(io.LimitReader(f, maxToken+2))
	if err != nil {
		return "", nil, err
	}
	raw = strings.TrimSpace(string(b))
	t, err = parseToken(raw)
	if err != nil {
		return "", nil, fmt.Errorf("%s: %w", file, err)
	}
	return raw, t, nil
}
