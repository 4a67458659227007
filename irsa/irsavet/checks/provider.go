package checks

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// isProvider reports whether an expression is an *irsa.Provider, as such or in a variable of an
// interface type.
func (o *origins) isProvider(e ast.Expr) bool {
	if e == nil {
		return false
	}
	v := o.resolve(e)
	return isProviderType(o.pass.TypesInfo.TypeOf(e)) || v.index == 0 && isProviderType(o.pass.TypesInfo.TypeOf(v.expr))
}

// A call of several results has a tuple for its type: its first one counts.
func isProviderType(t types.Type) bool {
	if results, ok := t.(*types.Tuple); ok && results.Len() > 0 {
		t = results.At(0).Type()
	}
	p, ok := types.Unalias(t).(*types.Pointer)
	return ok && isType(p.Elem(), irsaPath, "Provider")
}

// isMinLife reports whether an expression is what Provider.MinLife returned.
func (o *origins) isMinLife(e ast.Expr) bool {
	call := o.call(e)
	return call != nil && callsMethod(o.pass, call, irsaPath, "Provider", "MinLife")
}

// hasProvider reports whether the credentials of an aws.Config are a Provider's, without MinLife.
func (o *origins) hasProvider(cfg ast.Expr) bool {
	for range 10 {
		cfg = ast.Unparen(cfg)
		if v := o.variable(cfg); v != nil {
			if o.exposed[v] {
				return false
			}
			if set := o.fields[v]; len(set) > 0 {
				return o.allProviders(set)
			}
			known, ok := o.of(v)
			if !ok || known.index != 0 {
				return false
			}
			cfg = known.expr
			continue
		}
		switch e := cfg.(type) {
		case *ast.CompositeLit:
			return isType(o.pass.TypesInfo.TypeOf(e), awsPath, "Config") && o.isProvider(element(e, "Credentials"))
		case *ast.CallExpr:
			if callsMethod(o.pass, e, awsPath, "Config", "Copy") {
				cfg = receiver(e)
				continue
			}
			return o.loads(e)
		}
		return false
	}
	return false
}

func (o *origins) allProviders(all []ast.Expr) bool {
	for _, e := range all {
		if !o.isProvider(e) {
			return false
		}
	}
	return true
}

// loads reports whether a call loads a config whose credentials are a Provider's in a pod.
func (o *origins) loads(call *ast.CallExpr) bool {
	if calls(o.pass, call, irsaPath, "AssumeRole") {
		return true
	}
	if !calls(o.pass, call, irsaPath, "LoadConfig") && !callsMethod(o.pass, call, irsaPath, "Loader", "LoadConfig") {
		return false
	}
	names, known := o.identity(call)
	return known && !names
}

// identity reports whether an option of a load names the identity, so that it is not the pod's,
// and whether all options are known: those of package config are.
func (o *origins) identity(load *ast.CallExpr) (names, known bool) {
	known = !load.Ellipsis.IsValid()
	for _, arg := range load.Args[min(1, len(load.Args)):] {
		option := o.call(arg)
		switch {
		case option == nil:
			known = false
		case calls(o.pass, option, configPath, "WithCredentialsProvider", "WithSharedConfigProfile"):
			names = true
		default:
			f := typeutil.StaticCallee(o.pass.TypesInfo, option)
			known = known && f != nil && f.Pkg() != nil && f.Pkg().Path() == configPath
		}
	}
	return names, known
}

// element returns a field's value in a composite literal with keys; nil where it is not there.
func element(literal *ast.CompositeLit, field string) ast.Expr {
	for _, e := range literal.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == field {
				return kv.Value
			}
		}
	}
	return nil
}
