package broker

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestRetainedMessagesAreBounded(t *testing.T) {
	tests := []struct {
		name    string
		options Options
		topic   string
		payload string
		refused bool
	}{
		{"one topic too many", Options{MaxRetained: 2}, "c", "x", true},
		{"a new value for a topic that is there", Options{MaxRetained: 2}, "b", "new value", false},
		{"an empty message clears, and there is room for that", Options{MaxRetained: 2}, "c", "", false},
		{"one byte too many", Options{MaxRetainedBytes: 10}, "c", "12345678", true},
		{"the last byte", Options{MaxRetainedBytes: 10}, "c", "12345", false},
		{"a longer value for a topic that is there", Options{MaxRetainedBytes: 10}, "b", "12345678", true},
		{"a value in the place of another", Options{MaxRetainedBytes: 10}, "b", "1234567", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := start(t, test.options)
			retain(t, e, &Message{Topic: "a", Payload: []byte("1")})
			retain(t, e, &Message{Topic: "b", Payload: []byte("1")})
			in := newInbox()
			mustSubscribe(t, e, "#", in.put)

			done, wait := waitStored()
			e.PublishRetained(&Message{Topic: test.topic, Payload: []byte(test.payload), Retain: true}, done)
			err := wait()
			if refused := errors.Is(err, ErrRetainedFull); refused != test.refused {
				t.Fatalf("got %v", err)
			}
			retain(t, e, &Message{Topic: "a", Payload: []byte("2")})
			if m := in.take(t); test.refused && m.Topic != "a" {
				t.Error("a message that is refused is handed out all the same")
			}
		})
	}
}

func TestClearedAndExpiredMakeRoom(t *testing.T) {
	e := start(t, Options{MaxRetained: 1, MaxRetainedBytes: 4})
	retain(t, e, &Message{Topic: "a", Payload: []byte("123")})
	retain(t, e, &Message{Topic: "a"})
	retain(t, e, &Message{Topic: "b", Payload: []byte("123"), Expiry: 20 * time.Millisecond, HasExpiry: true})
	time.Sleep(25 * time.Millisecond) // b expires
	retain(t, e, &Message{Topic: "c", Payload: []byte("123")})
	if got := retainedTopics(e, "#"); !slices.Equal(got, []string{"c"}) {
		t.Errorf("got %v", got)
	}
}

func TestRetainedOnDiskIsKeptThoughItIsTooMuch(t *testing.T) {
	store := newMemoryStore()
	e := start(t, Options{Retained: store})
	for _, topic := range []string{"a", "b", "c"} {
		retain(t, e, &Message{Topic: topic, Payload: []byte("x")})
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = start(t, Options{Retained: store, MaxRetained: 1})
	if got := retainedTopics(e, "#"); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	retain(t, e, &Message{Topic: "b", Payload: []byte("y")})
}

// What an MQTT client is told must be true: an acknowledgement says that the message is kept.
func TestMQTTClientsMeetTheBound(t *testing.T) {
	for _, version := range []byte{4, 5} {
		for qos := range byte(3) {
			t.Run(fmt.Sprintf("version %d, QoS %d", version, qos), func(t *testing.T) {
				var log bytes.Buffer
				e := start(t, Options{MaxRetained: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
				retain(t, e, &Message{Topic: "full", Payload: []byte("x")})
				in := newInbox()
				mustSubscribe(t, e, "#", in.put)
				c := dial(t, e, version, "c")
				c.publish("more", "x", qos, true)
				switch {
				case qos == 0: // nothing can be answered: the message is handed out, and not kept
					if m := in.take(t); m.Topic != "more" || m.Retain {
						t.Errorf("got %+v", m)
					}
				case version == 5:
					kind := packets.Puback
					if qos == 2 {
						kind = packets.Pubrec
					}
					if pk := c.expect(kind); pk.ReasonCode != packets.ErrQuotaExceeded.Code {
						t.Errorf("reason 0x%02x", pk.ReasonCode)
					}
				default:
					c.expectEnd()
				}
				if got := retainedTopics(e, "#"); !slices.Equal(got, []string{"full"}) {
					t.Errorf("retained: %v", got)
				}
				if err := e.Close(); err != nil {
					t.Fatal(err)
				}
				if n := strings.Count(log.String(), "no room"); n != 1 {
					t.Errorf("logged %d times:\n%s", n, log.String())
				}
			})
		}
	}
}

func TestWillWithoutRoomIsSentAndNotKept(t *testing.T) {
	e := start(t, Options{MaxRetained: 1})
	retain(t, e, &Message{Topic: "full", Payload: []byte("x")})
	in := newInbox()
	mustSubscribe(t, e, "#", in.put)
	c := dial(t, e, 5, "c", will("gone", "x", 1, true))
	_ = c.stream.Close()
	if m := in.take(t); m.Topic != "gone" {
		t.Errorf("got %+v", m)
	}
	if got := retainedTopics(e, "#"); !slices.Equal(got, []string{"full"}) {
		t.Errorf("retained: %v", got)
	}
}

func TestRefusedQoS2BehindATopicAliasIsAnsweredWithPubrec(t *testing.T) {
	access := &strict{off: true}
	e := start(t, Options{Access: access})
	in := newInbox()
	mustSubscribe(t, e, "#", in.put)
	c := dial(t, e, 5, "c", login("anna", "secret"))
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish}, TopicName: "deny/x",
		Properties: packets.Properties{TopicAlias: 1, TopicAliasFlag: true},
	}
	c.send(pk)
	in.take(t)
	access.mu.Lock()
	access.off = false // a rule is made
	access.mu.Unlock()
	pk.TopicName, pk.PacketID, pk.FixedHeader.Qos = "", 4, 2
	c.send(pk)
	if got := c.expect(packets.Pubrec); got.PacketID != 4 || got.ReasonCode != packets.ErrNotAuthorized.Code {
		t.Errorf("got packet %d, reason 0x%02x", got.PacketID, got.ReasonCode)
	}
}
