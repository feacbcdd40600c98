package certificates

import (
	"slices"
	"testing"
	"time"

	"sluice/engine/pki"
	"sluice/engine/settings"
	"sluice/ui/theme"
)

func TestExpiry(t *testing.T) {
	for _, c := range []struct {
		left    time.Duration
		revoked bool
		want    string
		role    theme.Role
	}{
		{3649 * day, false, "in 9 years", theme.RoleNeutral},
		{2 * year, false, "in 2 years", theme.RoleNeutral},
		{2*year - day, false, "in 729 days", theme.RoleNeutral},
		{30 * day, false, "in 30 days", theme.RoleNeutral},
		{30*day - time.Second, false, "in 29 days", theme.RoleLate},
		{7 * day, false, "in 7 days", theme.RoleLate},
		{7*day - time.Second, false, "in 6 days", theme.RoleBad},
		{5 * time.Hour, false, "in 5 hours", theme.RoleBad},
		{90 * time.Second, false, "in 1 minute", theme.RoleBad},
		{-3 * day, false, "expired 3 days ago", theme.RoleBad},
		{88 * day, true, "revoked", theme.RoleBad},
	} {
		e := pki.Entry{NotBefore: noon.Add(-day), NotAfter: noon.Add(c.left)}
		if c.revoked {
			e.Revoked = noon
		}
		if got, role := expires(e, noon), expiryRole(e, noon); got != c.want || role != c.role {
			t.Errorf("%v: %q %v, want %q %v", c.left, got, role, c.want, c.role)
		}
	}
	early := pki.Entry{NotBefore: noon.Add(2 * day), NotAfter: noon.Add(9 * day)}
	if got := expires(early, noon); got != "valid in 2 days" {
		t.Errorf("not valid yet: %q", got)
	}
}

// shownState is the plant as a tick reads it.
func shownState(e *fakeEngine) *state {
	s := &state{entries: e.Entries(), psks: e.psks, handshakes: e.handshakes, clients: e.clients, listeners: secureListeners(e.settings, e.status)}
	slices.SortFunc(s.entries, byKind)
	s.index(noon)
	return s
}

func filled() *fakeEngine {
	e := &fakeEngine{}
	e.fill()
	return e
}

func TestRows(t *testing.T) {
	rows := buildRows(shownState(filled()), "", noon)
	var got [][4]string
	for _, r := range rows {
		got = append(got, [4]string{r.Name, r.issuedBy, r.expires, r.usedBy})
	}
	want := [][4]string{
		{"Workbench development CA", "itself", "in 9 years", "clients, server"},
		{"gateway.local", "Workbench development CA", "in 364 days", "coaps :5684"},
		{"door-east", "Workbench development CA", "in 6 days", "connected now"},
		{"sensor-17", "Workbench development CA", "in 88 days", "connected now"},
		{"factory-root.pem", "Acme Root", "in 3 years", "client check"},
		{"old-panel", "Workbench development CA", "revoked", "—"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows\n%v\nwant\n%v", got, want)
	}
}

func TestNobodyUsesWhatNoListenerAsksFor(t *testing.T) {
	e := filled()
	for _, c := range []struct {
		options settings.TLSOptions
		trusted string
		server  string
	}{
		{settings.TLSOptions{}, "—", "coaps :5684"},
		{settings.TLSOptions{Verify: settings.VerifyPeer}, "client check", "coaps :5684"},
		{settings.TLSOptions{Verify: settings.VerifyPeer, CACertFile: "ca.pem"}, "—", "coaps :5684"},
		{settings.TLSOptions{CertFile: "server.pem"}, "—", "—"},
		{settings.TLSOptions{Certificate: "another"}, "—", "—"},
		{settings.TLSOptions{Certificate: "gateway.local"}, "—", "coaps :5684"},
	} {
		e.settings.Listeners[1].DTLSOptions = &c.options
		s := shownState(e)
		if trusted, server := s.usedBy(*s.byID["acme"]), s.usedBy(*s.byID["gw"]); trusted != c.trusted || server != c.server {
			t.Errorf("%+v: trusted %q, server %q", c.options, trusted, server)
		}
	}
}

func TestTheServerCertificateThatIsShown(t *testing.T) {
	server := func(id string, from, to int, revoked, key bool) pki.Entry {
		e := pki.Entry{ID: id, Name: id, Kind: pki.Server, HasKey: key, NotBefore: noon.Add(time.Duration(from) * day), NotAfter: noon.Add(time.Duration(to) * day)}
		if revoked {
			e.Revoked = noon
		}
		return e
	}
	for _, c := range []struct {
		entries []pki.Entry
		want    string
	}{
		{[]pki.Entry{server("old", -9, 9, false, true), server("new", -1, 9, false, true)}, "new"},
		{[]pki.Entry{server("good", -9, 9, false, true), server("expired", -2, -1, false, true)}, "good"},
		{[]pki.Entry{server("good", -9, 9, false, true), server("revoked", -1, 9, true, true), server("bare", -1, 9, false, false)}, "good"},
		{nil, ""},
	} {
		s := &state{entries: c.entries}
		got := ""
		if e := s.shownBy(listener{}, noon); e != nil {
			got = e.ID
		}
		if got != c.want {
			t.Errorf("shows %q, want %q", got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	s := shownState(filled())
	for filter, want := range map[string]int{"": 6, " SENSOR ": 1, "acme": 1, "authority": 1, "client": 3, "revoked": 1, "9d:11:4e": 1, "rsa": 1, "192.0.2.1": 1, "nothing": 0} {
		if got := len(buildRows(s, filter, noon)); got != want {
			t.Errorf("%q: %d rows, want %d", filter, got, want)
		}
	}
	if got := len(buildPSKs(s, "meter", noon)); got != 1 {
		t.Errorf("%d keys", got)
	}
	for filter, want := range map[string]int{"refused": 1, "acme": 1, "192.0.2": 2, "door": 1, "x": 0} {
		if got := len(buildHandshakes(s.handshakes, filter)); got != want {
			t.Errorf("%q: %d handshakes, want %d", filter, got, want)
		}
	}
}

func TestCommonName(t *testing.T) {
	for subject, want := range map[string]string{
		"CN=lamp-3,O=Plant": "lamp-3", "O=Plant,CN=lamp": "lamp", `CN=Acme\, Inc.,O=Acme`: "Acme, Inc.", "O=Plant": "O=Plant",
		"OU=a+CN=b": "b", "": "", `CN=x\`: `x\`,
	} {
		if got := commonName(subject); got != want {
			t.Errorf("%s: %q, want %q", subject, got, want)
		}
	}
}

func TestChain(t *testing.T) {
	s := shownState(filled())
	names := func(id string) (list []string) {
		for _, link := range shownCertificate(s, *s.byID[id], noon).links {
			list = append(list, link.Label)
		}
		return list
	}
	if got := names("door"); !slices.Equal(got, []string{"Workbench development CA", "door-east"}) {
		t.Errorf("chain %q", got)
	}
	if got := names("acme"); !slices.Equal(got, []string{"factory-root.pem"}) {
		t.Errorf("chain of a root %q", got)
	}
	lost := pki.Entry{ID: "x", Name: "x", Subject: "CN=x", Issuer: "CN=Elsewhere,O=E"}
	s.entries = []pki.Entry{lost}
	s.index(noon)
	if got := names("x"); !slices.Equal(got, []string{"Elsewhere", "x"}) {
		t.Errorf("chain with an issuer that is not kept %q", got)
	}
	// Two that name each other as issuers are no endless chain.
	s.entries = []pki.Entry{{ID: "a", Name: "a", IssuerID: "b", Subject: "CN=a"}, {ID: "b", Name: "b", IssuerID: "a", Subject: "CN=b"}}
	s.index(noon)
	if got := len(names("a")); got > 4 {
		t.Errorf("%d links", got)
	}
}

func TestShortenedDigits(t *testing.T) {
	for digits, want := range map[string]string{
		"5f:02:9a:11": "5f:02:9a:11", "": "", "9d:11:4e:01:02:03:04:05:06:07:08:aa:07": "9d:11:4e:…:aa:07",
	} {
		if got := shortened(digits); got != want {
			t.Errorf("%s: %s", digits, got)
		}
	}
	if got := colons("9d114e"); got != "9d:11:4e" {
		t.Error(got)
	}
}
