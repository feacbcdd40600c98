package window

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"sluice/ui/language"
)

// sentences finds the formats of errors that the window says in its language: what mistakes.New, mistakes.Errorf and
// mistakes.Phrase are called with, and the functions that hand a parameter of theirs on to these. True are those with verbs.
func sentences(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, text := range language.Foreign() {
		found[text] = true
	}
	set := token.NewFileSet()
	for _, files := range sources(t, set, "../../engine", "..") {
		s := sentenceScan{t: t, files: set, found: found, handOn: map[string]handing{}}
		for _, file := range files {
			s.findHandingOn(file)
		}
		for _, file := range files {
			ast.Inspect(file, s.visit)
		}
	}
	maps.DeleteFunc(found, func(text string, _ bool) bool { return !hasWords(text) })
	return found
}

// sources are the files below folders, but for tests, by folder.
func sources(t *testing.T, set *token.FileSet, folders ...string) map[string][]*ast.File {
	t.Helper()
	all := map[string][]*ast.File{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			all[filepath.Dir(path)] = append(all[filepath.Dir(path)], file)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// sentenceScan goes through one package.
type sentenceScan struct {
	t      *testing.T
	files  *token.FileSet
	found  map[string]bool
	handOn map[string]handing // by the name of the function; a method has a dot before it
}

// handing says which parameter of a function becomes a sentence.
type handing struct {
	parameter int
	format    bool
}

func (s *sentenceScan) findHandingOn(file *ast.File) {
	for _, d := range file.Decls {
		function, ok := d.(*ast.FuncDecl)
		if !ok || function.Body == nil {
			continue
		}
		name := function.Name.Name
		if function.Recv != nil {
			name = "." + name
		}
		var parameters []string
		for _, field := range function.Type.Params.List {
			for _, parameter := range field.Names {
				parameters = append(parameters, parameter.Name)
			}
		}
		ast.Inspect(function.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && isMistakes(call.Fun, "New", "Errorf") && len(call.Args) > 0 {
				if passed, ok := call.Args[0].(*ast.Ident); ok && slices.Contains(parameters, passed.Name) {
					s.handOn[name] = handing{slices.Index(parameters, passed.Name), isMistakes(call.Fun, "Errorf")}
				}
			}
			return true
		})
	}
}

func (s *sentenceScan) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.FuncDecl:
		s.phrases(n)
	case *ast.CallExpr:
		s.call(n)
	case *ast.ValueSpec:
		if isMistakes(n.Type, "Phrase") {
			s.add(false, n.Values...)
		}
	case *ast.CompositeLit:
		if list, ok := n.Type.(*ast.ArrayType); ok && isMistakes(list.Elt, "Phrase") {
			for _, element := range n.Elts {
				if pair, ok := element.(*ast.KeyValueExpr); ok {
					element = pair.Value
				}
				s.add(false, element)
			}
		}
	}
	return true
}

// phrases are what a function returns whose result is one.
func (s *sentenceScan) phrases(function *ast.FuncDecl) {
	results := function.Type.Results
	if results == nil || len(results.List) != 1 || !isMistakes(results.List[0].Type, "Phrase") {
		return
	}
	ast.Inspect(function.Body, func(n ast.Node) bool {
		if back, ok := n.(*ast.ReturnStmt); ok {
			s.add(false, back.Results...)
		}
		return true
	})
}

func (s *sentenceScan) call(call *ast.CallExpr) {
	if isMistakes(call.Fun, "New", "Errorf", "Phrase") {
		s.add(isMistakes(call.Fun, "Errorf"), call.Args[0])
		return
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = "." + f.Sel.Name
	}
	if to, ok := s.handOn[name]; ok && to.parameter < len(call.Args) {
		s.add(to.format, call.Args[to.parameter])
	}
}

func (s *sentenceScan) add(format bool, expressions ...ast.Expr) {
	for _, e := range expressions {
		if text, ok := constant(e); ok {
			s.found[text] = s.found[text] || format
		} else if _, sum := e.(*ast.BinaryExpr); sum {
			s.t.Errorf("%s: a sentence is put together where it is made; let its verbs do that", s.files.Position(e.Pos()))
		}
	}
}

// isMistakes reports whether an expression is one of some names of package mistakes.
func isMistakes(e ast.Expr, names ...string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return ok && pkg.Name == "mistakes" && slices.Contains(names, selector.Sel.Name)
}

func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok1 := constant(e.X)
		right, ok2 := constant(e.Y)
		return left + right, ok1 && ok2
	}
	return "", false
}

var verb = regexp.MustCompile(`%[-+# 0]*(\[(\d+)\])?[-+# 0]*(\d+)?(\.\d+)?([a-zA-Z%])`)

// hasWords reports whether a format says more than its arguments.
func hasWords(format string) bool {
	return strings.ContainsFunc(verb.ReplaceAllString(format, ""), unicode.IsLetter)
}

// A translation of a sentence has its verbs, each for the same argument; those of a library may leave some out.
func TestSentencesKeepTheirVerbs(t *testing.T) {
	foreign := language.Foreign()
	keys := sentences(t)
	for _, name := range []string{"en", "de", "zh_Hans"} {
		for key, entry := range translations(t, name) {
			text, ok := entry.(string)
			if !ok || !keys[key] {
				continue
			}
			want, got := verbs(key), verbs(text)
			for at, v := range want {
				if got[at] != v && !(slices.Contains(foreign, key) && got[at] == "") {
					t.Errorf("%s: %q: argument %d is %%%s, want %%%s in %q", name, key, at, got[at], v, text)
				}
				delete(got, at)
			}
			for at, v := range got {
				t.Errorf("%s: %q: there is no argument %d for %%%s in %q", name, key, at, v, text)
			}
		}
	}
}

// verbs are those of a format, by the number of their argument; a verb has its width and precision.
func verbs(format string) map[int]string {
	all := map[int]string{}
	next := 1
	for _, found := range verb.FindAllStringSubmatch(format, -1) {
		if found[5] == "%" {
			continue
		}
		if found[2] != "" {
			next, _ = strconv.Atoi(found[2]) // digits
		}
		all[next] = found[3] + found[4] + found[5]
		next++
	}
	return all
}
