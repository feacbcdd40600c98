package overview

import "testing"

// What whoever is in the room must not see is not on the screen; what a plant is made of is.
func TestPresentHidesSecrets(t *testing.T) {
	names := []struct {
		side side
		name string
		want string
	}{
		{coapSide, "sensor-17", "sensor-17"},
		{coapSide, "urn:dev:ow:10e2073a01080063", "urn:dev:ow:10e2073a01080063"},
		{coapSide, "192.0.2.17:49320", "address hidden"},
		{coapSide, "[2001:db8::1]:5683", "address hidden"},
		{coapSide, "[fe80::1%eth0]:5683", "address hidden"},
		{mqttSide, "192.0.2.17", "address hidden"},
		{coapSide, "127.0.0.1:51022", "127.0.0.1:51022"},
		{coapSide, "[::1]:51022", "[::1]:51022"},
		{mqttSide, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", hidden},
		{mqttSide, "a9F3kk20Zq81mmXp47Tr", hidden},
		{topicSide, "plant/line1/temp", "plant/line1/temp"},
		{topicSide, "building/+/power", "building/+/power"},
		{topicSide, "devices/a9F3kk20Zq81mmXp47Tr/temp", "devices/•••/temp"},
	}
	for _, c := range names {
		if got := mask(true).name(c.side, c.name); got != c.want {
			t.Errorf("name %q is shown as %q, want %q", c.name, got, c.want)
		}
		if got := mask(false).name(c.side, c.name); got != c.name {
			t.Errorf("the pane itself shows %q as %q", c.name, got)
		}
	}
	values := []struct {
		topic, payload string
		want           string
	}{
		{"plant/line1/temp", "23.4", "23.4"},
		{"plant/cmd/lamp", `{"on":true}`, `{"on":true}`},
		{"plant/keyboard", "on", "on"},
		{"door/pin", "4711", hidden},
		{"door/spin", "4711", "4711"},
		{"users/admin/password", "public", hidden},
		{"wifi/Secret", "x", hidden},
		{"meter/session-token", "12345", hidden},
		{"gateway/psk", "00ff", hidden},
		{"plant/state", `{"user":"a","api_key":"b"}`, hidden},
		{"plant/state", `{"access_token":"b"}`, hidden},
		{"plant/state", "-----BEGIN EC PRIVATE KEY-----", hidden},
		{"plant/state", "Bearer abc", hidden},
		{"plant/state", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", hidden},
		{"plant/state", "3f9a0c27be5511d8e4a60b7c9d2f1e83", hidden},
		{"plant/text", "a long text about nothing at all, which is cut where it ends", "a long text about nothing at all, which …"},
		{"plant/bytes", "\x00\x01\x02", "3 bytes"},
		{"plant/empty", "", "empty"},
	}
	for _, c := range values {
		if got := mask(true).value(c.topic, []byte(c.payload)); got != c.want {
			t.Errorf("%s: %q is shown as %q, want %q", c.topic, c.payload, got, c.want)
		}
	}
	if got := mask(false).value("door/pin", []byte("4711")); got != "4711" {
		t.Errorf("the pane itself shows %q", got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("plant/line1/temp", []byte("23.4"))
	f.Add("a/token", []byte{0xff, 0xc3})
	f.Add("", []byte("zürich"))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		for _, m := range []mask{false, true} {
			if text := m.value(topic, payload); text == "" || len([]rune(text)) > longest+1 {
				if len(payload) > 0 && text == "" {
					return // nothing but spaces
				}
				t.Errorf("%q", text)
			}
			for side := range sideCount {
				m.name(side, topic)
			}
		}
		if saysSecret(topic) && mask(true).value(topic, []byte("1")) != hidden {
			t.Errorf("a value below %q is shown", topic)
		}
	})
}
