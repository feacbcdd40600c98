package topics

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sluice/engine/gateway"
	"sluice/engine/gateway/topicconfig"
	"sluice/ui/widget"
)

// power is a topic of the dialect ietf with every property that is shown, and data.
func power() gateway.Topic {
	return gateway.Topic{
		ID: "abc", Path: "/pubsub/abc", MQTT: "room/power", State: gateway.FullyCreated, Subscribers: 2,
		Properties: topicconfig.Properties{
			Present: topicconfig.SetOf(topicconfig.TopicData, topicconfig.TopicContentFormat, topicconfig.TopicType,
				topicconfig.MaxSubscribers, topicconfig.ExpirationDate),
			TopicData: "/pubsub/data/power", TopicContentFormat: 50, TopicType: "power", MaxSubscribers: 100,
			ExpirationDate: time.Date(2026, 9, 1, 12, 0, 0, 0, time.Local),
		},
	}
}

func TestConfigurationFacts(t *testing.T) {
	now := time.Date(2026, 9, 1, 9, 0, 0, 0, time.Local)
	plain := gateway.Topic{Path: "/ps/x", State: gateway.HalfCreated, Properties: topicconfig.Properties{TopicData: "/ps/data/x"}}
	fed := plain
	fed.State, fed.HasFormat, fed.ContentFormat = gateway.FullyCreated, true, 112
	elsewhere := plain
	elsewhere.Elsewhere = true
	for _, c := range []struct {
		topic gateway.Topic
		want  string
	}{
		{power(), "Configured at=/pubsub/abc, Data at=/pubsub/data/power, Content format=50 json | " +
			"State=fully created, Subscribers=2 of at most 100, Expires=2026-09-01 12:00:00, in 3h, Topic type=power"},
		{plain, "Configured at=/ps/x, Data at=/ps/data/x, Content format=any | State=half created, Subscribers=0, Expires=never"},
		{fed, "Configured at=/ps/x, Data at=/ps/data/x, Content format=any, now 112 senml+cbor | State=fully created, Subscribers=0, Expires=never"},
		{elsewhere, "Configured at=/ps/x, Data at=/ps/data/x, Content format=any | State=data elsewhere, Subscribers=0, Expires=never"},
	} {
		left, right := configurationFacts(&c.topic, now)
		join := func(pairs []widget.Pair) string {
			var words []string
			for _, pair := range pairs {
				words = append(words, pair.Key+"="+pair.Value)
			}
			return strings.Join(words, ", ")
		}
		if got := join(left) + " | " + join(right); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

func TestAConfiguredTopicIsShownAsOne(t *testing.T) {
	b := newBench(t)
	b.note("room/power", "60")
	b.note("room/temp", "21")
	b.engine.configured = []gateway.Topic{power()}
	b.settle(t)
	for topic, configured := range map[string]bool{"room/power": true, "room/temp": false} {
		b.tree.tapped(topic)
		b.settle(t)
		if d := b.detail; d.facts.Visible() != configured || d.remove.Disabled() {
			t.Errorf("%s: configuration shown %v", topic, d.facts.Visible())
		}
	}
}

func TestATopicWithoutDataHasALine(t *testing.T) {
	b := newBench(t)
	half := power()
	half.State = gateway.HalfCreated
	b.engine.configured = []gateway.Topic{half}
	b.settle(t)
	paths := func() (all []string) {
		for _, row := range b.tree.rows {
			all = append(all, row.path)
		}
		return all
	}
	if got := paths(); !slices.Equal(got, []string{"room", "room/power"}) || b.tree.cells["room/power"].value != "no data yet" {
		t.Fatalf("lines %q, value %q", got, b.tree.cells["room/power"].value)
	}
	b.tree.tapped("room/power")
	b.settle(t)
	if d := b.detail; !d.facts.Visible() || d.remove.Disabled() || d.shown.known {
		t.Error("its configuration is not shown")
	}
	b.note("room/power", "60")
	b.settle(t)
	if v := b.tree.cells["room/power"].value; v != "60" {
		t.Errorf("its data is shown as %q", v)
	}
	b.engine.table.Remove("room/power") // the data is deleted, the topic is not
	b.later(t)
	if got := paths(); len(got) != 2 {
		t.Errorf("without data: lines %q", got)
	}
	b.engine.configured = nil
	b.later(t)
	if got := paths(); len(got) != 0 {
		t.Errorf("after it was deleted: lines %q", got)
	}
}

// later lets a second pass and settles.
func (b *bench) later(t *testing.T) {
	t.Helper()
	b.now = b.now.Add(time.Second)
	b.settle(t)
}

func TestDeletingAsksForTheConfiguration(t *testing.T) {
	configured := power()
	for _, c := range []struct {
		name       string
		known      bool
		configured *gateway.Topic
		keep       bool // the box is unchecked
		want       []string
	}{
		{"a plain topic", true, nil, false, nil},
		{"with its configuration", true, &configured, false, []string{"abc"}},
		{"without it", true, &configured, true, nil},
		{"nothing but a configuration", false, &configured, false, []string{"abc"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.remove("room/power", c.known, c.configured)
			if b.window.Canvas().Overlays().Top() == nil || len(b.engine.deleted)+len(b.engine.unconfigured) != 0 {
				t.Fatal("deleted without a question")
			}
			asked := false
			b.window.Canvas().FocusPrevious()
			b.window.Canvas().FocusPrevious()
			for range 4 { // from the box, if there is one, over Cancel to Delete
				b.window.Canvas().FocusNext()
				focused := b.window.Canvas().Focused()
				if box, ok := focused.(*widget.Check); ok {
					asked = true
					if c.keep {
						box.TypedRune(' ')
					}
				}
				if button, ok := focused.(*widget.Button); ok && button.Label() == "Delete" {
					break
				}
			}
			if asked != (c.known && c.configured != nil) {
				t.Fatalf("asked for the configuration: %v", asked)
			}
			b.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			if !slices.Equal(b.engine.unconfigured, c.want) || !slices.Equal(b.engine.deleted, []string{"room/power"}) {
				t.Errorf("configurations %v, topics %v", b.engine.unconfigured, b.engine.deleted)
			}
		})
	}
}
