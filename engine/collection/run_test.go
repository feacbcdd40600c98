package collection

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"

	"sluice/engine/client"
	"sluice/engine/settings"
)

// runAll runs the requests of a text and returns what failed, a line for each request that did.
func runAll(t *testing.T, text string, c Config, given map[string]string) ([]string, []*Result) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "data.bin"), []byte{0, 1, 2}, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Parse(filepath.Join(folder, "a.coap"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	scope := NewScope("", given)
	scope.Add(f)
	r := NewRunner(scope, c)
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	var failed []string
	var results []*Result
	if err := r.RunFile(t.Context(), f, func(result *Result) bool {
		results = append(results, result)
		if !result.Passed() {
			failed = append(failed, result.Request.Title+": "+joined(result.Failures))
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return failed, results
}

func TestRun(t *testing.T) {
	s := listen(t)
	failed, results := runAll(t, `@n = {{counter}}
### one
PUT coap://{{host}}/a?n={{counter}}
payload file data.bin
expect code 2.04
save code = code
### two
PUT coap://{{host}}/{{code}}?n={{counter}}
with token 0x01
with socket other
### wrong
PUT coap://{{host}}/a?n={{n}}{{n}}
expect code 2.05
expect payload equals x
### pause
WAIT 1ms
### unknown
GET coap://{{host}}/{{none}}
### nothing to await
GET coap://{{host}}/a
observe as o
### await
AWAIT o
### cancel
CANCEL o
### broken
PUT coap://{{host}}
payload json

{
`, Config{}, map[string]string{"host": s.addr})
	want := []string{
		"wrong: expected code 2.05: it is 2.04 Changed; expected payload equals x: it is empty",
		"unknown: {{none}} has no value; give it one by @none = VALUE",
		"await: there is no observation o: it was not granted, or has ended",
		"cancel: there is no observation o: it was not granted, or has ended",
		"broken: the payload is not JSON: unexpected end of JSON input",
	}
	if len(results) != 9 || strings.Join(failed, "\n") != strings.Join(want, "\n") {
		t.Errorf("failed:\n%s", strings.Join(failed, "\n"))
	}
	for i, want := range []struct{ path, query, payload string }{{"a", "n=1", "\x00\x01\x02"}, {"2.04", "n=2", ""}, {"a", "n=33", ""}} {
		m := s.next(t)
		path, err := m.Options.Path()
		queries, _ := m.Options.Queries()
		if err != nil || path != "/"+want.path || strings.Join(queries, "&") != want.query || string(m.Payload) != want.payload {
			t.Errorf("request %d is %s?%s with %q", i+1, path, queries, m.Payload)
		}
	}
}

func TestRunUnanswered(t *testing.T) {
	var passed int
	failed, results := runAll(t, "### silence\nGET coap://127.0.0.1:9/a\nwith ack-timeout 10ms\nwith max-retransmit 1\nexpect no answer\n### expected to answer\nPING coap://127.0.0.1:9\n",
		Config{Timeout: 50 * time.Millisecond, OnDatagram: func(client.Datagram) { passed++ }}, nil)
	if len(failed) != 1 || !strings.HasPrefix(failed[0], "expected to answer: no") || len(results) != 2 {
		t.Errorf("failed %q", failed)
	}
}

func TestRunAfterTheConnectionEnded(t *testing.T) {
	s := listen(t)
	f := parsed(t, "### a\nPUT coap://"+s.addr+"/a\nexpect code 2.04\n")
	r := NewRunner(NewScope("", nil), Config{})
	defer func() { _ = r.Close() }()
	for range 2 {
		if result := r.Run(t.Context(), f.Requests[0], "."); !result.Passed() {
			t.Errorf("failed: %q", result.Failures)
		}
		for _, c := range r.connections {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestNotifications follows one observation through its endings at a gateway.
func TestNotifications(t *testing.T) {
	host := gateway(t, settings.DialectEMQX5, false)
	failed, _ := runAll(t, `### observe
GET coap://{{host}}/ps/a
observe as o
### publish
POST coap://{{host}}/ps/a

1
### publish
POST coap://{{host}}/ps/a

2
### first
AWAIT o
expect payload equals 1
### second
AWAIT o
expect payload equals 2
### no third
AWAIT o
with timeout 50ms
expect no answer
### observe again under the name
GET coap://{{host}}/ps/b
observe as o
### publish
POST coap://{{host}}/ps/b

3
### of the other topic
AWAIT o
expect payload equals 3
### forget
CANCEL o forget
### over
AWAIT o
`, Config{}, map[string]string{"host": host})
	if len(failed) != 1 || !strings.HasPrefix(failed[0], "over: there is no observation o") {
		t.Errorf("failed %q", failed)
	}
}

func TestRunTellsOfAnObservation(t *testing.T) {
	s := observed(t)
	var granted *client.Observation
	got := make(chan string, 8)
	r := NewRunner(NewScope("", nil), Config{
		OnObserved:     func(name string, o *client.Observation) { granted = o; got <- name + " granted" },
		OnNotification: func(name string, n *client.Notification) { got <- name + " " + string(n.Payload) },
	})
	defer func() { _ = r.Close() }()
	f := parsed(t, "### o\nGET coap://"+s+"/o\nobserve as o\n### n\nAWAIT o\n")
	for _, request := range f.Requests {
		if result := r.Run(t.Context(), request, "."); !result.Passed() {
			t.Fatal(result.Failures)
		}
	}
	if first, second := <-got, <-got; first != "o granted" || second != "o later" || granted == nil {
		t.Errorf("%q, %q", first, second)
	}
}

// Who got the observation from OnObserved may have ended it, in whatever way, before it is begun again.
func TestRunObservesAgainWhatWasEnded(t *testing.T) {
	for _, how := range []client.Ending{client.ByGet, client.ByReset, client.Forget} {
		s := observed(t)
		var granted *client.Observation
		r := NewRunner(NewScope("", nil), Config{OnObserved: func(_ string, o *client.Observation) { granted = o }})
		f := parsed(t, "### o\nGET coap://"+s+"/o\nobserve as o\n")
		for range 2 {
			granted = nil
			if result := r.Run(t.Context(), f.Requests[0], ""); !result.Passed() || granted == nil {
				t.Fatalf("%d: %+v", how, result.Failures)
			}
			if _, err := granted.Cancel(t.Context(), how); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// observed serves a resource of which one notification comes after the response.
func observed(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			m := message.Message{Options: make(message.Options, 0, 32)}
			if _, err := coder.DefaultCoder.Decode(buffer[:n], &m); err != nil || m.Code != codes.GET {
				continue
			}
			for i, body := range []string{"now", "later"} {
				answer := message.Message{Type: message.Acknowledgement, Code: codes.Content, MessageID: m.MessageID, Token: m.Token,
					Options: message.Options{{ID: message.Observe, Value: []byte{byte(i + 1)}}}, Payload: []byte(body)}
				if i > 0 {
					answer.Type, answer.MessageID = message.NonConfirmable, m.MessageID+1
				}
				data := make([]byte, 64)
				if n, err := coder.DefaultCoder.Encode(answer, data); err == nil {
					_, _ = conn.WriteTo(data[:n], from)
				}
			}
		}
	}()
	return conn.LocalAddr().String()
}
