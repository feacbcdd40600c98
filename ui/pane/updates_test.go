package pane

import "testing"

func TestTogether(t *testing.T) {
	if Together() != nil || Together(nil, nil) != nil {
		t.Error("nothing to do is something")
	}
	did := ""
	Together(func() { did += "a" }, nil, func() { did += "b" })()
	if did != "ab" {
		t.Errorf("did %q", did)
	}
}
