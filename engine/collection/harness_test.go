package collection

import (
	"net"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"
)

type option = message.Option

// listener answers every request 2.04 and hands it over.
type listener struct {
	addr string
	got  chan message.Message
}

func listen(t *testing.T) *listener {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{addr: conn.LocalAddr().String(), got: make(chan message.Message, 16)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			m := message.Message{Options: make(message.Options, 0, 32)}
			if _, err := coder.DefaultCoder.Decode(append([]byte(nil), buffer[:n]...), &m); err != nil || m.Code == codes.Empty {
				continue
			}
			l.got <- m
			answer := message.Message{Type: message.Acknowledgement, Code: codes.Changed, MessageID: m.MessageID, Token: m.Token}
			if m.Type == message.NonConfirmable {
				answer.Type = message.NonConfirmable
			}
			data := make([]byte, 64)
			if n, err := coder.DefaultCoder.Encode(answer, data); err == nil {
				_, _ = conn.WriteTo(data[:n], from)
			}
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return l
}

func (l *listener) next(t *testing.T) message.Message {
	t.Helper()
	select {
	case m := <-l.got:
		return m
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
		return message.Message{}
	}
}
