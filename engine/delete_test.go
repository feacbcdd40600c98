package engine

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// TestATopicIsRestored: what a device published retained is back as it was, for who subscribes, reads or looks, and on disk.
func TestATopicIsRestored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	b := startUp(t, local(), path)
	device := b.device(t)
	device.ask(codes.POST, "/ps/kept", "retain=true qos=1 expiry=300", -1, "from a device")
	if answer := device.ask(codes.PUT, "/ps/resource", "c=old", -1, "of version 4"); answer.Code>>5 != 2 {
		t.Fatalf("answered %v", answer)
	}
	retained := func() (was DeletedTopic) {
		if m := b.retained("kept"); m != nil {
			was.Retained = m
			return was
		}
		t.Fatal("nothing is retained")
		return was
	}
	before := retained().Retained
	seen, _ := b.Topics().Topic("kept")
	for name, remove := range map[string]func() (DeletedTopic, error){
		"deleted": func() (DeletedTopic, error) { return b.DeleteTopic("kept") },
		"cleared": func() (DeletedTopic, error) { return b.ClearRetained("kept") },
	} {
		deleted, err := remove()
		if err != nil || deleted.Empty() || deleted.Size() == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		if m := b.retained("kept"); m != nil {
			t.Fatalf("%s: %+v is retained", name, m)
		}
		if err := b.RestoreTopic(deleted); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		after := retained().Retained
		if string(after.Payload) != string(before.Payload) || after.QoS != before.QoS || !after.At.Equal(before.At) || after.From != before.From || after.Via != before.Via ||
			(after.Expiry-before.Expiry).Abs() > time.Second {
			t.Errorf("%s: restored %+v, was %+v", name, after, before)
		}
		if topic, _ := b.Topics().Topic("kept"); string(topic.Payload) != "from a device" || !topic.Retained || !topic.At.Equal(seen.At) || name == "deleted" && topic.Count != seen.Count {
			t.Errorf("%s: the table has %+v, had %+v", name, topic, seen)
		}
		seen, _ = b.Topics().Topic("kept")
	}
	resource, err := b.DeleteTopic("resource")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreTopic(resource); err != nil {
		t.Fatal(err)
	}
	b.close(t)

	b = startUp(t, local(), path)
	subscriber := b.listen(t, "kept")
	subscriber.expect("kept", "from a device")
	if answer := b.device(t).ask(codes.GET, "/ps/resource", "c=old", -1, ""); string(answer.Payload) != "of version 4" {
		t.Errorf("the resource is %v", answer)
	}
}

// TestRestoringLeavesWhatIsNewer: a message that came after the deletion is the last one.
func TestRestoringLeavesWhatIsNewer(t *testing.T) {
	b := startUp(t, local(), "")
	publish := func(payload string) {
		t.Helper()
		if err := b.Publish(Publication{Topic: "a", Payload: []byte(payload), Retain: true}); err != nil {
			t.Fatal(err)
		}
	}
	publish("1")
	deleted, err := b.DeleteTopic("a")
	if err != nil {
		t.Fatal(err)
	}
	publish("2")
	if err := b.RestoreTopic(deleted); err != nil {
		t.Fatal(err)
	}
	if topic, _ := b.Topics().Topic("a"); string(topic.Payload) != "2" || topic.Count != 2 || string(b.retained("a").Payload) != "2" {
		t.Errorf("the table has %+v, retained is %+v", topic, b.retained("a"))
	}
	if nothing, err := b.DeleteTopic("nobody"); err != nil || !nothing.Empty() {
		t.Errorf("of an unknown topic: %+v, %v", nothing, err)
	}
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := b.RestoreTopic(deleted); !errors.Is(err, ErrStopped) {
		t.Errorf("while stopped: %v", err)
	}
}
