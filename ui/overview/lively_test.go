package overview

import (
	"fmt"
	"testing"
	"time"

	"sluice/engine/flow"
)

// A presentation that begins while the plant works shows who works, not who did and is gone; no rate is known yet.
func TestWhoWorksIsShownFirst(t *testing.T) {
	b := newBench(t, true)
	for i := range 20 {
		b.engine.flows.Note(flow.FromCoAP, fmt.Sprintf("a-%02d", i), "plant/old", b.now)
	}
	b.now = b.now.Add(time.Minute)
	for i := range 20 {
		b.engine.flows.Note(flow.FromCoAP, fmt.Sprintf("z-%02d", i), "plant/new", b.now)
	}
	b.tick()
	for _, v := range b.board.picture.columns[coapSide] {
		if !v.id.isRest() && v.id.name[0] != 'z' {
			t.Errorf("%s is shown", v.id.name)
		}
	}
}

func TestWhoIsNotShownIsCountedInPresent(t *testing.T) {
	b := newBench(t, true)
	b.tick()
	b.crowd(1000)
	b.crowdWorks(1000, 12)
	clients := b.board.picture.columns[coapSide]
	if rest := clients[len(clients)-1]; rest.title != fmt.Sprintf("and %d more", 1001-len(clients)) || rest.note == "show all" || rest.note == "0/s" {
		t.Errorf("the rest is %+v", rest)
	}
}
