package proxy

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/settings"
)

func TestRecheckEndsObservations(t *testing.T) {
	f := newFront(t, settings.Proxy{}, nil)
	d := newDevice(t, f, "dev")
	o := f.observe("rd-proxy/dev/s")
	o.next(t, codes.Content, "1", true)
	f.proxy.Recheck()
	d.notify("2")
	o.next(t, codes.Content, "2", true)

	f.denied.Store(true)
	f.proxy.Recheck()
	o.next(t, codes.Forbidden, "", false)
	if n := len(f.proxy.Observers()); n != 0 {
		t.Errorf("%d observers are left", n)
	}
	// Who is let in while that is decided is told the same after the response.
	late := f.observe("rd-proxy/dev/s")
	late.next(t, codes.Content, "2", true)
	late.next(t, codes.Forbidden, "", false)
}
