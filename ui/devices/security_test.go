package devices

import (
	"strings"
	"testing"

	"sluice/engine/pki"
)

func keeper(t *testing.T) *pki.Keeper {
	t.Helper()
	k, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestDevicesOverCoAPSAreStarted(t *testing.T) {
	e := fleet()
	e.keys, e.secure = keeper(t), true
	if _, err := e.keys.SetUp("sensor-1"); err != nil {
		t.Fatal(err)
	}
	for identity, client := range map[string]string{"lamps": "", "lamp-0001": "lamp-0001"} {
		if err := e.keys.AddPSK(identity, []byte("swordfish-swordfish"), client); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.keys.PairEach([]string{"lamp-0001", "lamp-0002"}); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, e)
	f := newStartForm(b.Pane)
	f.open()
	var offered []string
	for title := range f.security.choices {
		offered = append(offered, title)
	}
	if len(offered) != 5 || f.security.choices["PSK lamps"] == nil || f.security.choices["Certificate sensor-1"] == nil {
		t.Errorf("offered are %q", offered)
	}
	for _, test := range []struct {
		choice  string
		checked bool
		shows   func(identity string, certificate bool) bool
	}{
		{"None: coap", false, nil},
		{"A certificate each", true, func(_ string, certificate bool) bool { return certificate }},
		{"A pre-shared key each", false, func(identity string, _ bool) bool { return identity == "lamp-0009" }},
		{"Certificate sensor-1", true, func(_ string, certificate bool) bool { return certificate }},
		{"PSK lamps", false, func(identity string, _ bool) bool { return identity == "lamps" }},
	} {
		f := newStartForm(b.Pane)
		f.open()
		f.security.choice.SetSelected(test.choice)
		f.check()
		if f.security.check.Visible() != test.checked || f.security.mend.Visible() {
			t.Errorf("%s: the check is shown %v, the buttons %v", test.choice, f.security.check.Visible(), f.security.mend.Visible())
		}
		f.submit()
		o := b.engine.orders[len(b.engine.orders)-1]
		if secure := test.shows != nil; secure != (o.Scheme == "coaps") || secure != (o.Credentials != nil) || f.dialog.Opened() {
			t.Errorf("%s: scheme %q", test.choice, o.Scheme)
		}
		if test.shows == nil {
			continue
		}
		s, err := o.Credentials.SecurityOf("lamp-0009")
		if err != nil || !test.shows(s.PSKIdentity, s.Certificate != nil) || s.SkipVerify {
			t.Errorf("%s: %v", test.choice, err)
		}
	}
}

func TestWhatSecurityLacksIsSaidWithAWayThere(t *testing.T) {
	for _, test := range []struct {
		name, choice, want string
		change             func(e *fakeEngine)
		way                bool
	}{
		{"nothing is kept", "A certificate each", "keeps no certificates", func(e *fakeEngine) { e.keys = nil }, false},
		{"no authority", "A certificate each", "no authority", func(*fakeEngine) {}, true},
		{"no listener", "A pre-shared key each", "No coaps listener", func(e *fakeEngine) { e.secure = false }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := fleet()
			e.keys, e.secure = keeper(t), true
			test.change(e)
			b := newBench(t, e)
			f := newStartForm(b.Pane)
			f.open()
			f.security.choice.SetSelected(test.choice)
			f.check()
			f.submit()
			if len(e.orders) != 0 || !f.dialog.Opened() {
				t.Error("devices were started")
			}
			if err := f.security.problem(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("it says %v", err)
			}
			if f.security.mend.Visible() != test.way {
				t.Errorf("the way there is shown: %v", !test.way)
			}
			pictures(t, b, "start-"+strings.ReplaceAll(test.name, " ", "-"))
		})
	}
}
