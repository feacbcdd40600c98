package coap

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// TestLateAnswerKeepsNothing: of a body that is answered when its client has gone no later blocks are kept.
func TestLateAnswerKeepsNothing(t *testing.T) {
	deferred := make(chan *Deferred, 1)
	e, err := ListenTCP(context.Background(), "127.0.0.1:0", Config{Handler: handlerFunc(func(w *ResponseWriter, _ *Request) {
		deferred <- w.Defer()
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	conn, err := net.Dial("tcp", e.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte{0x10, 0xe1, 0x40, 0x01, 0x01, 't'}); err != nil { // a CSM with Block-Wise-Transfer, GET
		t.Fatal(err)
	}
	d := <-deferred
	_ = conn.Close()
	for e.Stats().Peers > 0 {
		time.Sleep(time.Millisecond)
	}
	d.Reply(func(w *ResponseWriter) {
		w.SetCode(codes.Content)
		w.SetPayload(make([]byte, 4<<20))
	})
	if n := e.downloadBytes.Load(); n != 0 {
		t.Errorf("%d bytes are kept", n)
	}
}
