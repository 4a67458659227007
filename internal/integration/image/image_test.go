package image_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-15cba5db/irsa-go/internal/integration/image"
	"github.com/seed-15cba5db/irsa-go/internal/integration/manifest"
)

func TestTheImageHoldsTheBinaryAndTheCertificatesAndRunsAsNobody(t *testing.T) {
	d, err := image.Read()
	require.NoError(t, err)
	require.Len(t, d.Stages, 2)
	final := d.Stages[1]
	assert.Equal(t, "scratch", final.BaseName)

	var copied []string
	var user string
	var entrypoint []string
	for _, command := range final.Commands {
		switch c := command.(type) {
		case *instructions.CopyCommand:
			copied = append(copied, c.DestPath)
		case *instructions.UserCommand:
			user = c.User
		case *instructions.EntrypointCommand:
			entrypoint = c.CmdLine
		default:
			assert.Fail(t, "unexpected instruction", "%s", command.Name())
		}
	}
	assert.Equal(t, []string{"/etc/ssl/certs/ca-certificates.crt", "/example"}, copied)
	assert.Equal(t, "65532:65532", user)
	assert.Equal(t, []string{"/example"}, entrypoint)
}

// A default would replace the value that BuildKit has for the image's platform: an image for arm64
// would get a binary for the default.
func TestTheBinaryIsForTheImagesPlatform(t *testing.T) {
	d, err := image.Read()
	require.NoError(t, err)
	declared := map[string]bool{}
	for _, command := range d.Stages[0].Commands {
		arg, ok := command.(*instructions.ArgCommand)
		if !ok {
			continue
		}
		for _, a := range arg.Args {
			if a.Key == "TARGETOS" || a.Key == "TARGETARCH" {
				declared[a.Key] = true
				assert.Nil(t, a.Value, a.Key)
			}
		}
	}
	assert.Equal(t, map[string]bool{"TARGETOS": true, "TARGETARCH": true}, declared)
}

func TestTheBuildIsReproducible(t *testing.T) {
	d, err := image.Read()
	require.NoError(t, err)
	var binaries [2][]byte
	for i := range binaries {
		// In another folder each time, as on another machine: the paths must not show.
		file, err := d.Build(t.Context(), copySource(t), "setup", t.TempDir())
		require.NoError(t, err)
		binaries[i], err = os.ReadFile(file)
		require.NoError(t, err)
	}
	require.NotEmpty(t, binaries[0])
	assert.True(t, string(binaries[0]) == string(binaries[1]), "the two builds differ")
	assert.NotContains(t, string(binaries[0]), manifest.Root)
}

func TestTheBinaryIsStatic(t *testing.T) {
	d, err := image.Read()
	require.NoError(t, err)
	file, err := d.Build(t.Context(), manifest.Root, "setup", t.TempDir())
	require.NoError(t, err)
	binary, err := elf.Open(file)
	require.NoError(t, err)
	defer func() { require.NoError(t, binary.Close()) }()
	libraries, err := binary.ImportedLibraries()
	require.NoError(t, err)
	assert.Empty(t, libraries)
	for _, p := range binary.Progs {
		assert.NotEqual(t, elf.PT_INTERP, p.Type, "it asks for a dynamic loader")
	}
}

// copySource copies the files of the root module that git tracks, or would track.
func copySource(t *testing.T) string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard", "-z",
		"--", ".", ":!internal/integration", ":!internal/bench")
	list.Dir = manifest.Root
	out, err := list.Output()
	require.NoError(t, err)
	dir := t.TempDir()
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(manifest.Root, name))
		if os.IsNotExist(err) {
			continue // removed, not yet committed
		}
		require.NoError(t, err)
		file := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, data, 0o644))
	}
	return dir
}
