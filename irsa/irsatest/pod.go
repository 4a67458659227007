package irsatest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// PodOptions say which pod to make.
type PodOptions struct {
	Issuer  *Issuer // signs the pod's tokens; required
	RoleARN string  // of the service account's annotation; required
	Claims  Claims  // of the pod's tokens
	Region  string  // default: the one of the issuer if EKS made it, else us-east-1

	// STS, if set, is the URL that clients find STS at, by AWS_ENDPOINT_URL_STS.
	STS string
}

// A Pod is what a container in a pod sees of its AWS identity: a token file, laid out and swapped
// as the kubelet does it, and environment variables, as the EKS webhook injects them
// (github.com/aws/amazon-eks-pod-identity-webhook). Make one with [NewPod] or [WritePod]. Its
// methods are safe for concurrent use.
type Pod struct {
	options  PodOptions
	dir      string
	mu       sync.Mutex // guards the files, and previous
	previous string     // folder of the token before
}

// tokenName is the file's name; the webhook mounts it into
// /var/run/secrets/eks.amazonaws.com/serviceaccount.
const tokenName = "token"

// WritePod writes a pod's token file below dir, which must exist.
//
// The file is a symbolic link to ..data/token, and ..data one to a folder named for the time, which
// Rotate swaps: so the kubelet updates projected volumes, and a reader who opens the file by its
// path has one token or the other, never a part. On Windows, where making links needs a privilege,
// the file is a plain one, and Rotate replaces it by renaming another over it, which fails while it
// is open.
func WritePod(dir string, options PodOptions) (*Pod, error) {
	if options.Issuer == nil || options.RoleARN == "" {
		return nil, errors.New("write pod: the issuer and the role's arn are required")
	}
	if options.Region == "" {
		options.Region = "us-east-1"
		if eks, ok := partition.ParseIssuer(options.Issuer.URL()); ok {
			options.Region = eks.Region
		}
	}
	p := &Pod{options: options, dir: dir}
	if err := p.Rotate(); err != nil {
		return nil, err
	}
	return p, nil
}

// NewPod writes a pod into a temporary folder and lets the test run in it: the pod's variables are
// set for the test, every other variable that begins with AWS_ and those of Kubernetes' service are
// unset, and the shared configuration files are looked for in an empty home folder. It can't be
// used in parallel tests. See testing.T.Setenv.
func NewPod(t testing.TB, options PodOptions) *Pod {
	t.Helper()
	p, err := WritePod(t.TempDir(), options)
	if err != nil {
		t.Fatalf("irsatest: %v", err)
	}
	home := t.TempDir()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "KUBERNETES_") {
			t.Setenv(name, "") // restores it when the test ends; there is no testing.T.Unsetenv
			if err := os.Unsetenv(name); err != nil {
				t.Fatalf("irsatest: %v", err)
			}
		}
	}
	for _, entry := range append(p.Env(),
		"HOME="+home, "USERPROFILE="+home,
		"AWS_CONFIG_FILE="+filepath.Join(home, ".aws", "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(home, ".aws", "credentials"),
	) {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
	return p
}

// TokenFile is the path of the token file.
func (p *Pod) TokenFile() string { return filepath.Join(p.dir, tokenName) }

// Env is the pod's environment, as "name=value": the variables that the EKS webhook injects, and
// AWS_ENDPOINT_URL_STS where PodOptions.STS is set.
func (p *Pod) Env() []string {
	env := []string{
		"AWS_ROLE_ARN=" + p.options.RoleARN,
		"AWS_WEB_IDENTITY_TOKEN_FILE=" + p.TokenFile(),
		"AWS_REGION=" + p.options.Region,
		"AWS_DEFAULT_REGION=" + p.options.Region,
		"AWS_STS_REGIONAL_ENDPOINTS=regional",
	}
	if p.options.STS != "" {
		env = append(env, "AWS_ENDPOINT_URL_STS="+p.options.STS)
	}
	return env
}

// Rotate swaps in a new token with the same claims, issued now unless they say when. The kubelet
// does it when 80 % of a token's life or 24 hours have passed, less up to 10 s of jitter
// (k8s.io/kubernetes/pkg/kubelet/token/token_manager.go).
func (p *Pod) Rotate() error {
	return p.Write(p.options.Issuer.Token(p.options.Claims))
}

// Write swaps in a token file of this content, a token or not.
func (p *Pod) Write(token string) error {
	if err := p.swap(token); err != nil {
		return fmt.Errorf("write token %s: %w", p.TokenFile(), err)
	}
	return nil
}

// swap follows the kubelet's AtomicWriter (k8s.io/kubernetes/pkg/volume/util/atomic_writer.go): a
// new folder named for the time, whose files are all written before ..data points to it.
func (p *Pod) swap(token string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	folder, err := os.MkdirTemp(p.dir, time.Now().UTC().Format("..2006_01_02_15_04_05."))
	if err != nil {
		return err
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return err
	}
	file := filepath.Join(folder, tokenName)
	if err := os.WriteFile(file, []byte(token), 0o644); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return errors.Join(os.Rename(file, p.TokenFile()), os.RemoveAll(folder))
	}
	return p.link(filepath.Base(folder))
}

// link makes ..data lead to another folder. A rename replaces a link in one step, which making it
// in place would not.
func (p *Pod) link(folder string) error {
	data, next := filepath.Join(p.dir, "..data"), filepath.Join(p.dir, "..data_tmp")
	old, err := os.Readlink(data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(folder, next); err != nil {
		return err
	}
	if err := os.Rename(next, data); err != nil {
		return err
	}
	err = os.Symlink(filepath.Join("..data", tokenName), p.TokenFile())
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// A reader that has resolved ..data may not have opened the file in the old folder yet. The
	// kubelet removes that at once, and such a reader fails; here it stays until the next swap, so
	// that no test fails for it once in a thousand runs.
	stale := p.previous
	if p.previous = old; stale == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(p.dir, stale))
}
