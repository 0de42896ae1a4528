package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pure are the rooms that read no clock and start no goroutine: the time comes in as an argument.
var pure = []string{"fax/t30", "fax/t4", "fax/queue"}

// clocks are the functions of package time that read or wait for the clock.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

// eachFile parses the Go files of the product, tests left out, and names each by its path from the top.
func eachFile(t *testing.T, visit func(path string, at *token.FileSet, f *ast.File)) {
	t.Helper()
	top, files := filepath.Join("..", ".."), token.NewFileSet()
	err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if err == nil && path != top && strings.HasPrefix(e.Name(), ".") {
				return fs.SkipDir
			}
			return err
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(name), files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPureRoomsHaveNoClockAndNoGoroutine(t *testing.T) {
	eachFile(t, func(path string, at *token.FileSet, f *ast.File) {
		if !slices.ContainsFunc(pure, func(room string) bool { return filepath.ToSlash(filepath.Dir(path)) == room }) {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", at.Position(n.Pos()))
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
					t.Errorf("%s reads the clock: time.%s", at.Position(n.Pos()), n.Sel.Name)
				}
			}
			return true
		})
	})
}

func TestNothingHappensInInit(t *testing.T) {
	eachFile(t, func(path string, at *token.FileSet, f *ast.File) {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init: one look at cmd/faxbox shows everything wired", at.Position(fn.Pos()))
			}
		}
	})
}
