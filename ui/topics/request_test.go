package topics

import (
	"strings"
	"testing"

	"sluice/engine/topics"
	"sluice/ui/command"
)

func TestATopicIsOpenedAsARequest(t *testing.T) {
	g := command.Gateway{CoAP: "127.0.0.1:5683"}
	got := g.AsRequest(requestOf(topics.Topic{Name: "plant/line 1", Payload: []byte(`{"t":1}`), QoS: 1, Retained: true}))
	if want := "###\nPUT coap://127.0.0.1:5683/ps/plant/line%201?qos=1&retain=true\npayload json\n\n{\"t\":1}\n"; got != want {
		t.Errorf("%s", strings.TrimSpace(got))
	}
}
