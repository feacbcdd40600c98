package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/settings"
)

// What the window publishes with a Max-Age is a resource for devices of EMQX 4, fresh for as long as it says.
func TestPublishKeepsAResource(t *testing.T) {
	s := local()
	s.Listeners[0].Dialect = settings.DialectEMQX4
	b := startUp(t, s, "")
	p := Publication{Topic: "plant/t", Payload: []byte(`{"t":1}`), MaxAge: 90 * time.Second, ContentFormat: 50}
	if err := b.Publish(p); err != nil {
		t.Fatal(err)
	}
	r, ok := b.Resource("plant/t")
	if !ok || string(r.Payload) != `{"t":1}` || r.MaxAge != 90*time.Second || r.ContentFormat != 50 || r.Expired {
		t.Errorf("resource %+v, %v", r, ok)
	}
	if _, ok := b.Resource("plant"); ok {
		t.Error("there is a resource that nobody made")
	}
	answer := b.device(t).ask(codes.GET, "ps/plant/t", "c=reader", -1, "")
	if answer.Code != codes.Content || string(answer.Payload) != `{"t":1}` {
		t.Errorf("a device reads %v %q", answer.Code, answer.Payload)
	}
	if left, err := answer.Options.GetUint32(message.MaxAge); err != nil || left < 85 || left > 90 {
		t.Errorf("Max-Age %v, %v", left, err)
	}
}

// Publishing what Retained returned undoes that a branch was cleared.
func TestRetainedCanBePublishedAgain(t *testing.T) {
	b := startUp(t, local(), "")
	for _, p := range []Publication{
		{Topic: "plant/a", Payload: []byte("1"), QoS: 1, Retain: true, Expiry: time.Hour},
		{Topic: "plant/b", Payload: []byte("2"), Retain: true},
		{Topic: "door", Payload: []byte("3"), Retain: true},
	} {
		if err := b.Publish(p); err != nil {
			t.Fatal(err)
		}
	}
	kept := b.Retained("plant/#")
	slices.SortFunc(kept, func(x, y Publication) int { return len(x.Topic) - len(y.Topic) })
	if len(kept) != 2 {
		t.Fatalf("%d retained messages below plant, want 2", len(kept))
	}
	for _, p := range kept {
		if _, err := b.DeleteTopic(p.Topic); err != nil {
			t.Fatal(err)
		}
	}
	if left := b.Retained("#"); len(left) != 1 || left[0].Topic != "door" {
		t.Errorf("after deleting %+v is left", left)
	}
	for _, p := range kept {
		if err := b.Publish(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range b.Retained("plant/a") {
		if string(p.Payload) != "1" || p.QoS != 1 || !p.Retain || p.Expiry <= 59*time.Minute || p.Expiry > time.Hour {
			t.Errorf("plant/a came back as %+v", p)
		}
	}
	if back := b.Retained("plant/+"); len(back) != 2 {
		t.Errorf("%d came back, want 2", len(back))
	}
}
