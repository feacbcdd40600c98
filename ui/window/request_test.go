package window

import (
	"bytes"
	"testing"

	"sluice/ui/command"
	"sluice/ui/pane"
)

func TestARequestOfAnotherPaneIsOpened(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.host.OpenRequest(command.Request{Method: "PUT", Path: []string{"ps", "a b"}, Query: []string{"clientid=c"}, ContentFormat: 50, Payload: []byte(`{"t":1}`)})
	b.settle()
	if b.current != pane.Request || b.rail.Selected() != pane.Request {
		t.Fatalf("%s is in view", b.current)
	}
	if data, err := b.request.SaveLayout(); err != nil || !bytes.Contains(data, []byte("PUT coap://127.0.0.1:5683/ps/a%20b?clientid=c")) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestCtrlEnterSendsOnlyWhereTheRequestIsInView(t *testing.T) {
	b := newBench(t, newFakeEngine())
	b.showPane(pane.Clients)
	b.request.Show("###\nGET coap://127.0.0.1:1/a\nwith ack-timeout 10ms\nwith max-retransmit 0\n")
	for _, c := range []struct {
		pane string
		sent bool
	}{{pane.Clients, false}, {pane.Request, true}} {
		b.showPane(c.pane)
		b.sendRequest()
		b.settle()
		data, err := b.request.SaveLayout()
		if err != nil || bytes.Contains(data, []byte(`"history"`)) != c.sent {
			t.Errorf("%s: %s, %v", c.pane, data, err)
		}
	}
}
