package checks

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// PresignLife reports presigning with credentials that may end at any moment.
var PresignLife = &analysis.Analyzer{
	Name: "presignlife",
	Doc: `report presigning with credentials of no minimum life

A presigned URL ends with the credentials that signed it, whatever its own expiry says: signed
late in a session, one for an hour works for ten minutes. Provider.MinLife gives credentials that
last for as long as the URL is to:

	presign := s3.NewPresignClient(s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.Credentials = provider.MinLife(15 * time.Minute)
	}))

Reported is s3.NewPresignClient of a client whose config was loaded by irsa.LoadConfig, or is
known to have a Provider, where nothing sets other credentials. The fix is for a client that is made
there, of a config that is a variable: it gives it credentials that last for what WithPresignExpires
says, or for the 15 minutes that are the SDK's default. Switch the check off with
-presignlife=false.`,
	URL:      homepage,
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runPresignLife,
}

func runPresignLife(pass *analysis.Pass) (any, error) {
	o := newOrigins(pass)
	for _, used := range pass.TypesInfo.Uses {
		// Credentials can be set for each presigned request, too.
		if declares(used, s3Path, "WithPresignClientFromClientOptions") {
			return nil, nil
		}
	}
	for c := range root(pass).Preorder((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		if !calls(pass, call, s3Path, "NewPresignClient") || !o.keepsCredentials(call) {
			continue
		}
		if client := o.call(call.Args[0]); client != nil && o.signsWithProvider(client) {
			pass.Report(analysis.Diagnostic{
				Pos: call.Pos(), End: call.End(),
				Message: "these URLs end with the session that signs them, which may be in a minute; " +
					"give the client Provider.MinLife for its credentials",
				SuggestedFixes: o.presignLifeFix(c, client),
			})
		}
	}
	return nil, nil
}

// keepsCredentials reports whether the options of NewPresignClient are known to leave the client's
// credentials as they are.
func (o *origins) keepsCredentials(call *ast.CallExpr) bool {
	if call.Ellipsis.IsValid() {
		return false
	}
	for _, arg := range call.Args[1:] {
		if option := o.call(arg); option == nil || !calls(o.pass, option, s3Path, "WithPresignExpires") {
			return false
		}
	}
	return true
}

// signsWithProvider reports whether a call makes an S3 client with a Provider's credentials.
func (o *origins) signsWithProvider(call *ast.CallExpr) bool {
	if call.Ellipsis.IsValid() || len(call.Args) == 0 {
		return false
	}
	var provider bool
	switch {
	case calls(o.pass, call, s3Path, "NewFromConfig"):
		provider = o.hasProvider(call.Args[0])
	case calls(o.pass, call, s3Path, "New"):
		literal, ok := o.resolve(call.Args[0]).expr.(*ast.CompositeLit)
		provider = ok && o.isProvider(element(literal, "Credentials"))
	default:
		return false
	}
	for _, option := range call.Args[1:] {
		f, ok := ast.Unparen(option).(*ast.FuncLit)
		if !ok {
			return false
		}
		set, known := o.credentialsSet(f)
		if !known {
			return false
		}
		if len(set) > 0 {
			provider = o.allProviders(set)
		}
	}
	return provider
}

// credentialsSet returns what an option of a client assigns to its Credentials. It reports false
// where the client's options are passed on, so that others may do so.
func (o *origins) credentialsSet(option *ast.FuncLit) (set []ast.Expr, known bool) {
	names := option.Type.Params.List[0].Names
	if len(names) == 0 {
		return nil, true
	}
	options, _ := o.pass.TypesInfo.Defs[names[0]].(*types.Var)
	if options == nil {
		return nil, true
	}
	selected, all := 0, 0
	ast.Inspect(option.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if o.variable(n.X) == options {
				selected++
			}
		case *ast.Ident:
			if o.pass.TypesInfo.Uses[n] == options {
				all++
			}
		}
		return true
	})
	return o.fields[options], selected == all
}

// presignLifeFix gives a client that is made for presigning credentials with a minimum life.
func (o *origins) presignLifeFix(presign inspector.Cursor, client *ast.CallExpr) []analysis.SuggestedFix {
	call, pass := presign.Node().(*ast.CallExpr), o.pass
	made, ok := client.Fun.(*ast.SelectorExpr)
	if !ok || ast.Unparen(call.Args[0]) != client || !calls(pass, client, s3Path, "NewFromConfig") ||
		!visible(pass, client.Args[0], client.End()) || !o.hasProvider(client.Args[0]) ||
		names(client.Args[0], "o", "p", "ok") {
		return nil
	}
	irsa, edits, ok := importIRSA(pass, presign)
	if !ok {
		return nil
	}
	life := ""
	for _, arg := range call.Args[1:] { // all are WithPresignExpires
		expires := ast.Unparen(arg).(*ast.CallExpr).Args[0]
		if !visible(pass, expires, client.End()) || names(expires, "o", "p", "ok") {
			return nil
		}
		life = source(pass, expires)
	}
	if life == "" {
		name, more, ok := importPath(pass, presign, "time", "time")
		if !ok {
			return nil
		}
		life, edits = "15 * "+name+".Minute", append(edits, more...)
	}
	option := ", func(o *" + source(pass, made.X) + ".Options) {\n" +
		"if p, ok := " + irsa + ".ProviderFrom(" + source(pass, client.Args[0]) + "); ok {\n" +
		"o.Credentials = p.MinLife(" + life + ")\n}\n}"
	return []analysis.SuggestedFix{{
		Message:   "Sign with credentials that last as long",
		TextEdits: append(edits, insertion(client.Rparen, option)),
	}}
}
