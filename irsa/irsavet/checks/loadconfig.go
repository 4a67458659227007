package checks

import (
	"go/ast"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// LoadConfig reports config.LoadDefaultConfig, for irsa.LoadConfig.
var LoadConfig = &analysis.Analyzer{
	Name: "loadconfig",
	Doc: `report config.LoadDefaultConfig, for irsa.LoadConfig

The SDK's chain ends with the node's instance metadata: a pod whose service account has lost its
annotation goes on with the node's role, without a word. irsa.LoadConfig has the same type, gives a
pod its own role, and fails where there is none. The fix changes the name and the import.

Tests are left alone, and so are loads whose options name the identity. Switch the check off with
-loadconfig=false for programs that don't run in pods.`,
	URL:      homepage,
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runLoadConfig,
}

func runLoadConfig(pass *analysis.Pass) (any, error) {
	if pass.Pkg.Path() == irsaPath {
		return nil, nil // it is what LoadConfig itself calls
	}
	o := newOrigins(pass)
	for c := range root(pass).Preorder((*ast.Ident)(nil)) {
		id := c.Node().(*ast.Ident)
		if !declares(pass.TypesInfo.Uses[id], configPath, "LoadDefaultConfig") || inTest(pass, id) {
			continue
		}
		named := c // the name with its package, unless that is imported with a dot
		if c.ParentEdgeKind() == edge.SelectorExpr_Sel {
			named = c.Parent()
		}
		if call, ok := named.Parent().Node().(*ast.CallExpr); ok && call.Fun == named.Node() {
			// Options that may name the identity are honoured by irsa.LoadConfig as well: only
			// those that do for sure make the load right as it is.
			if names, _ := o.identity(call); names {
				continue
			}
		}
		pass.Report(analysis.Diagnostic{
			Pos: named.Node().Pos(), End: named.Node().End(),
			Message: "config.LoadDefaultConfig takes the node's role where the pod has none of its own; " +
				"irsa.LoadConfig has the same type and never does",
			SuggestedFixes: loadConfigFix(pass, named),
		})
	}
	return nil, nil
}

func loadConfigFix(pass *analysis.Pass, named inspector.Cursor) []analysis.SuggestedFix {
	if _, ok := named.Node().(*ast.SelectorExpr); !ok {
		return nil
	}
	name, edits, ok := importIRSA(pass, named)
	if !ok {
		return nil
	}
	return []analysis.SuggestedFix{{
		Message: "Use irsa.LoadConfig",
		TextEdits: append(edits, analysis.TextEdit{
			Pos: named.Node().Pos(), End: named.Node().End(), NewText: []byte(name + ".LoadConfig"),
		}),
	}}
}
