package coap

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// seeds are datagrams near the edges.
var seeds = [][]byte{
	nil, {0x40}, {0x40, 0, 0, 1}, {0x70, 0, 0, 1}, {0x60, 0x45, 0, 1}, {0x49, 1, 0, 1}, {0x40, 1, 0, 1, 0xff},
	{0x40, 1, 0, 1, 0xb2, 'a', 0xff}, {0x40, 1, 0, 1, 0x00, 0xb1, 0xff}, {0x40, 1, 0, 1, 0xd0, 0xff},
	{0x40, 1, 0, 1, 0xe0, 0xff, 0xff}, {0x40, 1, 0, 1, 0xbe, 0, 0}, {0x40, 3, 0, 1, 0xd1, 0x0e, 0x08, 0xff, 'x'},
	{0x41, 1, 0, 1, 't', 0x60, 0x51, 'a'}, {0x41, 3, 0, 1, 't', 0xd1, 0x0e, 0x0a, 0xe1, 0, 0xda, 2},
	{0x50, 1, 0, 1, 0xbb, '.', 'w', 'e', 'l', 'l', '-', 'k', 'n', 'o', 'w', 'n', 4, 'c', 'o', 'r', 'e'},
	{0x41, 5, 0, 1, 't', 0xd1, 0x0a, 0x06, 0x50, 0xff, 'q'}, {0x41, 1, 0, 1, 't', 0xd2, 0xef, 'e', 'o'}, {0x51, 1, 0, 2, 't', 0x61, 0, 0xd1, 4, 0x12}, publish(7),
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := incoming{options: make(message.Options, 0, 4)}
		if m.parse(data) != nil {
			return
		}
		again := incoming{options: make(message.Options, 0, 4)}
		out := outgoing(m)
		encoded := out.append(nil)
		if err := again.parse(encoded); err != nil {
			t.Fatalf("% x became % x: %v", data, encoded, err)
		}
		same := m.typ == again.typ && m.code == again.code && m.messageID == again.messageID &&
			bytes.Equal(m.token, again.token) && bytes.Equal(m.payload, again.payload) && len(m.options) == len(again.options)
		for i := 0; same && i < len(m.options); i++ {
			same = m.options[i].ID == again.options[i].ID && bytes.Equal(m.options[i].Value, again.options[i].Value)
		}
		if !same {
			t.Fatalf("% x became % x", data, encoded)
		}
		_ = checkOptions(&m.options, optionPolicy{proxies: true})
	})
}

// FuzzDatagram hands a few datagrams, cut out of one input, to an endpoint whose handler does all that a handler may.
// Bits of cut choose the configuration. An address that is not verified is sent at most three times what came from it.
func FuzzDatagram(f *testing.F) {
	for _, s := range seeds {
		for _, config := range []uint8{0, 0x40, 0x80, 0xc0} {
			f.Add(s, uint8(len(s))|config)
			f.Add(append(bytes.Clone(s), s...), uint8(len(s))|config)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint8) {
		var h versatile
		c := Config{
			MaxBlockSize: 16, MaxBodySize: 100, FinalBlock1: true, VerifyAddresses: VerifyNever,
			Limits: Limits{Peers: 2, PeerRate: 8, Rate: 12, PeerRelations: 3}, Handler: &h,
		}
		if cut&0x40 != 0 {
			c.VerifyAddresses = VerifyAlways
		}
		c.DisableExtensions = cut&0xc0 == 0x80
		c.EMQX4Errors = cut&0x80 != 0
		w := newWire(t, c)
		w.endpoint.sockets[0].packets = noPackets{}
		balance := map[netip.AddrPort]int{}
		w.endpoint.SetTap(func(d *Datagram) {
			m := incoming{options: make(message.Options, 0, 16)}
			switch {
			case !d.Outgoing:
				balance[d.Peer] += amplification * len(d.Data)
			case m.parse(d.Data) != nil:
				t.Errorf("the endpoint sent % x, which it would not take", d.Data)
			default:
				balance[d.Peer] -= len(d.Data)
			}
			if c.VerifyAddresses == VerifyAlways && balance[d.Peer] < 0 {
				t.Errorf("%v was sent %d bytes too many", d.Peer, -balance[d.Peer])
			}
		})
		w.reader.now = time.Now()
		length := max(1, int(cut&0x3f))
		for n := 0; len(data) > 0 && n < 16; n++ {
			datagram := data[:min(length, len(data))]
			data = data[len(datagram):]
			rt := w.route(n % 3)
			if cut&0xc0 == 0xc0 && n%4 == 3 {
				w.reader.groupDatagram(&rt, datagram)
			} else {
				w.reader.datagram(&rt, datagram)
			}
			for _, rel := range h.relations {
				rel.Notify(Notification{Confirmable: cut%2 == 0, Payload: []byte("a notification of two blocks")})
			}
		}
		w.reader.out.flush()
	})
}

// versatile does all that a handler may.
type versatile struct{ relations []*Relation }

func (h *versatile) PeerGone(*Peer) {}

func (h *versatile) ServeCoAP(w *ResponseWriter, r *Request) {
	if len(r.Payload) > 0 && r.Payload[0] == 'd' {
		w.Defer().Reply(func(w *ResponseWriter) { w.SetCode(codes.Changed) })
		return
	}
	w.SetCode(codes.Content)
	w.SetPayload(append([]byte("a payload of two blocks"), r.Payload...))
	w.AddUint(message.ContentFormat, uint32(r.MessageID))
	_, _ = r.PathSegments(nil), r.Queries(nil)
	switch v, ok := r.Uint(message.Observe); {
	case ok && v == 0:
		if rel := w.Observe(RelationConfig{Sequence: SequenceKind(r.MessageID % 3)}); rel != nil {
			h.relations = append(h.relations, rel)
		}
	case ok && len(h.relations) > 0:
		w.Reobserve(h.relations[0])
	case len(h.relations) > 1:
		h.relations[0].Peer().MoveTo(r.Peer)
	}
}
