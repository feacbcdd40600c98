package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeListsTheExemptions sees that the README says what does not hold, and why, as the rows do.
func TestReadmeListsTheExemptions(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, found := strings.Cut(string(readme), "\n## Conformance\n")
	if !found {
		t.Fatal("the README has no section Conformance")
	}
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	got := map[string]bool{}
	for line := range strings.Lines(chapter) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| --") && !strings.HasPrefix(line, "| about ") {
			got[strings.TrimSpace(line)] = true
		}
	}
	for _, s := range sections {
		for _, r := range s.rows {
			if r.exempt == "" {
				continue
			}
			line := fmt.Sprintf("| %s | %s | %s |", s.title, r.says, r.exempt)
			if !got[line] {
				t.Errorf("the README lacks:\n%s", line)
			}
			delete(got, line)
		}
	}
	for line := range got {
		t.Errorf("the README has what no row says:\n%s", line)
	}
}

// TestRowsAreWhole sees that every row says one thing about itself, and that the tests which rows name exist.
func TestRowsAreWhole(t *testing.T) {
	tests := map[string]bool{}
	for _, name := range []string{"coap", "gateway"} {
		files, err := filepath.Glob("../" + name + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, declared := range parsed.Decls {
				if function, ok := declared.(*ast.FuncDecl); ok {
					tests[name+"."+function.Name.Name] = true
				}
			}
		}
	}
	said := map[string]bool{}
	for _, s := range sections {
		for _, r := range s.rows {
			key := s.number + " " + s.title + ": " + r.says
			if said[key] {
				t.Errorf("%s: is there twice", key)
			}
			said[key] = true
			ways := 0
			for _, way := range []string{r.talk, r.elsewhere, r.beside} {
				if way != "" {
					ways++
				}
			}
			if ways != 1 || r.exempt != "" && r.talk == "" {
				t.Errorf("%s: needs a talk, a test or a reason, and one of them", key)
			}
			if r.elsewhere != "" && !tests[r.elsewhere] {
				t.Errorf("%s: there is no test %s", key, r.elsewhere)
			}
		}
	}
}
