package collection

import "testing"

func TestMoveKeepsComments(t *testing.T) {
	const text = "@a = 1\n\n### one\n# first\nGET coap://h/1\n\n### two\nPUT coap://h/2\n\non\n\n### three\nGET coap://h/3"
	for _, c := range []struct {
		from, to int
		want     string
	}{
		{0, 1, "@a = 1\n\n### two\nPUT coap://h/2\n\non\n\n### one\n# first\nGET coap://h/1\n\n### three\nGET coap://h/3\n"},
		{2, 0, "@a = 1\n\n### three\nGET coap://h/3\n\n### one\n# first\nGET coap://h/1\n\n### two\nPUT coap://h/2\n\non\n\n"},
		{0, 2, "@a = 1\n\n### two\nPUT coap://h/2\n\non\n\n### three\nGET coap://h/3\n\n### one\n# first\nGET coap://h/1\n\n"},
	} {
		f, err := Parse("f", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		f.Move(c.from, c.to)
		if got := string(f.Bytes()); got != c.want || len(f.Requests) != 3 {
			t.Errorf("%d to %d:\n%s", c.from, c.to, got)
		}
	}
}

func TestRemovedIsRestored(t *testing.T) {
	const text = "@a = 1\n@a[x] = 2\n\n### one\n# first\nGET coap://h/1\n\n### two\nGET coap://h/2\n"
	f, err := Parse("f", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	source := f.Source(0)
	f.Remove(0)
	f.Restore(0, source)
	if got := string(f.Bytes()); got != text {
		t.Errorf("%s", got)
	}
	f.RemoveVariable("a", "x")
	if len(f.Variables) != 1 || f.Variables[0].Value != "1" {
		t.Errorf("%+v", f.Variables)
	}
}
