package irsa

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// maxToken is STS's own limit for a web identity token, in bytes.
const maxToken = 20000

// What a token can't be.
var (
	errTokenEmpty    = errors.New("the token is empty")
	errTokenTooLarge = fmt.Errorf("the token has more than %d bytes", maxToken)
	errNotJWT        = errors.New("the token is not a JWT")
)

// A Token is what a service account token claims, without its signature: safe to
// log, and nothing that could be sent anywhere.
type Token struct {
	Issuer, Subject                string
	Audience                       []string
	IssuedAt, NotBefore, ExpiresAt time.Time // zero where the claim is absent

	// From the claim kubernetes.io; empty for tokens that Kubernetes did not issue.
	// A pod's name and its node's are there since Kubernetes 1.30 at the latest.
	Namespace, ServiceAccount, Pod, PodUID, Node string

	ID string // the claim jti
}

// ParseToken decodes the claims of a token. It does not verify the signature, on
// purpose: only STS's verdict counts, and the claims serve to explain it. For the
// same reason it says nothing of a token that has expired.
//
// It fails with ErrToken for what can't be a token at all: nothing but white
// space, more than 20000 bytes, or no JWT. The error never quotes the token.
func ParseToken(token string) (*Token, error) {
	_, t, err := checkToken([]byte(token))
	if err != nil {
		return nil, &Error{Op: "parse token", Reason: ErrToken, Err: err, topic: topicOfToken(err)}
	}
	return t, nil
}

// ReadToken decodes the claims of the token in a file, as ParseToken does. It
// fails with ErrToken, and with the cause from the file system (fs.ErrNotExist,
// fs.ErrPermission) where the file can't be read.
func ReadToken(file string) (*Token, error) {
	_, t, err := readToken(file)
	if err != nil {
		return nil, &Error{Op: opReadToken, Reason: ErrToken, Err: err, topic: topicOfToken(err), facts: advice.Facts{TokenFile: file}}
	}
	return t, nil
}

// readToken opens the file by its path each time, since the kubelet replaces it.
func readToken(file string) (raw string, t *Token, err error) {
	// Without O_NONBLOCK a pipe would block whoever opens it, without end.
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = f.Close() }() // read only: nothing to lose
	info, err := f.Stat()
	if err != nil {
		return "", nil, err
	}
	if !info.Mode().IsRegular() {
		return "", nil, fmt.Errorf("read %s: it is no regular file (%s)", file, info.Mode().Type())
	}
	// One byte more than there should be, to see that there is no more.
	b := make([]byte, min(max(info.Size(), 0), maxToken+2)+1)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	b = b[:n]
	raw, t, err = checkToken(b)
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", file, err)
	}
	return raw, t, nil
}

// checkToken returns the token to send, without the line break that editors and
// echo leave at the end, and its claims.
func checkToken(b []byte) (raw string, t *Token, err error) {
	raw = strings.TrimSpace(string(b))
	switch {
	case raw == "":
		return "", nil, errTokenEmpty
	case len(raw) > maxToken:
		return "", nil, errTokenTooLarge
	}
	t, err = decodeClaims(raw)
	if err != nil {
		return "", nil, err
	}
	return raw, t, nil
}

type claims struct {
	jwt.RegisteredClaims
	Kubernetes json.RawMessage `json:"kubernetes.io"`

	// Tokens from secrets, of the time before bound tokens, say it flat.
	Namespace      string `json:"kubernetes.io/serviceaccount/namespace"`
	ServiceAccount string `json:"kubernetes.io/serviceaccount/service-account.name"`
}

// The claim kubernetes.io as k8s.io/kubernetes/pkg/serviceaccount/claims.go has it.
type kubernetesClaim struct {
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
}

func decodeClaims(raw string) (*Token, error) {
	var c claims
	_, _, err := jwt.NewParser().ParseUnverified(raw, &c)
	// An algorithm that the library doesn't know is STS's to judge: the claims
	// have been decoded by then.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		// The library's message may quote the token.
		return nil, errNotJWT
	}
	t := &Token{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, ID: c.ID,
		IssuedAt: timeOf(c.IssuedAt), NotBefore: timeOf(c.NotBefore), ExpiresAt: timeOf(c.ExpiresAt),
		Namespace: c.Namespace, ServiceAccount: c.ServiceAccount,
	}
	var k kubernetesClaim
	// Other issuers may use the claim for something else: not an error.
	if len(c.Kubernetes) > 0 && json.Unmarshal(c.Kubernetes, &k) == nil {
		t.Namespace, t.ServiceAccount = k.Namespace, k.ServiceAccount.Name
		t.Pod, t.PodUID, t.Node = k.Pod.Name, k.Pod.UID, k.Node.Name
	}
	return t, nil
}

func timeOf(d *jwt.NumericDate) time.Time {
	if d == nil {
		return time.Time{}
	}
	return d.Time
}

// recent holds the claims of the token file that was decoded last, for loading: a
// program that loads many configs has one token, and opening and decoding it would
// be most of a load's cost. Exchanges read the file itself.
var recent atomic.Pointer[decoded]

type decoded struct {
	file  string
	info  os.FileInfo
	token *Token
}

// claimsOf returns the claims of the token in a file. The kubelet puts a new file
// in a token's place, which tells a rotated one from the one decoded before.
func claimsOf(file string) (*Token, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if d := recent.Load(); d != nil && d.file == file && os.SameFile(d.info, info) &&
		d.info.ModTime().Equal(info.ModTime()) && d.info.Size() == info.Size() {
		return d.token, nil
	}
	_, t, err := readToken(file)
	if err != nil {
		return nil, err
	}
	recent.Store(&decoded{file, info, t})
	return t, nil
}
