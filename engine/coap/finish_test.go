package coap

import (
	"testing"
	"testing/synctest"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

func notFound(confirmable bool) Notification {
	return Notification{Confirmable: confirmable, Code: codes.NotFound}
}

func TestFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, rel := observed(t, RelationConfig{OnEnd: func(*Relation, EndReason) { t.Error("OnEnd is called") }})
		rel.Notify(text(true, "not acknowledged"))
		rel.Notify(text(true, "waits"))
		before := w.next()
		rel.Finish(notFound(true))
		last := w.next()
		last.is(t, con, codes.NotFound, last.messageID, "t")
		if len(last.options) > 0 {
			t.Errorf("options %v", last.options)
		}
		rel.Notify(text(false, "after the end"))
		rel.Finish(notFound(false))
		w.quiet()

		w.answer(0, ack, before.messageID)
		w.quiet()
		if again := w.next(); again.messageID != last.messageID {
			t.Errorf("message %d is sent again, want %d", again.messageID, last.messageID)
		}
		w.answer(0, ack, last.messageID)
		if p := rel.Peer(); !p.dispensable() {
			t.Error("something is kept after the last ACK")
		}
	})
}

func TestFinishBeforeTheResponseIsOut(t *testing.T) {
	w := newWire(t, Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) {
		rel := w.Observe(RelationConfig{Sequence: SequenceCounter})
		rel.Notify(text(false, "overtaken"))
		rel.Finish(notFound(false))
		w.SetCode(codes.Content)
		w.SetString("first")
	})}).gather()
	w.request(get(con, 1, "t", "a", observe))
	if first := w.next(); string(first.payload) != "first" || first.typ != message.Acknowledgement {
		t.Errorf("first %+v", first)
	}
	last := w.next()
	last.is(t, non, codes.NotFound, last.messageID, "t")
	w.quiet()
}
