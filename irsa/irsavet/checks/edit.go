package checks

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

func insertion(at token.Pos, text string) analysis.TextEdit {
	return analysis.TextEdit{Pos: at, End: at, NewText: []byte(text)}
}

// source is an expression as gofmt has it.
func source(pass *analysis.Pass, e ast.Expr) string {
	var b bytes.Buffer
	if format.Node(&b, pass.Fset, e) != nil {
		return ""
	}
	return b.String()
}

// takesInterface reports whether the expression at the cursor is passed, assigned or returned as a
// value of an interface type, so that another implementation can take its place.
func takesInterface(pass *analysis.Pass, c inspector.Cursor) bool {
	var to types.Type
	kind, index := c.ParentEdge()
	switch parent := c.Parent().Node().(type) {
	case *ast.CallExpr:
		function := pass.TypesInfo.Types[parent.Fun]
		signature, ok := function.Type.Underlying().(*types.Signature)
		if kind != edge.CallExpr_Args || !ok || function.IsType() || parent.Ellipsis.IsValid() {
			return false
		}
		params := signature.Params()
		if last := params.Len() - 1; signature.Variadic() && index >= last {
			to = params.At(last).Type().(*types.Slice).Elem()
		} else {
			to = params.At(index).Type()
		}
	case *ast.AssignStmt:
		if kind != edge.AssignStmt_Rhs || parent.Tok != token.ASSIGN || len(parent.Lhs) != len(parent.Rhs) {
			return false
		}
		to = pass.TypesInfo.TypeOf(parent.Lhs[index])
	case *ast.ValueSpec:
		if parent.Type == nil {
			return false
		}
		to = pass.TypesInfo.TypeOf(parent.Type)
	case *ast.KeyValueExpr:
		if key, ok := parent.Key.(*ast.Ident); ok && kind == edge.KeyValueExpr_Value {
			if field, ok := pass.TypesInfo.Uses[key].(*types.Var); ok && field.IsField() {
				to = field.Type()
			}
		}
	case *ast.ReturnStmt:
		results := enclosingSignature(pass, c).Results()
		if results.Len() != len(parent.Results) {
			return false
		}
		to = results.At(index).Type()
	}
	return to != nil && types.IsInterface(to)
}

// enclosingSignature is that of the innermost function around the cursor; nil outside of one.
func enclosingSignature(pass *analysis.Pass, c inspector.Cursor) *types.Signature {
	for f := range c.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		switch f := f.Node().(type) {
		case *ast.FuncLit:
			signature, _ := pass.TypesInfo.TypeOf(f).(*types.Signature)
			return signature
		case *ast.FuncDecl:
			return pass.TypesInfo.Defs[f.Name].(*types.Func).Signature()
		}
	}
	return nil
}

// meaning is what a name means at a place; nil where it means nothing.
func meaning(pass *analysis.Pass, name string, at token.Pos) types.Object {
	scope := pass.Pkg.Scope().Innermost(at)
	if scope == nil {
		return nil
	}
	_, o := scope.LookupParent(name, at)
	return o
}

// visible reports whether an expression made of names means the same at another place.
func visible(pass *analysis.Pass, e ast.Expr, at token.Pos) bool {
	same := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			same = same && visible(pass, n.X, at)
			return false
		case *ast.Ident:
			o := meaning(pass, n.Name, at)
			same = same && o != nil && o == pass.TypesInfo.ObjectOf(n)
		case *ast.CallExpr, *ast.FuncLit, *ast.CompositeLit:
			same = false // made twice, it could be another
		}
		return same
	})
	return same
}

// names reports whether an expression has one of these names, which would mean something else where
// a fix declares it.
func names(e ast.Expr, taken ...string) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && slices.Contains(taken, id.Name)
		return !found
	})
	return found
}
