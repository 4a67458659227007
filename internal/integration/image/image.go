// Package image does what examples/Dockerfile says, without a container engine: it runs the build
// command, and says what the final stage's root folder holds.
package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
)

// A Dockerfile is the content of examples/Dockerfile.
type Dockerfile struct {
	Stages []instructions.Stage

	build string // the shell command that makes the binary
}

// Read parses examples/Dockerfile with BuildKit's own parser.
func Read() (*Dockerfile, error) {
	file := filepath.Join(manifest.Root, "examples", "Dockerfile")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	if len(parsed.Warnings) > 0 {
		return nil, fmt.Errorf("parse %s: %v", file, parsed.Warnings)
	}
	d := new(Dockerfile)
	if d.Stages, _, err = instructions.Parse(parsed.AST, nil); err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	for _, command := range d.Stages[0].Commands {
		if run, ok := command.(*instructions.RunCommand); ok && strings.Contains(run.CmdLine[0], "go build") {
			d.build = run.CmdLine[0]
		}
	}
	if d.build == "" {
		return nil, fmt.Errorf("parse %s: %w", file, errors.New("the first stage has no go build"))
	}
	return d, nil
}

// Build runs the build command for an example in the source folder src, for this
// machine's architecture, and leaves the binary in the folder out.
func (d *Dockerfile) Build(ctx context.Context, src, example, out string) (file string, err error) {
	const made = "/out/" // where the build stage leaves it
	if !strings.Contains(d.build, made+"example ") {
		return "", fmt.Errorf("the build command makes no %sexample: %s", made, d.build)
	}
	cmd := exec.CommandContext(ctx, "sh", "-ec", strings.ReplaceAll(d.build, made, out+"/"))
	cmd.Dir = src
	cmd.Env = append(os.Environ(), "EXAMPLE="+example, "TARGETOS=linux", "TARGETARCH="+runtime.GOARCH)
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build example %s: %w: %s", example, err, output)
	}
	return filepath.Join(out, "example"), nil
}
