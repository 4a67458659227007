package examples_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run are the documents whose commands run here, as they stand, with what they must have called.
var run = map[string][]string{
	"README.md": {
		"go get " + module,
		"aws eks describe-cluster --name prod --query cluster.identity.oidc.issuer --output text",
		"aws iam put-role-policy --region eu-west-1 --role-name payments-reader --policy-name s3-read-invoices " +
			"--policy-document file://read-policy.json",
		"kubectl apply -f serviceaccount.yaml", "kubectl apply -f job.yaml",
		"kubectl -n payments wait --for=condition=complete job/list-bucket --timeout=180s",
		"kubectl -n payments logs -l job-name=list-bucket --tail=-1 --prefix",
		"kubectl -n payments set serviceaccount deployment/api api",
	},
	"examples/README.md": {
		"docker build -f examples/Dockerfile --build-arg EXAMPLE=inventory -t registry.example.com/team/inventory:v1 .",
		"docker push registry.example.com/team/inventory:v1",
		"kubectl apply -k examples/kubernetes", "kubectl -n payments logs job/listbuckets",
		"kind load docker-image registry.example.com/aws:v1", "kubectl apply -k examples/kubernetes/aws",
	},
}

// tool stands for the programs that need an account, a cluster or an engine for containers. It says
// how it was called, and refuses files that don't exist.
const tool = `#!/bin/sh
set -eu
echo "${0##*/} $*" >>"$CALLS"
case "$*" in
'eks describe-cluster'*) echo https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE ;;
*get-role*) echo 1 ;;
esac
while [ $# -gt 1 ]; do
  case $1 in
  -k) test -f "$2/kustomization.yaml" ;;
  -f) test -f "$2" ;;
  EXAMPLE=*) test -f "examples/${1#*=}/main.go" ;;
  esac
  shift
done
`

// golang is go, but for what would run these tests again, or needs the module as it was published.
const golang = `#!/bin/sh
set -eu
case $1 in
get) echo "go $*" >>"$CALLS" ;;
test) exec "$GO" list "$2" ;;
*) exec "$GO" "$@" ;;
esac
`

// The commands run in a copy of the repository by a user who has nothing but Go: an empty home, and no
// variables.
func TestTheCommandsOfTheREADMEsRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	bin := t.TempDir()
	for name, content := range map[string]string{
		"go": golang, "aws": tool, "kubectl": tool, "docker": tool, "kind": tool,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte(content), 0o755))
	}
	for document, called := range run {
		t.Run(document, func(t *testing.T) {
			folder, calls := copyOfTheRepository(t), filepath.Join(t.TempDir(), "calls")
			ran := 0
			for _, b := range blocksOf(t, document) {
				if b.language != "sh" {
					continue
				}
				ran++
				cmd := exec.CommandContext(t.Context(), "/bin/sh", "-euc", b.text)
				cmd.Dir = folder
				cmd.Env = append(emptyHome(t), "PATH="+bin+":/usr/bin:/bin", "CALLS="+calls)
				output, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s\n%s", b.text, output)
			}
			assert.Positive(t, ran)
			recorded, err := os.ReadFile(calls)
			require.NoError(t, err)
			rest := string(recorded)
			for _, call := range called {
				_, after, found := strings.Cut("\n"+rest, "\n"+call+"\n")
				require.True(t, found, "%s is not called, or not in this order:\n%s", call, recorded)
				rest = after
			}
		})
	}
}

// emptyHome is the environment of somebody whose home is empty. Go's caches stay: the tests need no
// network.
func emptyHome(t *testing.T) []string {
	t.Helper()
	golang, err := exec.LookPath("go")
	require.NoError(t, err)
	env := []string{"HOME=" + t.TempDir(), "GO=" + golang, "GOPROXY=off", "GOFLAGS=-trimpath", "GOTOOLCHAIN=local"}
	for _, name := range []string{"GOMODCACHE", "GOCACHE"} {
		value, err := exec.CommandContext(t.Context(), golang, "env", name).Output()
		require.NoError(t, err)
		env = append(env, name+"="+strings.TrimSpace(string(value)))
	}
	return env
}

// copyOfTheRepository copies the root module: commands leave files behind.
func copyOfTheRepository(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(path, "go.mod"))
			nested := name != "." && !errors.Is(err, fs.ErrNotExist)
			if nested || d.Name() == ".git" || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(folder, name), 0o755)
		}
		if d.Name() == ".git" { // that of a worktree
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, name), content, 0o600)
	}))
	return folder
}
