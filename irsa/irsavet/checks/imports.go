package checks

import (
	"go/ast"
	"strconv"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// importIRSA is importPath for package irsa.
func importIRSA(pass *analysis.Pass, at inspector.Cursor) (name string, edits []analysis.TextEdit, ok bool) {
	return importPath(pass, at, irsaPath, "irsa")
}

// importPath returns the name of a package where the cursor is, and the edits that import it there.
// It reports false where the name means something else.
func importPath(
	pass *analysis.Pass, at inspector.Cursor, path, usual string,
) (name string, edits []analysis.TextEdit, ok bool) {
	var file *ast.File
	for c := range at.Enclosing((*ast.File)(nil)) {
		file = c.Node().(*ast.File)
	}
	name = usual
	imported := false
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != path {
			continue
		}
		imported = true
		if spec.Name != nil {
			name = spec.Name.Name
		}
	}
	if name == "." || name == "_" {
		return "", nil, false
	}
	object := meaning(pass, name, at.Node().Pos())
	if imported {
		return name, nil, object != nil && object.Parent() == pass.TypesInfo.Scopes[file]
	}
	if object != nil {
		return "", nil, false
	}
	return name, []analysis.TextEdit{importEdit(file, path)}, true
}

// importEdit adds an import to the file's first declaration of imports, where gofmt sorts it in.
func importEdit(file *ast.File, path string) analysis.TextEdit {
	// There is one: what is reported is of another package.
	imports := file.Decls[0].(*ast.GenDecl)
	if !imports.Rparen.IsValid() {
		return insertion(imports.End(), "\nimport "+strconv.Quote(path))
	}
	return insertion(imports.Rparen, "\t"+strconv.Quote(path)+"\n")
}
