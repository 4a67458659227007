package irsatest

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/seed-15cba5db/irsa-go/internal/partition"
)

// PodOptions say which pod to make.
type PodOptions struct {
	Issuer  *Issuer // signs the pod's tokens; required
	RoleARN string  // of the service account's annotation; required, but with PodIdentity
	Claims  Claims  // of the pod's tokens
	Region  string  // default: the one of the issuer if EKS made it, else us-east-1

	// STS, if set, is the URL that clients find STS at, by AWS_ENDPOINT_URL_STS.
	STS string

	// PodIdentity says that the service account has an EKS Pod Identity association. The webhook
	// then injects that alone, whatever the annotation says: where the agent is, and a token for
	// it.
	PodIdentity bool
	// Agent is the URL that the agent's credentials are at. Default: the one on every node of EKS,
	// http://169.254.170.23/v1/credentials.
	Agent string
}

// A Pod is what a container in a pod sees of its AWS identity: a token file, laid out and swapped
// as the kubelet does it, and environment variables, as the EKS webhook injects them
// (github.com/aws/amazon-eks-pod-identity-webhook). Make one with [NewPod] or [WritePod]. Its
// methods are safe for concurrent use.
type Pod struct {
	options  PodOptions
	dir      string
	mu       sync.Mutex // guards the files, and what names them
	current  string     // folder of the token, "" before there is one
	previous string     // folder of the token before
}

// The names of the token's file. The webhook mounts the first into
// /var/run/secrets/eks.amazonaws.com/serviceaccount, the second, which is for the agent, into
// /var/run/secrets/pods.eks.amazonaws.com/serviceaccount.
const (
	stsToken   = "token"
	agentToken = "eks-pod-identity-token"
)

// podIdentityAudience is what the agent's tokens are for.
const podIdentityAudience = "pods.eks.amazonaws.com"

// WritePod writes a pod's token file below dir, which must exist.
//
// The file is a symbolic link to ..data/token, and ..data one to a folder named for the time, which
// Rotate swaps: so the kubelet updates projected volumes, and a reader who opens the file by its
// path has one token or the other, never a part. On Windows, where making links needs a privilege,
// the file is a plain one, and Rotate replaces it by renaming another over it, which fails while it
// is open.
func WritePod(dir string, options PodOptions) (*Pod, error) {
	if options.Issuer == nil || options.RoleARN == "" && !options.PodIdentity {
		return nil, errors.New("write pod: the issuer and the role's arn are required")
	}
	if options.PodIdentity && options.Claims.Audience == nil {
		options.Claims.Audience = []string{podIdentityAudience}
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
	p, err := WritePod(podDir(t), options)
	if err != nil {
		t.Fatalf("irsatest: %v", err)
	}
	p.enter(t)
	return p
}

// TokenFile is the path of the token file.
func (p *Pod) TokenFile() string { return filepath.Join(p.dir, p.tokenName()) }

func (p *Pod) tokenName() string {
	if p.options.PodIdentity {
		return agentToken
	}
	return stsToken
}

// Env is the pod's environment, as "name=value": the variables that the EKS webhook injects, and
// AWS_ENDPOINT_URL_STS where PodOptions.STS is set.
func (p *Pod) Env() []string {
	env := []string{"AWS_ROLE_ARN=" + p.options.RoleARN, "AWS_WEB_IDENTITY_TOKEN_FILE=" + p.TokenFile()}
	if p.options.PodIdentity {
		env = []string{
			"AWS_CONTAINER_CREDENTIALS_FULL_URI=" + cmp.Or(p.options.Agent, agentURL),
			"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=" + p.TokenFile(),
		}
	}
	env = append(env,
		"AWS_REGION="+p.options.Region,
		"AWS_DEFAULT_REGION="+p.options.Region,
		"AWS_STS_REGIONAL_ENDPOINTS=regional",
	)
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
	folder, err := p.newFolder()
	if err != nil {
		return err
	}
	file := filepath.Join(p.dir, folder, p.tokenName())
	if err := os.WriteFile(file, []byte(token), 0o644); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return errors.Join(os.Rename(file, p.TokenFile()), os.RemoveAll(filepath.Dir(file)))
	}
	return p.link(folder)
}

// newFolder makes a folder with a name that no other has: a bubble's clock, which names it, can
// stand still.
func (p *Pod) newFolder() (name string, err error) {
	now := time.Now().UTC().Format("..2006_01_02_15_04_05.")
	for {
		name = now + strconv.FormatUint(uint64(rand.Uint32()), 10)
		if err = os.Mkdir(filepath.Join(p.dir, name), 0o755); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// link makes ..data lead to another folder.
func (p *Pod) link(folder string) error {
	if err := p.point(folder); err != nil {
		return err
	}
	err := os.Symlink(filepath.Join("..data", p.tokenName()), p.TokenFile())
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// A reader that has resolved ..data may not have opened the file in the old folder yet. The
	// kubelet removes that at once, and such a reader fails; here it stays until the next swap, so
	// that no test fails for it once in a thousand runs.
	stale := p.previous
	if p.previous, p.current = p.current, folder; stale == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(p.dir, stale))
}

// point makes ..data, or replaces it in one step by a rename.
func (p *Pod) point(folder string) error {
	data, next := filepath.Join(p.dir, "..data"), filepath.Join(p.dir, "..data_tmp")
	if p.current == "" {
		if err := os.Symlink(folder, data); !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := os.Symlink(folder, next); err != nil {
		return err
	}
	return os.Rename(next, data)
}
