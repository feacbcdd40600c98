package mistakes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
)

// A sentence reads in English as an error of package fmt, and wraps what that would.
func TestASentenceIsAnErrorOfFmt(t *testing.T) {
	for _, c := range []struct {
		said, plain error
		wraps       []error
	}{
		{New("100% wrong"), errors.New("100% wrong"), nil},
		{Errorf("of %% only"), fmt.Errorf("of %% only"), nil},
		{Errorf("port %d of %q", 7, "a"), fmt.Errorf("port %d of %q", 7, "a"), nil},
		{Errorf("read: %w", io.EOF), fmt.Errorf("read: %w", io.EOF), []error{io.EOF}},
		{Errorf("%w: %w", fs.ErrExist, io.EOF), fmt.Errorf("%w: %w", fs.ErrExist, io.EOF), []error{fs.ErrExist, io.EOF}},
		{Errorf("a %s", Phrase("word")), fmt.Errorf("a %s", "word"), nil},
	} {
		if got, want := c.said.Error(), c.plain.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		for _, one := range c.wraps {
			if !errors.Is(fmt.Errorf("outside: %w", c.said), one) {
				t.Errorf("%v does not wrap %v", c.said, one)
			}
		}
	}
	if first := New("a"); errors.Is(New("a"), first) || !errors.Is(Errorf("b: %w", first), first) {
		t.Error("a sentence is not itself")
	}
}
