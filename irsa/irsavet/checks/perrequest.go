package checks

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// PerRequest reports configurations that are loaded in an HTTP handler or a loop.
var PerRequest = &analysis.Analyzer{
	Name: "perrequest",
	Doc: `report a configuration loaded for each request, or in each round of a loop

Each load has credentials of its own: its first request waits for an exchange with STS, which
throttles those who ask too often, and nothing of the last request is used again. Load once, before
serving, and keep the config or its clients. For many configs, keep one irsa.Loader: configs of one
Loader share their credentials. The fix for irsa.LoadConfig is such a Loader.

Reported are irsa.LoadConfig, irsa.NewProvider and config.LoadDefaultConfig in a function that takes
an http.ResponseWriter and an *http.Request, and in a loop. Loops that end with the first success
are left alone, and so are tests, loads behind a comparison with nil, and functions that are only
made there, as for sync.Once. Switch the check off with -perrequest=false.`,
	URL:      homepage,
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runPerRequest,
}

func runPerRequest(pass *analysis.Pass) (any, error) {
	var shared sharedLoader
	for c := range root(pass).Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		if inTest(pass, call) {
			continue
		}
		what := typeutil.StaticCallee(pass.TypesInfo, call)
		if !calls(pass, call, irsaPath, "LoadConfig", "NewProvider") &&
			!calls(pass, call, configPath, "LoadDefaultConfig") {
			continue
		}
		if where := repeated(pass, c); where != "" {
			pass.Report(analysis.Diagnostic{
				Pos: call.Pos(), End: call.End(),
				Message: fmt.Sprintf("%s.%s in %s makes new credentials each time, and waits for STS; "+
					"load once and keep the config, or keep one irsa.Loader", what.Pkg().Name(), what.Name(), where),
				SuggestedFixes: shared.fix(pass, c),
			})
		}
	}
	return nil, nil
}

// repeated says what runs a call again and again; empty where nothing is known to.
func repeated(pass *analysis.Pass, call inspector.Cursor) string {
	for c := call; ; c = c.Parent() {
		kind := c.ParentEdgeKind()
		switch parent := c.Parent().Node().(type) {
		case nil, *ast.File:
			return ""
		case *ast.FuncDecl:
			if isHandler(pass.TypesInfo.Defs[parent.Name].Type()) {
				return "an HTTP handler"
			}
			return ""
		case *ast.FuncLit:
			if isHandler(pass.TypesInfo.TypeOf(parent)) {
				return "an HTTP handler"
			}
			if c.Parent().ParentEdgeKind() != edge.CallExpr_Fun {
				return "" // it is made here, and may be called elsewhere, once or never
			}
		case *ast.IfStmt:
			if kind == edge.IfStmt_Body && comparesWithNil(pass, parent.Cond, token.EQL) {
				return "" // what is there is not loaded again
			}
		case *ast.ForStmt:
			// A condition on an error, or on what is missing, lets it go round until a load
			// succeeds.
			until := parent.Cond != nil &&
				(comparesWithNil(pass, parent.Cond, token.NEQ) || comparesWithNil(pass, parent.Cond, token.EQL))
			if kind == edge.ForStmt_Body && !until && !endsAfter(pass, parent.Body, call.Node().End()) {
				return "a loop"
			}
		case *ast.RangeStmt:
			if kind == edge.RangeStmt_Body && !endsAfter(pass, parent.Body, call.Node().End()) {
				return "a loop"
			}
		}
	}
}

// isHandler reports whether a function begins with the parameters of an http.HandlerFunc.
func isHandler(t types.Type) bool {
	f, ok := t.Underlying().(*types.Signature)
	if !ok || f.Params().Len() != 2 {
		return false
	}
	writer := f.Params().At(0).Type()
	request, ok := types.Unalias(f.Params().At(1).Type()).(*types.Pointer)
	return ok && isType(writer, "net/http", "ResponseWriter") && isType(request.Elem(), "net/http", "Request")
}

func comparesWithNil(pass *analysis.Pass, condition ast.Expr, op token.Token) (found bool) {
	ast.Inspect(condition, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && b.Op == op && (isNil(pass, b.X) || isNil(pass, b.Y)) {
			found = true
		}
		return !found
	})
	return found
}

// endsAfter reports whether a loop can be left behind a position, other than for an error: then it
// may go round only until a load succeeds.
func endsAfter(pass *analysis.Pass, body *ast.BlockStmt, after token.Pos) (ends bool) {
	var visit func(n ast.Node, inner bool)
	visit = func(n ast.Node, inner bool) {
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.IfStmt:
				if comparesWithNil(pass, n.Cond, token.NEQ) {
					if n.Else != nil {
						visit(n.Else, inner)
					}
					return false
				}
			case *ast.ForStmt:
				visit(n.Body, true)
				return false
			case *ast.RangeStmt:
				visit(n.Body, true)
				return false
			case *ast.SwitchStmt:
				visit(n.Body, true)
				return false
			case *ast.TypeSwitchStmt:
				visit(n.Body, true)
				return false
			case *ast.SelectStmt:
				visit(n.Body, true)
				return false
			case *ast.ReturnStmt:
				ends = ends || n.Pos() > after
			case *ast.BranchStmt:
				leaves := n.Tok == token.GOTO || n.Tok == token.BREAK && (!inner || n.Label != nil)
				ends = ends || leaves && n.Pos() > after
			}
			return true
		})
	}
	visit(body, false)
	return ends
}
