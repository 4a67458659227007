package checks

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/analysis"
)

// Origins tell where the values of a package's variables come from.
type origins struct {
	pass *analysis.Pass

	assigned map[*types.Var][]value    // what is assigned to a variable
	fields   map[*types.Var][]ast.Expr // what is assigned to its field Credentials
	exposed  map[*types.Var]bool       // its address is taken: others may assign to it
}

// A value is an expression, or one of the results of a call. An expression of nil is unknown.
type value struct {
	expr  ast.Expr
	index int
}

func newOrigins(pass *analysis.Pass) *origins {
	o := &origins{
		pass:     pass,
		assigned: map[*types.Var][]value{}, fields: map[*types.Var][]ast.Expr{}, exposed: map[*types.Var]bool{},
	}
	for _, file := range pass.Files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				o.assign(n.Lhs, n.Rhs, n.Tok == token.ASSIGN || n.Tok == token.DEFINE)
			case *ast.ValueSpec:
				var names []ast.Expr
				for _, name := range n.Names {
					names = append(names, name)
				}
				if len(n.Values) > 0 {
					o.assign(names, n.Values, true)
				}
			case *ast.RangeStmt:
				o.assign([]ast.Expr{n.Key, n.Value}, nil, false)
			case *ast.UnaryExpr:
				if v := o.variable(n.X); n.Op == token.AND && v != nil {
					o.exposed[v] = true
				}
			}
			return true
		})
	}
	return o
}

func (o *origins) assign(left, right []ast.Expr, known bool) {
	for i, l := range left {
		var v value
		switch {
		case !known:
		case len(left) == len(right):
			v = value{expr: right[i]}
		case len(right) == 1:
			v = value{expr: right[0], index: i}
		}
		if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "Credentials" {
			if x := o.variable(s.X); x != nil {
				o.fields[x] = append(o.fields[x], v.expr)
			}
		}
		if x := o.variable(l); x != nil {
			o.assigned[x] = append(o.assigned[x], v)
		}
	}
}

// variable returns the variable that an expression names; nil for all other expressions.
func (o *origins) variable(e ast.Expr) *types.Var {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := o.pass.TypesInfo.ObjectOf(id).(*types.Var)
	return v
}

// of returns the value that a variable always has, and false for what is unknown: parameters, what
// is assigned to twice, and what other packages or pointers may assign to.
func (o *origins) of(v *types.Var) (value, bool) {
	shared := v.Exported() && v.Pkg() != nil && v.Parent() == v.Pkg().Scope()
	if len(o.assigned[v]) != 1 || o.exposed[v] || shared {
		return value{}, false
	}
	known := o.assigned[v][0]
	return known, known.expr != nil
}

// resolve follows variables to the value that they have.
func (o *origins) resolve(e ast.Expr) value {
	v := value{expr: ast.Unparen(e)}
	// Variables of one package can be defined by each other, in a circle only in what does not
	// compile.
	for range 10 {
		x := o.variable(v.expr)
		if x == nil {
			break
		}
		next, ok := o.of(x)
		if !ok {
			break
		}
		v = value{expr: ast.Unparen(next.expr), index: next.index}
	}
	return v
}

// call returns the call whose first result an expression is; nil for others.
func (o *origins) call(e ast.Expr) *ast.CallExpr {
	v := o.resolve(e)
	call, ok := v.expr.(*ast.CallExpr)
	if !ok || v.index != 0 {
		return nil
	}
	return call
}
