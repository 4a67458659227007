package checks

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// DroppedError reports listings whose error is dropped.
var DroppedError = &analysis.Analyzer{
	Name: "droppederror",
	Doc: `report a listing of package s3read whose error is dropped

A listing that fails yields its error as the last pair, with a zero Object. Without a look at the
error, the first part of a listing passes for the whole, and the zero Object for one of its keys:
what is then deleted, counted or compared is wrong. The fix takes the error and returns it, where
the function returns one.

Reported are loops over Bucket.List and Buckets, and over every sequence of their types, that leave
the error out or blank. Switch the check off with -droppederror=false.`,
	URL:      homepage,
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runDroppedError,
}

func runDroppedError(pass *analysis.Pass) (any, error) {
	for c := range root(pass).Preorder((*ast.RangeStmt)(nil)) {
		loop := c.Node().(*ast.RangeStmt)
		if !isListing(pass.TypesInfo.TypeOf(loop.X)) || loop.Value != nil && !isBlank(loop.Value) {
			continue
		}
		pass.Report(analysis.Diagnostic{
			Pos: loop.For, End: loop.X.End(),
			Message:        "the error of this listing is dropped: where it fails, its first part passes for the whole",
			SuggestedFixes: droppedErrorFix(pass, c),
		})
	}
	return nil, nil
}

func isBlank(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// isListing reports whether a type is iter.Seq2[s3read.Object, error], or that of BucketInfo.
func isListing(t types.Type) bool {
	sequence, ok := t.Underlying().(*types.Signature)
	if !ok || sequence.Params().Len() != 1 {
		return false
	}
	yield, ok := sequence.Params().At(0).Type().Underlying().(*types.Signature)
	if !ok || yield.Params().Len() != 2 || !types.Identical(yield.Params().At(1).Type(), errorType) {
		return false
	}
	item := yield.Params().At(0).Type()
	return isType(item, s3readPath, "Object") || isType(item, s3readPath, "BucketInfo")
}

func droppedErrorFix(pass *analysis.Pass, c inspector.Cursor) []analysis.SuggestedFix {
	loop := c.Node().(*ast.RangeStmt)
	returned, ok := returnOfError(pass, c)
	if !ok || loop.Tok == token.ASSIGN || namesErr(pass, loop) {
		return nil
	}
	var header analysis.TextEdit
	switch {
	case loop.Value != nil:
		header = analysis.TextEdit{Pos: loop.Value.Pos(), End: loop.Value.End(), NewText: []byte("err")}
	case loop.Key != nil:
		header = insertion(loop.Key.End(), ", err")
	default:
		header = insertion(loop.Range, "_, err := ")
	}
	check := insertion(firstLine(pass, loop.Body), "if err != nil {\n"+returned+"\n}\n")
	return []analysis.SuggestedFix{{Message: "Return the error", TextEdits: []analysis.TextEdit{header, check}}}
}

// firstLine is where the first line of a block begins, behind a comment beside its brace.
func firstLine(pass *analysis.Pass, block *ast.BlockStmt) token.Pos {
	file := pass.Fset.File(block.Lbrace)
	line := file.Line(block.Lbrace)
	next := block.Rbrace
	if len(block.List) > 0 {
		next = block.List[0].Pos()
	}
	if file.Line(next) == line {
		return block.Lbrace + 1
	}
	return file.LineStart(line + 1)
}

// namesErr reports whether the loop already uses a variable err from outside, or has err as its
// key: a new one would take its place.
func namesErr(pass *analysis.Pass, loop *ast.RangeStmt) (found bool) {
	ast.Inspect(loop, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "err" {
			o := pass.TypesInfo.ObjectOf(id)
			inside := o != nil && loop.Body.Pos() <= o.Pos() && o.Pos() < loop.Body.End()
			found = found || !inside && !within(id, loop.X)
		}
		return !found
	})
	return found
}

// returnOfError is the statement that returns err from the function around the cursor. It reports
// false where that returns no error, or something whose zero value has no short form.
func returnOfError(pass *analysis.Pass, c inspector.Cursor) (string, bool) {
	f := enclosingSignature(pass, c)
	if f == nil || f.Results().Len() == 0 {
		return "", false
	}
	last := f.Results().Len() - 1
	if !types.Identical(f.Results().At(last).Type(), errorType) {
		return "", false
	}
	var values []string
	for i := range last {
		zero, ok := zeroValue(f.Results().At(i).Type())
		if !ok {
			return "", false
		}
		values = append(values, zero)
	}
	return "return " + strings.Join(append(values, "err"), ", "), true
}

func zeroValue(t types.Type) (string, bool) {
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return "", false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch {
		case u.Info()&types.IsBoolean != 0:
			return "false", true
		case u.Info()&types.IsString != 0:
			return `""`, true
		case u.Info()&types.IsNumeric != 0:
			return "0", true
		}
		return "", false
	case *types.Struct, *types.Array:
		return "", false
	}
	return "nil", true
}
