package settings

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestEveryKeyIsDescribed(t *testing.T) {
	known := map[string]bool{}
	for _, k := range Keys() {
		known[k.Path] = true
		if k.Meaning == "" || !strings.HasSuffix(k.Meaning, ".") {
			t.Errorf("%s means %q", k.Path, k.Meaning)
		}
		if k.Allowed == "" {
			t.Errorf("%s: nothing is allowed", k.Path)
		}
		if k.Kind == Choice && len(k.Options) < 2 {
			t.Errorf("%s: options %q", k.Path, k.Options)
		}
	}
	for _, k := range keys {
		table := len(membersOf(k.path)) > 0
		if !table && !known[k.path] && !strings.HasPrefix(k.path, "access.user.") && !strings.HasPrefix(k.path, "access.rule.") {
			t.Errorf("%s cannot be set by name", k.path)
		}
	}
	for path := range meanings {
		if !known[path] {
			t.Errorf("%s has a meaning and does not exist", path)
		}
	}
}

// What Text writes, Set reads.
func TestKeysReadWhatTheyWrite(t *testing.T) {
	s := Default()
	for _, k := range Keys() {
		if k.OfListener() {
			continue
		}
		if got := k.Text(s); got != k.Default {
			t.Errorf("%s is %q, its default %q", k.Path, got, k.Default)
		}
		same, err := k.Set(s, k.Text(s))
		if err != nil || !reflect.DeepEqual(same, s) {
			t.Errorf("%s: %v", k.Path, err)
		}
	}
	for _, l := range s.Listeners {
		for _, k := range Keys() {
			if k.OfListener() {
				if same, err := k.SetIn(l, k.TextOf(l)); err != nil || !reflect.DeepEqual(same, l) {
					t.Errorf("%s: %v, %+v", k.Path, err, same)
				}
			}
		}
	}
}

func TestSetByName(t *testing.T) {
	for _, c := range []struct{ path, text, want, problem string }{
		{"gateway.heartbeat", "45", "45s", ""},
		{"gateway.heartbeat", " 1m30s ", "90s", ""},
		{"gateway.heartbeat", "soon", "30s", `gateway.heartbeat: is "soon"; allowed: a duration from 10ms to 24h`},
		{"gateway.connection_required", "true", "true", ""},
		{"gateway.connection_required", "yes", "false", "allowed: true or false"},
		{"gateway.limits.max_peers", "12", "12", ""},
		{"gateway.limits.max_peers", "many", "100000", "a whole number"},
		{"gateway.blockwise.max_body_size", "512KB", "512KB", ""},
		{"gateway.transmission.ack_random_factor", "1.25", "1.25", ""},
		{"gateway.proxy.allow", "coap://*\n\n coaps://a ", "coap://*\ncoaps://a", ""},
		{"gateway.notify_type", "con", "con", ""},
		{"gateway.mountpoint", "a/", "a/", ""},
	} {
		k := keyOf(t, c.path)
		s, err := k.Set(Default(), c.text)
		if got := k.Text(s); got != c.want {
			t.Errorf("%s = %s: %q, want %q", c.path, c.text, got, c.want)
		}
		if (err != nil) != (c.problem != "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s = %s: %v", c.path, c.text, err)
		}
	}
}

func keyOf(t *testing.T, path string) Key {
	t.Helper()
	all := Keys()
	at := slices.IndexFunc(all, func(k Key) bool { return k.Path == path })
	if at < 0 {
		t.Fatalf("%s is unknown", path)
	}
	return all[at]
}

func TestSetInAListener(t *testing.T) {
	timeout := keyOf(t, "listener.dtls_options.handshake_timeout")
	before := Listener{Bind: "coaps://127.0.0.1:5684"}
	l, err := timeout.SetIn(before, "5s")
	if err != nil || l.DTLSOptions == nil || timeout.TextOf(l) != "5s" || before.DTLSOptions != nil {
		t.Errorf("%+v, %v", l, err)
	}
	if l, err = timeout.SetIn(l, ""); err != nil || l.DTLSOptions != nil {
		t.Errorf("taken away: %+v, %v", l.DTLSOptions, err)
	}
	authn := keyOf(t, "listener.enable_authn")
	if l, err = authn.SetIn(l, "false"); err != nil || l.AuthnEnabled() || authn.TextOf(l) != "false" {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err = timeout.Set(Default(), "5s"); err == nil {
		t.Error("a key of listeners was set in all settings")
	}
}
