package collection

import (
	"slices"
	"strings"
)

// Move puts request from to place to, with its comments.
func (f *File) Move(from, to int) {
	for i, text := range f.sources { // what was last may have no line end, and no empty line behind it
		if !strings.HasSuffix(text, "\n") {
			f.sources[i] += "\n"
		}
	}
	last := len(f.sources) - 1
	if from != to && (from == last || to == last) && !strings.HasSuffix(f.sources[last], "\n\n") {
		f.sources[last] += "\n"
	}
	source := f.sources[from]
	f.sources = slices.Insert(slices.Delete(f.sources, from, from+1), to, source)
	f.reread()
}

// Restore puts back what Remove took out: a request with its comments, as it stood in the file it was read from.
func (f *File) Restore(i int, source string) {
	f.sources = slices.Insert(f.sources, min(i, len(f.sources)), source)
	f.reread()
}

// Source is the text of request i with its comments, for Restore.
func (f *File) Source(i int) string { return f.sources[i] }

// RemoveVariable takes a variable out of one environment, or, where that is empty, out of what counts in all.
func (f *File) RemoveVariable(name, environment string) {
	lines := slices.Collect(strings.Lines(f.preamble))
	for _, v := range slices.Backward(f.Variables) {
		if v.Name == name && v.Environment == environment {
			lines = slices.Delete(lines, v.Line-1, v.Line)
		}
	}
	f.preamble = strings.Join(lines, "")
	f.reread()
}
