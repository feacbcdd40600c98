package mistakes

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"testing"
)

func TestList(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}
	for _, c := range []struct {
		list List[error]
		want string
	}{
		{nil, ""},
		{List[error]{io.EOF}, "EOF"},
		{List[error]{io.EOF, missing}, "EOF\nopen a: file does not exist"},
	} {
		if got := c.list.Error(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	err := fmt.Errorf("read: %w", List[error]{io.EOF, missing})
	if one, ok := errors.AsType[*fs.PathError](err); !ok || one != missing || !errors.Is(err, io.EOF) {
		t.Errorf("%v does not hold its mistakes", err)
	}
	if all, ok := errors.AsType[List[error]](err); !ok || len(all) != 2 {
		t.Errorf("%v: %v", err, all)
	}
}
