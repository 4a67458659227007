package irsa

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-15cba5db/irsa-go/internal/advice"
)

// maxToken is STS's limit for WebIdentityToken, in bytes (botocore, sts/2011-06-15/service-2.json).
// Tokens of EKS have about 1000.
const maxToken = 20000

// Why the content of a file is no token.
var (
	errTokenEmpty    = errors.New("the token is empty")
	errTokenTooLarge = fmt.Errorf("the token has more than %d bytes", maxToken)
	errNotJWT        = errors.New("the token is not a JWT")
)

// A Token holds the claims of a service account token without its signature. It can be logged, and
// can't be used in place of the token.
type Token struct {
	Issuer, Subject                string
	Audience                       []string
	IssuedAt, NotBefore, ExpiresAt time.Time // zero where the claim is absent

	// From the claim kubernetes.io; empty for tokens that Kubernetes did not issue. Pod has been in
	// it from the beginning, Node since Kubernetes 1.30 (ServiceAccountTokenPodNodeInfo).
	Namespace, ServiceAccount, Pod, PodUID, Node string

	ID string // the claim jti
}

// ParseToken decodes the claims of a token. It does not verify the signature: STS does that, and
// the claims serve to explain its answer. For the same reason an expired token is no error.
//
// It fails for what can't be a token at all: nothing but white space, more than 20000 bytes, or not
// a JWT. The error is an *[Error] with the Reason [ErrToken]. It never quotes the token.
func ParseToken(token string) (*Token, error) {
	_, t, err := checkToken([]byte(token))
	if err != nil {
		return nil, &Error{Op: "parse token", Reason: ErrToken, Err: err, topic: topicOfToken(err)}
	}
	return t, nil
}

// ReadToken decodes the claims of the token in a file, as [ParseToken] does. Where the file can't
// be read, the error has the Reason [ErrToken] and wraps the cause from the file system, such as
// [fs.ErrNotExist] or [fs.ErrPermission].
func ReadToken(file string) (*Token, error) {
	_, t, err := readToken(file)
	if err != nil {
		return nil, &Error{
			Op: opReadToken, Reason: ErrToken, Err: err, topic: topicOfToken(err),
			facts: advice.Facts{TokenFile: file},
		}
	}
	return t, nil
}

// readToken reads the token in a file.
func readToken(file string) (raw string, t *Token, err error) {
	b, err := readBounded(file)
	if err != nil {
		return "", nil, err
	}
	raw, t, err = checkToken(b)
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", file, err)
	}
	return raw, t, nil
}

// readBounded reads a file that should hold a token: at most a little more than a token may have.
// It opens the file by its path each time. The kubelet replaces the file by swapping the symbolic
// link ..data of its folder (k8s.io/kubernetes/pkg/volume/util/atomic_writer.go), so an open file
// would stay the old token.
func readBounded(file string) ([]byte, error) {
	// To open a named pipe without O_NONBLOCK blocks until somebody writes to it.
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read: a failure loses nothing
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is not a regular file (%s)", file, info.Mode().Type())
	}
	// One byte more than the file's size, to notice a file that has grown, and no more than it
	// takes to see that the token is too large.
	b := make([]byte, min(max(info.Size(), 0), maxToken+2)+1)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b[:n], nil
}

// checkToken returns the token to send, without white space around it, and its claims. STS takes
// the line feed that editors and echo leave at the end for a part of the token, and the SDK sends
// it.
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

// claims are a token's claims as JSON.
type claims struct {
	jwt.RegisteredClaims
	Kubernetes json.RawMessage `json:"kubernetes.io"`

	// Tokens from Secrets, which Kubernetes made before it had bound tokens, have flat claims.
	Namespace      string `json:"kubernetes.io/serviceaccount/namespace"`
	ServiceAccount string `json:"kubernetes.io/serviceaccount/service-account.name"`
}

// kubernetesClaim is the claim kubernetes.io (k8s.io/kubernetes/pkg/serviceaccount/claims.go).
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
	// Whether the algorithm is supported is for STS to decide. The library has decoded the claims
	// before it looks at the algorithm.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		// The library's message may quote the token. Its length tells an empty template from half a
		// file.
		return nil, fmt.Errorf("%w (%d bytes)", errNotJWT, len(raw))
	}
	t := &Token{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.Audience, ID: c.ID,
		IssuedAt: timeOf(c.IssuedAt), NotBefore: timeOf(c.NotBefore), ExpiresAt: timeOf(c.ExpiresAt),
		Namespace: c.Namespace, ServiceAccount: c.ServiceAccount,
	}
	var k kubernetesClaim
	// Another issuer may use the claim for something else. That is no error.
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

// attrs returns the claims for a log, and for JSON; of no token, none.
func (t *Token) attrs() []slog.Attr {
	if t == nil {
		return nil
	}
	return present(
		slog.String("issuer", t.Issuer),
		slog.String("subject", t.Subject),
		slog.Any("audience", t.Audience),
		slog.Time("issued", t.IssuedAt),
		slog.Time("not_before", t.NotBefore),
		slog.Time("expires", t.ExpiresAt),
		slog.String("namespace", t.Namespace),
		slog.String("service_account", t.ServiceAccount),
		slog.String("pod", t.Pod),
		slog.String("pod_uid", t.PodUID),
		slog.String("node", t.Node),
		slog.String("id", t.ID),
	)
}

// recent holds the claims of the token file that was decoded last, for loading only. A program that
// loads many configs has one token, and to open and decode it would be most of the cost of a load.
// Exchanges read the file itself.
var recent atomic.Pointer[decoded]

type decoded struct {
	file  string
	info  os.FileInfo
	token *Token
}

// claimsOf returns the claims of the token in a file. The kubelet puts a new file in a token's
// place, so a rotated token is another file than the one decoded before.
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
