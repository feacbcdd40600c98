package settings

import (
	"net/netip"
	"testing"
)

func TestAccessRules(t *testing.T) {
	tests := []struct {
		rules []string
		addr  string
		want  bool
	}{
		{nil, "10.0.0.1", true},
		{[]string{"deny all"}, "10.0.0.1", false},
		{[]string{"deny all"}, "::1", false},
		{[]string{"allow 10.0.0.0/8", "deny all"}, "10.255.0.1", true},
		{[]string{"allow 10.0.0.0/8", "deny all"}, "11.0.0.1", false},
		{[]string{"allow 10.0.0.0/8", "deny all"}, "::ffff:10.0.0.1", true},
		{[]string{"deny 10.0.0.1"}, "10.0.0.1", false},
		{[]string{"deny 10.0.0.1"}, "10.0.0.2", true},
		{[]string{"deny fe80::/10"}, "fe80::1%eth0", false},
		{[]string{"allow 10.0.0.1", "deny 10.0.0.1"}, "10.0.0.1", true},
	}
	for _, tt := range tests {
		if got := Admits(Listener{AccessRules: tt.rules}.Rules(), netip.MustParseAddr(tt.addr)); got != tt.want {
			t.Errorf("%q admit %s: %v", tt.rules, tt.addr, got)
		}
	}
}
