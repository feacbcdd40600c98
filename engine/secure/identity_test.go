package secure

import "testing"

func TestSamePrincipal(t *testing.T) {
	lamp := Identity{Subject: "CN=lamp", CommonName: "lamp", Fingerprint: "a", Version: "DTLS 1.2"}
	nameless := Identity{Fingerprint: "a"}
	for _, tt := range []struct {
		name string
		a, b Identity
		want bool
	}{
		{"nobody", Identity{}, Identity{}, true},
		{"a certificate and its successor", lamp, Identity{Subject: "CN=lamp", Fingerprint: "b"}, true},
		{"another name", lamp, Identity{Subject: "CN=lamp,O=Plant", Fingerprint: "a"}, false},
		{"nobody after somebody", lamp, Identity{}, false},
		{"certificates without a subject", nameless, Identity{Fingerprint: "b"}, false},
		{"the same one", nameless, nameless, true},
		{"the same key", Identity{PSK: "k", CipherSuite: "x"}, Identity{PSK: "k"}, true},
		{"another key", Identity{PSK: "k"}, Identity{PSK: "K"}, false},
	} {
		if tt.a.SamePrincipal(tt.b) != tt.want || tt.b.SamePrincipal(tt.a) != tt.want {
			t.Errorf("%s: not %v", tt.name, tt.want)
		}
	}
}
