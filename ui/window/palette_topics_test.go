package window

import (
	"slices"
	"testing"

	"sluice/engine/broker"
)

// The palette finds topics, all of them.
func TestThePaletteFindsTopics(t *testing.T) {
	e := newFakeEngine()
	for _, topic := range []string{"plant/b", "plant/a", "plant/c"} {
		e.table.Note(&broker.Message{Topic: topic, Payload: []byte("1")})
	}
	b := newBench(t, e)
	if names := b.topicItems().Names; !slices.Equal(names, []string{"plant/a", "plant/b", "plant/c"}) {
		t.Errorf("topics %v", names)
	}
}
