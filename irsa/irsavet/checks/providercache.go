package checks

import (
	"go/ast"
	"go/token"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// ProviderCache reports a Provider behind a cache of the SDK's.
var ProviderCache = &analysis.Analyzer{
	Name: "providercache",
	Doc: `report a Provider behind a cache of the SDK's

A Provider is its own cache, and renews its credentials while they are used. aws.CredentialsCache
asks it once and serves that answer to its end: the Provider rests meanwhile, and the next caller
waits for STS. config.WithCredentialsProvider makes such a cache, too. Assign the Provider to the
Credentials of the config. The fix does, where the load and its check for an error are plain.

A cache around Provider.MinLife is left alone: it asks again in time. Switch the check off with -providercache=false.`,
	URL:      homepage,
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runProviderCache,
}

func runProviderCache(pass *analysis.Pass) (any, error) {
	o := newOrigins(pass)
	for c := range root(pass).Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		if len(call.Args) == 0 || !o.isProvider(call.Args[0]) {
			continue
		}
		d := analysis.Diagnostic{Pos: call.Pos(), End: call.End()}
		switch {
		case calls(pass, call, configPath, "WithCredentialsProvider"):
			d.Message = "config.WithCredentialsProvider puts a cache around the Provider, which serves its " +
				"credentials to their end; assign it to the Credentials of the loaded config"
			d.SuggestedFixes = optionFix(pass, c)
		case calls(pass, call, awsPath, "NewCredentialsCache"):
			d.Message = "the cache serves the Provider's credentials to their end; a Provider is its own cache"
			// The options of the cache have no place elsewhere.
			if len(call.Args) == 1 && takesInterface(pass, c) {
				d.SuggestedFixes = []analysis.SuggestedFix{{
					Message: "Use the Provider itself",
					TextEdits: []analysis.TextEdit{
						{Pos: call.Pos(), End: call.Args[0].Pos()}, {Pos: call.Args[0].End(), End: call.End()},
					},
				}}
			}
		default:
			continue
		}
		pass.Report(d)
	}
	return nil, nil
}

// optionFix takes the option out of a load and assigns the Provider behind the check for an error:
//
//	cfg, err := config.LoadDefaultConfig(ctx, config.WithCredentialsProvider(p))
//	if err != nil { … return … }
func optionFix(pass *analysis.Pass, c inspector.Cursor) []analysis.SuggestedFix {
	option := c.Node().(*ast.CallExpr)
	load, ok := c.Parent().Node().(*ast.CallExpr)
	kind, index := c.ParentEdge()
	if !ok || kind != edge.CallExpr_Args || index == 0 {
		return nil
	}
	statement := c.Parent().Parent()
	assign, ok := statement.Node().(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 2 || statement.ParentEdgeKind() != edge.BlockStmt_List {
		return nil
	}
	cfg, ok := assign.Lhs[0].(*ast.Ident)
	next, follows := statement.NextSibling()
	if !ok || cfg.Name == "_" || !follows {
		return nil
	}
	check, ok := next.Node().(*ast.IfStmt)
	if !ok || check.Init != nil || check.Else != nil || !returns(check.Body) ||
		!comparesWithNil(pass, check.Cond, token.NEQ) {
		return nil
	}
	return []analysis.SuggestedFix{{
		Message: "Assign the Provider to the config",
		TextEdits: []analysis.TextEdit{
			{Pos: load.Args[index-1].End(), End: option.End()},
			insertion(check.End(), "\n"+cfg.Name+".Credentials = "+source(pass, option.Args[0])),
		},
	}}
}

func returns(body *ast.BlockStmt) bool {
	if len(body.List) == 0 {
		return false
	}
	_, ok := body.List[len(body.List)-1].(*ast.ReturnStmt)
	return ok
}
