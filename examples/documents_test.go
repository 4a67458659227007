package examples_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// prelude is in front of what a document shows without its imports.
const prelude = `package shown

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"` + module + `/irsa"
	"` + module + `/s3read"
)

var (
	_ context.Context
	_ aws.Config
	_ config.LoadOptions
	_ s3.Options
	_ irsa.Options
	_ s3read.Object
	_ = fmt.Sprint
	_ = log.Print
)

`

func TestTheGoInTheDocumentsCompiles(t *testing.T) {
	write, build := userModule(t)
	blocks := append(godoc(t, "doc.go"), godoc(t, "irsa/doc.go")...)
	for _, document := range documents(t) {
		for _, b := range blocksOf(t, document) {
			if b.language == "go" {
				blocks = append(blocks, b)
			}
		}
	}
	compiled := map[string]int{}
	for i, b := range blocks {
		source := b.text
		_, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+b.text, parser.SkipObjectResolution)
		switch {
		case strings.HasPrefix(b.text, "package "):
		case err == nil: // declarations
			source = prelude + b.text
		case statements(b.text):
			source = prelude + "func _(ctx context.Context) error {\n" + b.text + "\n"
			for _, name := range declared(t, b.text) {
				source += "_ = " + name + "\n"
			}
			source += "return nil\n}\n"
		default: // a diagram in a package's documentation
			require.Empty(t, b.language, "%s: this is no Go:\n%s", b.document, b.text)
			continue
		}
		compiled[b.document]++
		write(fmt.Sprintf("block%d/shown.go", i), []byte(source))
	}
	assert.Equal(t, map[string]int{"README.md": 2, "doc.go": 1, "irsa/doc.go": 1}, compiled)
	build()
}

// Whatever a document shows is run or compiled by a test of this package: a block in another language
// fails here.
func TestNoBlockIsLeftOut(t *testing.T) {
	for _, document := range documents(t) {
		for _, b := range blocksOf(t, document) {
			switch b.language {
			case "go":
			case "sh":
				assert.Contains(t, run, b.document, "TestTheCommandsOfTheREADMEsRun doesn't run it")
			case "":
				for line := range strings.Lines(b.text) {
					command := strings.Fields(line)[0]
					if command != "go" {
						checkScript(t, b.document, command)
					}
				}
			default:
				assert.Fail(t, "nothing tests a block of "+b.language, b.document)
			}
		}
	}
}

// checkScript checks that a script that a document names is there, and has no error of syntax.
func checkScript(t *testing.T, document, script string) {
	t.Helper()
	file := filepath.Join(root, script)
	assert.FileExists(t, file, document)
	if bash, err := exec.LookPath("bash"); err == nil {
		output, err := exec.CommandContext(t.Context(), bash, "-n", file).CombinedOutput()
		assert.NoError(t, err, string(output))
	}
}

var (
	selectable = regexp.MustCompile("^(Test|Benchmark|Fuzz|Example)")
	inline     = regexp.MustCompile("`(go test [^`]*)`")
	selected   = regexp.MustCompile(`-(?:run|bench) (?:'([^']*)'|(\S+))`)
	packages   = regexp.MustCompile(`(?:^|\s)(\.(?:/[\w./]*)?)(?:\s|$)`)
)

// Each "go test" of a document selects tests and benchmarks that exist: a name that nothing matches
// would pass.
func TestTheTestsThatDocumentsNameExist(t *testing.T) {
	checked := 0
	for _, document := range documents(t) {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(document)))
		require.NoError(t, err)
		var commands []string
		for _, m := range inline.FindAllStringSubmatch(strings.ReplaceAll(string(content), "\r\n", "\n"), -1) {
			commands = append(commands, m[1])
		}
		for _, b := range blocksOf(t, document) {
			for line := range strings.Lines(b.text) {
				if command, _, _ := strings.Cut(line, " #"); strings.HasPrefix(command, "go test ") {
					commands = append(commands, strings.TrimSpace(command))
				}
			}
		}
		folder := root // where the reader is: that of a module's own document, else the repository's
		if module := filepath.Join(root, filepath.Dir(document)); filepath.Dir(document) != "examples" {
			if _, err := os.Stat(filepath.Join(module, "go.mod")); err == nil {
				folder = module
			}
		}
		for _, command := range commands {
			checked++
			folders := packages.FindStringSubmatch(command)
			require.NotNil(t, folders, "%s: which packages? %s", document, command)
			names := testsBelow(t, folder, folders[1])
			require.NotEmpty(t, names, "%s: %s", document, command)
			for _, m := range selected.FindAllStringSubmatch(command, -1) {
				for alternative := range strings.SplitSeq(m[1]+m[2], "|") {
					pattern, _, _ := strings.Cut(alternative, "/")
					if pattern != "^$" {
						assert.Regexp(t, "(?m)"+pattern, strings.Join(names, "\n"), "%s: %s", document, command)
					}
				}
			}
		}
	}
	assert.Greater(t, checked, 15)
}

// testsBelow returns the names of the tests and benchmarks of a package, or of all below it.
func testsBelow(t *testing.T, folder, pattern string) (names []string) {
	t.Helper()
	base, all := strings.CutSuffix(pattern, "...")
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, base), func(path string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && !all && path != filepath.Join(folder, base):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && selectable.MatchString(f.Name.Name) {
				names = append(names, f.Name.Name)
			}
		}
		return nil
	}))
	return names
}

var (
	defined  = regexp.MustCompile(`(?:flag|flags)\.\w+\((?:&[\w.]+, )?"([\w-]+)"`)
	mentions = regexp.MustCompile(`(?:^|[\s\[|])-([a-z][a-z-]*)`)
)

// The synopsis of a program has flags that it has.
func TestTheDocumentationOfAnExampleKnowsItsFlags(t *testing.T) {
	for _, example := range append([]string{"setup", "service"}, copied...) {
		flags := []string{"embedded"}
		files, err := filepath.Glob(filepath.Join(example, "*.go"))
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range defined.FindAllStringSubmatch(string(source), -1) {
				flags = append(flags, m[1])
			}
		}
		lines := 0
		for _, b := range godoc(t, filepath.Join("examples", example, "main.go")) {
			for line := range strings.Lines(b.text) {
				if command, arguments, _ := strings.Cut(strings.TrimSpace(line), " "); command == example {
					lines++
					for _, m := range mentions.FindAllStringSubmatch(arguments, -1) {
						assert.Contains(t, flags, m[1], "%s: %s", example, line)
					}
				}
			}
		}
		assert.Positive(t, lines, example)
	}
}
