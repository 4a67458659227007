// Package miniotest runs a real MinIO for tests: S3, and the STS action AssumeRoleWithWebIdentity.
package miniotest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/seed-15cba5db/irsa-go/internal/integration/build"
	"github.com/seed-15cba5db/irsa-go/internal/integration/sandbox"
)

const (
	// Audience is what MinIO requires of a token, here the same as on AWS.
	Audience = "sts.amazonaws.com"

	startLimit = time.Minute // from the process's start to its readiness

	portTaken = "already in use" // as MinIO says it
)

// Options says what a Server trusts.
type Options struct {
	// Issuer is the URL of the issuer whose tokens may assume Server.RoleARN. It has to serve its
	// discovery document when MinIO starts. Empty: MinIO is no STS, and has only its root user.
	Issuer string

	// CA is the certificate, as PEM, that the issuer's TLS certificate is
	// verified with. Empty: the system's.
	CA []byte

	// TLS lets the server speak TLS, with a certificate that Server.Roots holds.
	TLS bool
}

// A Server is a running MinIO. Its folder and process end with the test, also where that is
// interrupted or killed.
type Server struct {
	// URL is the endpoint of S3 and STS, "http://127.0.0.1:port"; https with Options.TLS.
	URL string

	// Roots are what a client has to trust; nil without Options.TLS.
	Roots *x509.CertPool

	// RoleARN is the role that the issuer's tokens may assume, under a name that MinIO chooses:
	// "arn:minio:iam:::role/…". It may read and write every bucket.
	RoleARN string

	// User and Password are the root user's access key and secret key.
	User, Password string

	box     *sandbox.Sandbox
	process *sandbox.Process
	opts    Options
	program string
	port    int
}

// Start starts a MinIO that trusts opts.Issuer, and waits until it serves.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	program, err := build.MinIO(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &Server{User: "root-user", Password: rand.Text(), box: box, opts: opts, program: program}
	// Where a port can't be held another process may take it a moment later: then try another.
	for range 5 {
		s.port = sandbox.HoldPort(t, "127.0.0.1")
		if err = s.start(t.Context()); err == nil {
			return s
		}
		if !strings.Contains(err.Error(), portTaken) {
			break
		}
	}
	t.Fatal(err)
	return nil
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	s.process.Kill()
}

// Restart starts the server again after Kill, on the same port and with the
// same data, and waits until it serves.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.process.Kill()
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Client returns a client of minio-go that acts as the root user.
func (s *Server) Client(t testing.TB) *minio.Client {
	t.Helper()
	c, err := minio.New(s.host(), &minio.Options{Creds: credentials.NewStaticV4(s.User, s.Password, "")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *Server) host() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// start starts the process and sets URL and RoleARN once it serves.
func (s *Server) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	certs := filepath.Join(s.box.Dir(), "certs")
	if err := os.MkdirAll(filepath.Join(certs, "CAs"), 0o700); err != nil {
		return err
	}
	if len(s.opts.CA) > 0 {
		if err := os.WriteFile(filepath.Join(certs, "CAs", "issuer.crt"), s.opts.CA, 0o600); err != nil {
			return err
		}
	}
	if s.opts.TLS && s.Roots == nil {
		var err error
		if s.Roots, err = writeCertificate(certs); err != nil {
			return err
		}
	}
	cmd := exec.Command(s.program, "server", "--address", s.host(),
		"--certs-dir", certs, filepath.Join(s.box.Dir(), "data"))
	cmd.Dir = s.box.Dir()
	cmd.Env = []string{
		"HOME=" + s.box.Dir(),
		"MINIO_ROOT_USER=" + s.User,
		"MINIO_ROOT_PASSWORD=" + s.Password,
		"MINIO_BROWSER=off",
		"MINIO_UPDATE=off",
	}
	if s.opts.Issuer != "" {
		cmd.Env = append(cmd.Env,
			"MINIO_IDENTITY_OPENID_CONFIG_URL_K8S="+s.opts.Issuer+"/.well-known/openid-configuration",
			"MINIO_IDENTITY_OPENID_CLIENT_ID_K8S="+Audience,
			"MINIO_IDENTITY_OPENID_ROLE_POLICY_K8S=readwrite",
		)
	}
	var err error
	if s.process, err = s.box.Start("minio", cmd); err != nil {
		return err
	}
	s.URL = "http://" + s.host()
	if s.opts.TLS {
		s.URL = "https://" + s.host()
	}
	if err := s.process.WaitReady(ctx, s.ready); err != nil {
		return err
	}
	if s.opts.Issuer == "" {
		return nil
	}
	role, err := s.process.WaitLog(ctx, roleLine)
	if err != nil {
		return err
	}
	s.RoleARN = role[1]
	return nil
}

// roleLine is how MinIO prints the role that it made for an issuer.
var roleLine = regexp.MustCompile(`(arn:minio:iam:[^\s,\]]*)`)

// ready asks MinIO whether it serves requests.
func (s *Server) ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/minio/health/ready", nil)
	if err != nil {
		return err
	}
	client := http.DefaultClient
	if s.opts.TLS {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Roots}}
		defer transport.CloseIdleConnections()
		client = &http.Client{Transport: transport}
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s", res.Status)
	}
	return nil
}
