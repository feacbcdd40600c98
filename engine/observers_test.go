package engine

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"
)

// TestObserversOfLookupsAndDevices: what is observed in the directory and through the proxy is listed and ended as what is
// observed of topics.
func TestObserversOfLookupsAndDevices(t *testing.T) {
	b := startUp(t, local(), "")
	server, client := b.device(t), b.device(t)
	if answer := server.ask(codes.POST, "rd", "ep=lamp", -1, "</on>;obs"); answer.Code != codes.Created {
		t.Fatalf("registration: %v", answer)
	}
	if !b.ProxiesDevices() {
		t.Error("the reverse proxy is off")
	}
	if answer := client.ask(codes.GET, "rd-lookup/ep", "ep=la*&p", 0, ""); answer.Code != codes.Content {
		t.Fatalf("lookup: %v", answer)
	}
	go func() {
		request := server.next()
		server.answerObserve(request, "1")
	}()
	if answer := client.ask(codes.GET, "rd-proxy/lamp/on", "", 0, ""); answer.Code != codes.Content || string(answer.Payload) != "1" {
		t.Fatalf("through the proxy: %v", answer)
	}
	await(t, "both are listed", func() bool { return len(b.Observers()) == 2 })
	lookup, device := b.Observers()[0], b.Observers()[1]
	address := client.conn.LocalAddr().String()
	if lookup.Subject != OfLookup || lookup.Filter != "/rd-lookup/ep?ep=la*%26p" || lookup.Addr.String() != address ||
		lookup.ContentFormat != 40 || lookup.Value == nil || string(lookup.Token) != "\x01" || lookup.Listener != b.Settings().Listeners[0].Bind {
		t.Errorf("lookup %+v", lookup)
	}
	if device.Subject != OfDevice || device.Filter != "/rd-proxy/lamp/on" || string(device.Value) != "1" || device.Addr.String() != address {
		t.Errorf("device %+v", device)
	}
	for _, o := range []Observer{lookup, device} {
		if !b.EndObservation(o.ID) || b.EndObservation(o.ID) {
			t.Errorf("%s does not end once", o.Filter)
		}
	}
	if left := b.Observers(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestRemoveRegistration: the window removes what a device registered; that outlives a restart.
func TestRemoveRegistration(t *testing.T) {
	b := startUp(t, local(), "")
	b.device(t).ask(codes.POST, "rd", "ep=lamp", -1, "</on>")
	location := b.Directory().Snapshot()[0].Location
	before := b.Revision()
	if removed, err := b.RemoveRegistration(location); !removed.Found() || err != nil || b.Revision() == before {
		t.Fatalf("%v, %v", removed, err)
	} else if err := b.RestoreRegistration(removed); err != nil || b.Directory().Snapshot()[0].Location != location {
		t.Errorf("restored: %v", err)
	}
	removed, err := b.RemoveRegistration(location)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.RemoveRegistration(location); again.Found() || err != nil {
		t.Errorf("again: %v, %v", again, err)
	}
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.RemoveRegistration(location); err != ErrStopped || b.ProxiesDevices() {
		t.Errorf("while stopped: %v", err)
	}
	if err := b.RestoreRegistration(removed); err != ErrStopped {
		t.Errorf("restored while stopped: %v", err)
	}
	if err := b.Start(t.Context()); err != nil || len(b.Directory().Snapshot()) != 0 {
		t.Errorf("after a restart: %v, %v", b.Directory().Snapshot(), err)
	}
}

// answerObserve answers a request to a device with its first notification.
func (d *device) answerObserve(request message.Message, payload string) {
	buf := make([]byte, 64)
	options, _, _ := message.Options{}.SetObserve(buf, 1)
	m := message.Message{Code: codes.Content, Type: message.Acknowledgement, MessageID: request.MessageID, Token: request.Token,
		Options: options, Payload: []byte(payload)}
	data := make([]byte, 256)
	size, err := coder.DefaultCoder.Encode(m, data)
	if err == nil {
		_, err = d.conn.Write(data[:size])
	}
	if err != nil {
		d.t.Error(err)
	}
}
