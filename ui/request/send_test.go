package request

import (
	"net"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/settings"
)

func notificationOf(size int) *client.Notification {
	return &client.Notification{At: time.Now(), Type: message.NonConfirmable, Code: codes.Content, Payload: make([]byte, size)}
}

// silent is a port where nobody answers.
func silent(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.LocalAddr().String()
}

func TestWhatRunsIsCancelled(t *testing.T) {
	b := newBench(t)
	b.Show("###\nGET coap://" + silent(t) + "/a\nwith ack-timeout 50ms\n")
	b.send()
	if b.bar.send.Label() != "Cancel" {
		t.Errorf("the button says %q", b.bar.send.Label())
	}
	b.until("the retransmission is not shown", func() bool { return strings.Contains(b.answer.facts.Text(), "retransmitted") })
	b.send()
	b.settle()
	if b.running != nil || b.answer.shown.badge != "Cancelled" || b.bar.send.Label() != "Send" {
		t.Errorf("%v, %q", b.running, b.answer.shown.badge)
	}
}

// TestTheHeadOfAnAnswerFits: what an answer took stands behind its code, and not on it.
func TestTheHeadOfAnAnswerFits(t *testing.T) {
	b := newBench(t)
	driver := fyne.CurrentApp().Driver()
	for _, line := range []string{"GET coap://" + b.gateway + "/.well-known/core", "PING coap://" + b.gateway} {
		b.Show("###\n" + line + "\n")
		b.send()
		b.settle()
		badge, facts := driver.AbsolutePositionForObject(b.answer.badge), driver.AbsolutePositionForObject(b.answer.facts)
		if end := badge.X + b.answer.badge.MinSize().Width; facts.X < end {
			t.Errorf("%s: %q ends at %v, %q begins at %v", line, b.answer.shown.badge, end, b.answer.facts.Text(), facts.X)
		}
	}
}

func TestWhyThereIsNoAnswer(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ request, badge, problem string }{
		{"GET coap://" + silent(t) + "/a\nwith ack-timeout 5ms\nwith max-retransmit 1\nwith timeout 50ms", "No answer", "Nobody answered at 127.0.0.1:"},
		{"GET coap://{{nowhere}}/a", "Not sent", "{{nowhere}} has no value"},
		{"GET coap://" + b.gateway + "/ps/none?clientid=bench", "4.04 Not Found", ""},
		{"PING coap://" + b.gateway, "RST, it is there", ""},
		{"POST coap://" + b.gateway + "/ps/a\npayload json\n\n{\"n\": {{counter}}", "Not sent", "not JSON"},
		{"AWAIT messages", "Not sent", "there is no observation messages"},
		{"WAIT 1ms", "Done", ""},
	} {
		r, err := collection.ParseRequest("###\n" + c.request)
		if err != nil {
			t.Fatal(err)
		}
		b.compose(r, origin{})
		b.run(r)
		b.settle()
		if s := b.answer.shown; s.badge != c.badge || !strings.Contains(s.problem, c.problem) {
			t.Errorf("%s: %q, %q", c.request, s.badge, s.problem)
		}
	}
}

func TestARequestIsSentAgainAndAgain(t *testing.T) {
	b := newBench(t)
	b.Show("###\nPOST coap://" + b.gateway + "/ps/a?clientid=bench\n\n{{counter}}\n")
	b.repeat(repetition{every: time.Millisecond, jitter: time.Millisecond, count: 20})
	b.settle()
	if words := b.answer.facts.Text(); !strings.HasPrefix(words, "20 of 20 sent · 20 answered · 0 failed") {
		t.Errorf("%q", words)
	}
	b.repeat(repetition{every: time.Hour})
	b.until("the first is not shown", func() bool { return strings.Contains(b.answer.facts.Text(), "1 sent") })
	b.send()
	b.settle()
	if b.running != nil {
		t.Error("it is not stopped")
	}
}

func TestReadRepetition(t *testing.T) {
	for _, c := range []struct {
		every, jitter, count string
		how                  repetition
		ok                   bool
	}{
		{"100", "", "", repetition{every: 100 * time.Millisecond}, true},
		{"100", "10", "5", repetition{every: 100 * time.Millisecond, jitter: 10 * time.Millisecond, count: 5}, true},
		{"0", "", "", repetition{}, false},
		{"100", "200", "", repetition{}, false},
		{"100", "", "0", repetition{}, false},
		{"x", "", "", repetition{}, false},
	} {
		how, err := readRepetition(c.every, c.jitter, c.count)
		if (err == nil) != c.ok || c.ok && how != c.how {
			t.Errorf("%+v: %+v, %v", c, how, err)
		}
	}
}

func TestCtrlEnterSendsFromEachField(t *testing.T) {
	b := newBench(t)
	send := &desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault}
	for _, f := range []*field{b.bar.target, b.editor.payload.text} {
		b.answer.shown = nil
		f.TypedShortcut(send)
		b.settle()
		if b.answer.shown == nil {
			t.Error("nothing was sent")
		}
	}
}

func TestACoapClientLineIsPastedAsARequest(t *testing.T) {
	b := newBench(t)
	clipboard := test.NewClipboard()
	clipboard.SetContent(`coap-client -m put -t json -e '{"t": 21}' 'coap://[::1]/mqtt/a?c=lamp-3' `)
	b.bar.target.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	d := b.draft
	if d.Verb != collection.PUT || d.Target != "coap://[::1]/mqtt/a?c=lamp-3" || len(d.Options) != 1 || d.Payload.Text != `{"t": 21}` {
		t.Errorf("%s", d)
	}
	if b.bar.target.Text != d.Target {
		t.Errorf("the URL is %q", b.bar.target.Text)
	}
	b.bar.target.set("")
	clipboard.SetContent("coap://192.0.2.1/x")
	b.bar.target.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	if b.draft.Target != "coap://192.0.2.1/x" {
		t.Errorf("%q", b.draft.Target)
	}
}

func TestCopiedAs(t *testing.T) {
	b := newBench(t)
	b.Show("###\nPUT coap://127.0.0.1/ps/a/b?clientid=c&qos=1\n\non\n")
	for program, want := range map[string]string{
		coapClient:    "coap-client-notls -m put -e on 'coap://127.0.0.1/ps/a/b?clientid=c&qos=1'",
		mosquittoPub:  "mosquitto_pub -h localhost -p 1883",
		aiocoapClient: "aiocoap-client -m PUT",
	} {
		b.copyAs(program)
		b.settle()
		if got := fyne.CurrentApp().Clipboard().Content(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", program, got)
		}
	}
	b.Show("###\nPUT coap://" + b.gateway + "/ps/a/b\n\non\n")
	b.copyAs(mosquittoPub)
	b.settle()
	if got := fyne.CurrentApp().Clipboard().Content(); got != "mosquitto_pub -h 127.0.0.1 -p 31883 -t a/b -m on" {
		t.Errorf("to the broker of this gateway: %q", got)
	}
}

func TestOverDTLS(t *testing.T) {
	b := newBenchWith(t, settings.Default(), true)
	for _, c := range []struct{ with, badge, fact string }{
		{"with identity psk:meter-1", "4.04 Not Found", "DTLS 1.2 PSK"},
		{"with identity lamp-3", "4.04 Not Found", "DTLS 1.2 certificate"},
		{"with identity lamp-3\nwith authority Workbench development CA", "4.04 Not Found", "DTLS 1.2 certificate"},
		{"with identity lamp-3\nwith authority system", "Not sent", ""},
		{"with identity nobody", "Not sent", ""},
		{"with identity psk:nobody", "Not sent", ""},
	} {
		b.ask("###\nGET coaps://" + b.secure + "/ps/none?clientid=bench\n" + c.with + "\n")
		s := b.answer.shown
		if s.badge != c.badge || !strings.Contains(strings.Join(s.facts, " · "), c.fact) {
			t.Errorf("%s: %q, %q, %q", c.with, s.badge, s.facts, s.problem)
		}
	}
	b.ask("###\nGET coaps://" + b.secure + "/ps/none?clientid=bench\nwith identity lamp-3\n")
	b.editor.tabs.Select(tabSecurity)
	b.editor.choose()
	if got := b.editor.security.identity.Selected(); got != "Certificate lamp-3" {
		t.Errorf("chosen %q", got)
	}
	picture(t, b, "secure")
}
