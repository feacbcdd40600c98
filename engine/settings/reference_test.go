package settings

import (
	"reflect"
	"strings"
	"testing"
)

func TestReferenceIsTheDefault(t *testing.T) {
	text := Reference()
	got, err := Decode("reference", text, Settings{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if want := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v\nfrom\n%s", got, want, text)
	}
}

func TestReferenceHasEveryKey(t *testing.T) {
	text := string(Reference())
	for _, k := range keys {
		_, name := splitKey(k.path)
		if !strings.Contains(text, name) || !strings.Contains(text, k.allowed) && len(membersOf(k.path)) == 0 {
			t.Errorf("%s is not there", k.path)
		}
	}
}
