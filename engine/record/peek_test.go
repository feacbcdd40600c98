package record

import (
	"encoding/hex"
	"slices"
	"strconv"
	"testing"
)

// What is read of a message without decoding it is what decoding reads.
func samePeek(t *testing.T, f Frame) {
	t.Helper()
	m := Decode(f)
	if m.Token != "" && m.Token != hex.EncodeToString(f.Token()) {
		t.Errorf("token %x, decoded %s", f.Token(), m.Token)
	}
	if id, ok := f.MessageID(); m.Err == "" && m.MID != "" && (!ok || strconv.Itoa(int(id)) != m.MID) {
		t.Errorf("message ID %d %v, decoded %s", id, ok, m.MID)
	}
	if m.Err == "" && f.TypeName() != m.Type {
		t.Errorf("type %s, decoded %s", f.TypeName(), m.Type)
	}
	walked := 0
	w := f.WalkOptions()
	for _, _, ok := w.Next(); ok; _, _, ok = w.Next() {
		walked++
	}
	if m.Err != "" || !f.Protocol.IsCoAP() {
		return
	}
	options := 0
	for _, field := range m.Fields {
		if slices.Contains([]string{"Version", "Type", "Token length", "Length", "Code", "Message ID", "Token", "Payload marker", "Payload"}, field.Name) {
			continue
		}
		options++
	}
	if options != walked {
		t.Errorf("%d options, decoded %d", walked, options)
	}
	if payload := w.Payload(); m.Payload != nil && string(payload) != string(m.Payload) {
		t.Errorf("payload %x, decoded %x", payload, m.Payload)
	}
}

func TestPeekingReadsWhatDecodingReads(t *testing.T) {
	for _, m := range coapMessages {
		samePeek(t, Frame{Data: unhex(t, m.data), Outgoing: m.outgoing})
	}
	for _, m := range streamMessages {
		samePeek(t, Frame{Protocol: m.protocol, Data: unhex(t, m.data), Outgoing: m.outgoing})
	}
}

func FuzzPeek(f *testing.F) {
	for _, m := range coapMessages {
		f.Add(uint8(CoAP), unhex(f, m.data))
	}
	for _, m := range streamMessages {
		f.Add(uint8(m.protocol), unhex(f, m.data))
	}
	f.Add(uint8(MQTT), unhex(f, `32 07 0001 "a" 0009 "on"`))
	f.Fuzz(func(t *testing.T, protocol uint8, data []byte) {
		samePeek(t, Frame{Protocol: Protocol(protocol % 4), Data: data})
		frame := Frame{Seq: 1, Protocol: Protocol(protocol % 4), Data: data}
		frame.TopicName()
		frame.ClaimedClient()
	})
}

func TestClaimedClient(t *testing.T) {
	for data, want := range map[string]string{
		`40 02 0001 b2 "ps" 46 "c=lamp"`: "lamp", `40 02 0001 d9 02 "qos=1&c=x"`: "x", `40 02 0001 d5 02 "qos=1"`: "", `60 45 0001 d3 02 "c=x"`: "",
	} {
		f := Frame{Data: unhex(t, data)}
		if got, ok := f.ClaimedClient(); string(got) != want || ok != (want != "") {
			t.Errorf("%s: %q", data, got)
		}
	}
}

func TestTopicName(t *testing.T) {
	for data, want := range map[string]string{`30 05 0001 "a" "on"`: "a", `32 07 0001 "b" 0009 "on"`: "b", `c0 00`: "", `30 05 0009 "a"`: ""} {
		f := Frame{Protocol: MQTT, Data: unhex(t, data)}
		if got, ok := f.TopicName(); string(got) != want || ok != (want != "") {
			t.Errorf("%s: %q", data, got)
		}
	}
}
