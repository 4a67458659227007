package examples_test

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A block is one of the code blocks of a document.
type block struct {
	document string // its path in the repository
	language string // of a fenced one; empty for an indented one
	text     string
}

// root is the repository.
const root = ".."

// documents are the Markdown files of the repository, those of nested modules included.
func documents(t *testing.T) (files []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (name == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if err == nil && filepath.Ext(name) == ".md" {
			files = append(files, name)
		}
		return err
	}))
	require.Contains(t, files, "README.md")
	require.Contains(t, files, ".github/CONTRIBUTING.md")
	return files
}

// blocksOf returns the code blocks of a document.
func blocksOf(t *testing.T, document string) []block {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(document)))
	require.NoError(t, err)
	return markdown(document, strings.ReplaceAll(string(content), "\r\n", "\n"))
}

// markdown finds fenced blocks, and indented ones, which follow an empty line.
func markdown(document, text string) (blocks []block) {
	var fenced, indented *block
	before := ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fenced != nil && trimmed == "```":
			blocks, fenced = append(blocks, *fenced), nil
		case fenced != nil:
			fenced.text += line
		case strings.HasPrefix(trimmed, "```"):
			fenced = &block{document: document, language: strings.TrimPrefix(trimmed, "```")}
		case strings.HasPrefix(line, "    ") && (indented != nil || before == ""):
			if indented == nil {
				indented = &block{document: document}
			}
			indented.text += strings.TrimPrefix(line, "    ")
		case indented != nil && trimmed != "":
			blocks, indented = append(blocks, *indented), nil
		}
		before = trimmed
	}
	if indented != nil {
		blocks = append(blocks, *indented)
	}
	return blocks
}

func TestBlocksAreFoundInMarkdown(t *testing.T) {
	assert.Equal(t, []block{
		{"d.md", "go", "a := 1\n\n    b\n"}, {"d.md", "", "go test\nmore\n"}, {"d.md", "sh", "ls\n"}, {"d.md", "", "end\n"},
	}, markdown("d.md", "# T\n```go\na := 1\n\n    b\n```\n- item\n    continued\n\n    go test\n    more\n\ntext\n"+
		"   ```sh\nls\n   ```\n\n    end\n"))
}

// godoc returns the code blocks of a package's documentation.
func godoc(t *testing.T, file string) (blocks []block) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.ParseComments)
	require.NoError(t, err)
	require.NotNil(t, parsed.Doc, file)
	for _, b := range new(comment.Parser).Parse(parsed.Doc.Text()).Content {
		if code, ok := b.(*comment.Code); ok {
			blocks = append(blocks, block{document: file, text: code.Text})
		}
	}
	return blocks
}

// statements reports whether text is Go, as the body of a function has it.
func statements(text string) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+text+"\n}", parser.SkipObjectResolution)
	return err == nil
}

// declared returns the names that the statements declare, for the use of each.
func declared(t *testing.T, text string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {\n"+text+"\n}", parser.SkipObjectResolution)
	require.NoError(t, err)
	function, ok := file.Decls[0].(*ast.FuncDecl)
	require.True(t, ok)
	for _, s := range function.Body.List {
		if assigned, ok := s.(*ast.AssignStmt); ok && assigned.Tok == token.DEFINE {
			for _, e := range assigned.Lhs {
				if name, ok := e.(*ast.Ident); ok && name.Name != "_" {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}
