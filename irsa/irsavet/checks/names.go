package checks

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/types/typeutil"
)

// The packages whose functions and types the checks know.
const (
	irsaPath        = "github.com/seed-15cba5db/irsa-go/irsa"
	s3readPath      = "github.com/seed-15cba5db/irsa-go/s3read"
	awsPath         = "github.com/aws/aws-sdk-go-v2/aws"
	configPath      = "github.com/aws/aws-sdk-go-v2/config"
	credentialsPath = "github.com/aws/aws-sdk-go-v2/credentials"
	s3Path          = "github.com/aws/aws-sdk-go-v2/service/s3"
)

// calls reports whether call calls one of the functions of a package.
func calls(pass *analysis.Pass, call *ast.CallExpr, path string, names ...string) bool {
	f := typeutil.StaticCallee(pass.TypesInfo, call)
	return f != nil && f.Signature().Recv() == nil && declares(f, path, names...)
}

// callsMethod reports whether call calls a method of a type; pointers to the type count.
func callsMethod(pass *analysis.Pass, call *ast.CallExpr, path, typeName, method string) bool {
	f, ok := typeutil.Callee(pass.TypesInfo, call).(*types.Func)
	if !ok || f.Name() != method {
		return false
	}
	recv := f.Signature().Recv()
	return recv != nil && isType(dereferenced(recv.Type()), path, typeName)
}

// declares reports whether an object is one of the names that a package declares.
func declares(o types.Object, path string, names ...string) bool {
	if o == nil || o.Pkg() == nil || o.Pkg().Path() != path {
		return false
	}
	for _, name := range names {
		if o.Name() == name {
			return true
		}
	}
	return false
}

func isType(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && declares(named.Obj(), path, name)
}

func dereferenced(t types.Type) types.Type {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		return p.Elem()
	}
	return t
}

// receiver is what a method is called on; nil for other calls.
func receiver(call *ast.CallExpr) ast.Expr {
	if s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return s.X
	}
	return nil
}

var errorType = types.Universe.Lookup("error").Type()

func isNil(pass *analysis.Pass, e ast.Expr) bool { return pass.TypesInfo.Types[e].IsNil() }
