package gateway

import (
	"testing"

	"sluice/engine/settings"
)

// TestTokenVerifiesTheAddressItWasSentTo keeps a client from having notifications sent to an address that is not its own:
// it may forge a sender, but not what comes back from there.
func TestTokenVerifiesTheAddressItWasSentTo(t *testing.T) {
	w := newWorld(t, settings.DialectAuto, func(c *Config, _ *settings.Access) {
		c.Settings.VerifyAddresses = settings.VerifyAlways
	})
	verified := func() bool {
		s := w.gateway.registry.connection([]byte("123"))
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.home.conn.Verified()
	}
	w.device("a").ask("POST mqtt/connection?clientid=123&username=admin&password=public")
	if verified() {
		t.Error("verified by creating a connection")
	}
	w.device("b").ask("PUT mqtt/connection?clientid=123&token=$T")
	if verified() {
		t.Error("an address that was not sent the token is verified by it")
	}
	w.device("a").ask("PUT mqtt/connection?clientid=123&token=$T")
	if !verified() {
		t.Error("the address that was sent the token is not verified by it")
	}
}
