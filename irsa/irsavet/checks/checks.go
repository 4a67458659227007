// Package checks holds the analyzers of irsavet, for programs that run several analyzers of their
// own.
//
// They report what they can be sure of. A value is followed through variables that are assigned
// once; where it comes from a parameter, a field or several places, its credentials are unknown,
// and nothing is said.
package checks

import (
	"go/ast"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// All returns the analyzers of this package.
func All() []*analysis.Analyzer {
	return []*analysis.Analyzer{LoadConfig, PerRequest, StaticKeys, ProviderCache, PresignLife, DroppedError}
}

const homepage = "https://pkg.go.dev/github.com/seed-15cba5db/irsa-go/irsa/irsavet/checks"

func root(pass *analysis.Pass) inspector.Cursor {
	return pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root()
}

// inTest reports whether a node is in a test: tests do not run in pods, and load as often as they
// have cases.
func inTest(pass *analysis.Pass, node ast.Node) bool {
	return strings.HasSuffix(pass.Fset.File(node.Pos()).Name(), "_test.go")
}
