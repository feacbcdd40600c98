package overview

import "testing"

// presented is the mask of Present, where the settings hold two secrets.
func presented() *mask {
	m := &mask{on: true}
	m.hold([]string{"swordfish", "00ff11", ""})
	return m
}

// What whoever is in the room must not see is not on the screen; what a plant is made of is.
func TestPresentHidesSecrets(t *testing.T) {
	shown := presented()
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
		{topicSide, "devices/token/abc123/temp", "devices/token/•••/•••"},
		{topicSide, "devices/tokens/abc123", "devices/tokens/•••"},
		{topicSide, "wifi/Password/tell-nobody", "wifi/Password/•••"},
		{topicSide, "meter/deviceKey/4711", "meter/deviceKey/•••"},
		{topicSide, "meter/key=4711/state", "meter/key=•••/•••"},
		{topicSide, "meter/psk-0f3a", "meter/psk-•••"},
		{topicSide, "meter/token:0f3a", "meter/token:•••"},
		{topicSide, "meter/+/token/#", "meter/+/token/#"},
		{topicSide, "plant/keyboard/layout", "plant/keyboard/layout"},
		{topicSide, "plant/spin/3", "plant/spin/3"},
		{topicSide, "plant/monkey/3", "plant/monkey/3"},
		{topicSide, "plant/schlüssel/3", "plant/schlüssel/3"},
		{topicSide, "plant/swordfish/temp", "plant/•••/temp"},
		{topicSide, "plant/00FF11/temp", "plant/•••/temp"},
		{coapSide, "swordfish", hidden},
		{coapSide, "token-abc123", "token-•••"},
		{mqttSide, "dashboard", "dashboard"},
	}
	for _, c := range names {
		if got := shown.name(c.side, c.name); got != c.want {
			t.Errorf("name %q is shown as %q, want %q", c.name, got, c.want)
		}
		if got := (&mask{}).name(c.side, c.name); got != c.name {
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
		{"plant/state", `{"deviceKey":"b"}`, hidden},
		{"plant/state", "swordfish", hidden},
		{"plant/state", `{"a":"Swordfish"}`, hidden},
		{"plant/state", `{"a":"swordfishes"}`, `{"a":"swordfishes"}`},
		{"plant/state", `{"k":"00ff11"}`, hidden},
		{"plant/text", "a long text about nothing at all, which is cut where it ends", "a long text about nothing at all, which …"},
		{"plant/bytes", "\x00\x01\x02", "3 bytes"},
		{"plant/empty", "", "empty"},
	}
	for _, c := range values {
		if got := shown.value(c.topic, []byte(c.payload)); got != c.want {
			t.Errorf("%s: %q is shown as %q, want %q", c.topic, c.payload, got, c.want)
		}
	}
	if got := (&mask{}).value("door/pin", []byte("4711")); got != "4711" {
		t.Errorf("the pane itself shows %q", got)
	}
}

func FuzzMask(f *testing.F) {
	f.Add("plant/line1/temp", []byte("23.4"))
	f.Add("a/token", []byte{0xff, 0xc3})
	f.Add("", []byte("zürich"))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		for _, m := range []*mask{{}, presented()} {
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
		if secretWord(topic) > 0 && presented().value(topic, []byte("1")) != hidden {
			t.Errorf("a value below %q is shown", topic)
		}
	})
}

// A slash is a letter of base64.
func TestKeyInBase64WithSlashes(t *testing.T) {
	m := &mask{on: true}
	for name, want := range map[string]string{
		"plant/q83vEjRW/eJCrze8SNAx1A==": "plant/" + hidden + "/" + hidden,
		"q83vEjRW/eJCrze8SNAx1A==":       hidden + "/" + hidden,
		"plant/line=1/temp=2":            "plant/line=1/temp=2",
		"plant/line1/temp":               "plant/line1/temp",
	} {
		if got := m.name(topicSide, name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}
