package request

import "testing"

// TestATextWithAMistakeIsNeitherSentNorLost: what was right before is not sent in its place.
func TestATextWithAMistakeIsNeitherSentNorLost(t *testing.T) {
	b := newBench(t)
	b.Show("###\nGET coap://" + b.gateway + "/.well-known/core\n")
	b.editor.tabs.Select(tabText)
	b.editor.choose()
	e := b.editor.parts[tabText].(*textEditor)
	half := "###\nGET coap://" + b.gateway + "/ps/a\nAccep"
	e.text.SetText(half)
	b.send()
	b.settle()
	if b.answer.shown != nil || e.text.Text != half || e.problem.Text() == "" {
		t.Errorf("sent: %t, the text is %q", b.answer.shown != nil, e.text.Text)
	}
	b.editor.tabs.Select(tabOptions)
	b.editor.choose()
	b.editor.tabs.Select(tabText)
	b.editor.choose()
	if e.text.Text != half {
		t.Errorf("after another tab the text is %q", e.text.Text)
	}
	e.text.SetText(half + "t: 40\n")
	b.send()
	b.settle()
	if b.answer.shown == nil || len(b.draft.Options) != 1 {
		t.Errorf("mended, it is not sent: %s", b.draft)
	}
	e.text.SetText("###")
	b.Show("###\nGET coap://" + b.gateway + "/ps/b\n")
	if e.text.Text == "###" {
		t.Error("another request is not shown")
	}
}
