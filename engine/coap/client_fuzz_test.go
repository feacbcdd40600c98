package coap

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// FuzzResponses answers a download, an upload and an observation with messages made of the input: type, code, whose
// token and message ID, and then options and payload as they come.
func FuzzResponses(f *testing.F) {
	for _, s := range [][]byte{
		{2, 0x45, 0, 0xff, 'x'}, {2, 0x45, 0, 0xd1, 10, 0x08, 0xff, 'x'}, {2, 0x5f, 1, 0xd1, 14, 0x08}, {0, 0x45, 2, 0x61, 5, 0xff, 'x'},
		{2, 0x45, 2, 0x60, 0xd1, 4, 0x08, 0xff, '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '1', '2', '3', '4', '5', '6'},
		{3, 0, 1}, {2, 0, 0}, {2, 0x81, 0, 0xd1, 239, 'e'}, {0, 0x45, 0, 0x91, 'c'}, {2, 0x8d, 1, 0xd1, 14, 0},
	} {
		f.Add(s, uint8(len(s)))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		w := newWire(t, Config{
			MaxBlockSize: 16, MaxBodySize: 100, Transmission: Transmission{NStart: 3},
			Handler: handlerFunc(func(w *ResponseWriter, _ *Request) { w.SetCode(codes.NotFound) }),
		})
		w.endpoint.sockets[0].packets = noPackets{}
		to := ToAddr(w.peerAddr(0))
		done := 0
		outcome := func(r *ClientResponse, err error) {
			if done++; (r == nil) == (err == nil) {
				t.Errorf("ended with %v and %v", r, err)
			}
			if r != nil && len(r.Payload) > 100 {
				t.Errorf("a body of %d bytes", len(r.Payload))
			}
		}
		get, err1 := w.endpoint.Request(to, getting("a"), outcome)
		put, err2 := w.endpoint.Request(to, &ClientRequest{Code: codes.PUT, Payload: make([]byte, 50)}, outcome)
		o, err3 := w.endpoint.Observe(to, getting("a"), func(r *ClientResponse, err error) {
			if (r == nil) == (err == nil) {
				t.Errorf("notified with %v and %v", r, err)
			}
		})
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		size := max(int(cut), 3)
		for id := uint16(1); len(data) >= 3; id++ {
			part := data[:min(size, len(data))]
			data = data[len(part):]
			token, messageID := o.token, id
			switch call := get; part[2] % 3 {
			case 1:
				call = put
				fallthrough
			case 0:
				token = call.token
				if message.Type(part[0]&3) >= message.Acknowledgement {
					messageID = call.message.messageID
				}
			}
			m := outgoing{typ: message.Type(part[0] & 3), code: codes.Code(part[1]), messageID: messageID}
			if m.code != codes.Empty {
				m.token = token
			}
			w.receive(0, append(m.append(nil), part[3:]...))
		}
		_ = w.endpoint.Close()
		if n := w.endpoint.client.active.Load(); n != 0 || done != 2 {
			t.Errorf("%d are active, %d of 2 requests are done", n, done)
		}
		if n := w.endpoint.client.bodyBytes.Load(); n != 0 {
			t.Errorf("%d bytes are kept", n)
		}
	})
}
