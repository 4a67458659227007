package checks

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// StaticKeys reports what Retrieve returned, kept as static credentials.
var StaticKeys = &analysis.Analyzer{
	Name: "statickeys",
	Doc: `report what Retrieve returned, kept as static credentials

Credentials of a Provider are those of a session, which ends in an hour or less; a Provider has the
next ones by then, and a copy has not: every request fails with ExpiredToken from then on, in
production and not in a test. Pass the Provider itself on. The fix does that where it can be seen
from there.

Reported are credentials.NewStaticCredentialsProvider, StaticCredentialsProvider{Value: …} and an
aws.CredentialsProviderFunc that returns credentials from outside of it. What other providers
retrieve is left alone: it may be static. Switch the check off with -statickeys=false.`,
	URL:      homepage,
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runStaticKeys,
}

func runStaticKeys(pass *analysis.Pass) (any, error) {
	o := newOrigins(pass)
	for c := range root(pass).Preorder((*ast.CallExpr)(nil), (*ast.CompositeLit)(nil)) {
		var keys ast.Expr // the credentials, or the first of their fields
		switch n := c.Node().(type) {
		case *ast.CallExpr:
			keys = staticallyKept(pass, n)
		case *ast.CompositeLit:
			if isType(pass.TypesInfo.TypeOf(n), credentialsPath, "StaticCredentialsProvider") {
				keys = element(n, "Value")
			}
		}
		if keys == nil {
			continue
		}
		name, retrieve := o.retrieved(keys)
		if retrieve == nil || !o.ofProvider(receiver(retrieve)) || within(retrieve, c.Node()) {
			continue
		}
		pass.Report(analysis.Diagnostic{
			Pos: c.Node().Pos(), End: c.Node().End(),
			Message: "these credentials end with their session, and nothing refreshes a copy; " +
				"pass on the provider that they came from",
			SuggestedFixes: staticKeysFix(pass, c, name, receiver(retrieve)),
		})
	}
	return nil, nil
}

// staticallyKept returns the keys that a call makes a provider of; nil for other calls.
func staticallyKept(pass *analysis.Pass, call *ast.CallExpr) ast.Expr {
	if calls(pass, call, credentialsPath, "NewStaticCredentialsProvider") && len(call.Args) == 3 {
		return call.Args[0]
	}
	if t := pass.TypesInfo.Types[call.Fun]; !t.IsType() || !isType(t.Type, awsPath, "CredentialsProviderFunc") {
		return nil
	}
	f, ok := ast.Unparen(call.Args[0]).(*ast.FuncLit)
	if !ok || len(f.Body.List) != 1 {
		return nil
	}
	if r, ok := f.Body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 2 {
		return r.Results[0]
	}
	return nil
}

// retrieved returns the call of Retrieve that keys came from, and the variable that had them.
func (o *origins) retrieved(keys ast.Expr) (*types.Var, *ast.CallExpr) {
	switch e := o.resolve(keys).expr.(type) {
	case *ast.SelectorExpr: // of creds.AccessKeyID
		keys = e.X
	case *ast.CompositeLit: // of aws.Credentials{AccessKeyID: creds.AccessKeyID}
		if id := element(e, "AccessKeyID"); id != nil {
			return o.retrieved(id)
		}
	}
	v := o.variable(ast.Unparen(keys))
	call := o.call(keys)
	if v == nil || call == nil || !isRetrieve(call) {
		return nil, nil
	}
	return v, call
}

func isRetrieve(call *ast.CallExpr) bool {
	s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Retrieve"
}

// ofProvider reports whether an expression is a Provider, what its MinLife returned, or the
// Credentials of a config that has one.
func (o *origins) ofProvider(e ast.Expr) bool {
	if e == nil {
		return false
	}
	if o.isProvider(e) || o.isMinLife(e) {
		return true
	}
	s, ok := o.resolve(e).expr.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Credentials" && isType(o.pass.TypesInfo.TypeOf(s.X), awsPath, "Config") &&
		o.hasProvider(s.X)
}

func within(inner, outer ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// staticKeysFix puts the provider in the place of the copy.
func staticKeysFix(
	pass *analysis.Pass, c inspector.Cursor, keys *types.Var, provider ast.Expr,
) []analysis.SuggestedFix {
	if !takesInterface(pass, c) || !visible(pass, provider, c.Node().Pos()) {
		return nil
	}
	edits := []analysis.TextEdit{{Pos: c.Node().Pos(), End: c.Node().End(), NewText: []byte(source(pass, provider))}}
	if !usedOutside(pass, keys, c.Node()) {
		unused, ok := dropVariable(pass, c, keys)
		if !ok {
			return nil
		}
		edits = append(edits, unused...)
	}
	return []analysis.SuggestedFix{{Message: "Pass the provider on", TextEdits: edits}}
}

func usedOutside(pass *analysis.Pass, v *types.Var, node ast.Node) bool {
	for id, used := range pass.TypesInfo.Uses {
		if used == v && !within(id, node) {
			return true
		}
	}
	return false
}

// dropVariable turns the definition of a variable that nobody uses any more into a blank.
func dropVariable(pass *analysis.Pass, c inspector.Cursor, v *types.Var) ([]analysis.TextEdit, bool) {
	definition, ok := c.Inspector().Root().FindByPos(v.Pos(), v.Pos()+token.Pos(len(v.Name())))
	if !ok {
		return nil, false
	}
	assign, ok := definition.Parent().Node().(*ast.AssignStmt)
	if !ok || assign.Tok != token.DEFINE {
		return nil, false
	}
	edits := []analysis.TextEdit{{Pos: v.Pos(), End: v.Pos() + token.Pos(len(v.Name())), NewText: []byte("_")}}
	for _, l := range assign.Lhs {
		if id, ok := l.(*ast.Ident); ok && !isBlank(l) && id.Pos() != v.Pos() && pass.TypesInfo.Defs[id] != nil {
			return edits, true // the statement still defines something
		}
	}
	return append(edits, analysis.TextEdit{Pos: assign.TokPos, End: assign.TokPos + 2, NewText: []byte("=")}), true
}
