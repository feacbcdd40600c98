package window

import (
	"strings"
	"testing"
	"time"

	"sluice/engine/pki"
	"sluice/ui/pane"
)

func TestAKeyLogIsWarnedOfWhileItIsWritten(t *testing.T) {
	e := newFakeEngine()
	b := newBench(t, e)
	if b.secrets.keyLog.Visible() || b.menu.keyLog.Checked {
		t.Fatal("a key log is warned of from the start")
	}
	if err := e.SetKeyLog("/tmp/keys.txt"); err != nil {
		t.Fatal(err)
	}
	b.settle()
	if !b.secrets.keyLog.Visible() || !strings.Contains(b.secrets.keyLog.Text(), "/tmp/keys.txt") || !b.menu.keyLog.Checked {
		t.Errorf("banner %v %q, menu %v", b.secrets.keyLog.Visible(), b.secrets.keyLog.Text(), b.menu.keyLog.Checked)
	}
	b.showPane(pane.Topics)
	b.settle()
	if !b.secrets.keyLog.Visible() {
		t.Error("the warning goes with the pane")
	}
	if err := e.SetKeyLog(""); err != nil {
		t.Fatal(err)
	}
	b.settle()
	if b.secrets.keyLog.Visible() || b.menu.keyLog.Checked {
		t.Error("the warning stays although nothing is written")
	}
}

// keeperWith keeps a device's certificate that ends soon.
func keeperWith(t *testing.T, lifetime time.Duration) *pki.Keeper {
	t.Helper()
	k, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.CreateAuthority("", 0); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Issue(pki.Request{Name: "door-east", Kind: pki.Client, Lifetime: lifetime}); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatEndsSoonIsSaidOnce(t *testing.T) {
	e := newFakeEngine()
	e.keys = keeperWith(t, 6*24*time.Hour)
	b := newBench(t, e)
	if !b.secrets.expiry.Visible() || !strings.HasPrefix(b.secrets.expiry.Text(), "The certificate door-east ends in ") {
		t.Fatalf("banner %v %q", b.secrets.expiry.Visible(), b.secrets.expiry.Text())
	}
	again := newBench(t, e)
	if !again.secrets.expiry.Visible() {
		t.Error("nobody has seen to it, and it is not said at the next start")
	}
	b.secrets.expiry.Act()
	b.settle()
	if b.secrets.expiry.Visible() || b.current != pane.Certificates {
		t.Errorf("banner %v, pane %s", b.secrets.expiry.Visible(), b.current)
	}
	if later := newBench(t, e); later.secrets.expiry.Visible() {
		t.Error("it is said again after it was seen to")
	}
}

func TestNothingEndsSoon(t *testing.T) {
	e := newFakeEngine()
	e.keys = keeperWith(t, 90*24*time.Hour)
	if b := newBench(t, e); b.secrets.expiry.Visible() {
		t.Errorf("says %q", b.secrets.expiry.Text())
	}
}
