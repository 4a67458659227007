package checks

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/inspector"
)

// A sharedLoader is the irsa.Loader of a package, for the fixes of its loads: one that is there and
// has no Options, or one that is declared behind the imports of the first file that needs it.
type sharedLoader struct {
	name    string
	declare []analysis.TextEdit
}

// fix loads with the package's Loader, where a call of irsa.LoadConfig stands.
func (s *sharedLoader) fix(pass *analysis.Pass, c inspector.Cursor) []analysis.SuggestedFix {
	call := c.Node().(*ast.CallExpr)
	called, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !calls(pass, call, irsaPath, "LoadConfig") {
		return nil
	}
	if s.name == "" && !s.find(pass, called.X) {
		return nil
	}
	if object := meaning(pass, s.name, call.Pos()); object != nil && object.Parent() != pass.Pkg.Scope() {
		return nil // another variable has its name there
	}
	return []analysis.SuggestedFix{{
		Message: "Load with one irsa.Loader",
		TextEdits: append(s.declare[:len(s.declare):len(s.declare)], analysis.TextEdit{
			Pos: called.X.Pos(), End: called.X.End(), NewText: []byte(s.name),
		}),
	}}
}

// find finds the package's Loader, or names one. irsa is the package's name where it is needed
// first.
func (s *sharedLoader) find(pass *analysis.Pass, irsa ast.Expr) bool {
	scope := pass.Pkg.Scope()
	for _, name := range scope.Names() {
		v, ok := scope.Lookup(name).(*types.Var)
		if ok && isType(types.Unalias(v.Type()), irsaPath, "Loader") && !v.Exported() && isZero(pass, v) {
			s.name = name
			return true
		}
	}
	at := behindImports(pass, irsa.Pos())
	for _, name := range []string{"loader", "irsaLoader"} {
		if scope.Lookup(name) == nil && at.IsValid() {
			s.name = name
			s.declare = []analysis.TextEdit{insertion(at, "\n\n// "+name+"'s configs share their credentials.\nvar "+
				name+" "+source(pass, irsa)+".Loader")}
			return true
		}
	}
	return false
}

// isZero reports whether a Loader stays as it is declared, without a value: it is only loaded with.
// Another one may be of another role.
func isZero(pass *analysis.Pass, loader *types.Var) bool {
	all, loads := 0, 0
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for _, name := range n.Names {
					if pass.TypesInfo.Defs[name] == loader && len(n.Values) > 0 {
						all++
					}
				}
			case *ast.SelectorExpr:
				if id, ok := n.X.(*ast.Ident); ok && pass.TypesInfo.Uses[id] == loader && n.Sel.Name == "LoadConfig" {
					loads++
				}
			case *ast.Ident:
				if pass.TypesInfo.Uses[n] == loader {
					all++
				}
			}
			return true
		})
	}
	return all == loads
}

// behindImports is where the imports of the file end that a position is in.
func behindImports(pass *analysis.Pass, in token.Pos) (end token.Pos) {
	for _, file := range pass.Files {
		if file.FileStart > in || in > file.FileEnd {
			continue
		}
		for _, d := range file.Decls {
			if imports, ok := d.(*ast.GenDecl); ok && imports.Tok == token.IMPORT {
				end = imports.End()
			}
		}
	}
	return end
}
