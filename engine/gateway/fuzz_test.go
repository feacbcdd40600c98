package gateway

import (
	"testing"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/udp/coder"

	"sluice/engine/settings"
)

// FuzzDatagram sends one datagram to a gateway of each dialect, which must go on answering.
func FuzzDatagram(f *testing.F) {
	for _, path := range []string{"mqtt/connection", "mqtt/t", "ps/t", "ps/", ".well-known/core", "ps/%2B/%zz"} {
		for _, code := range []codes.Code{codes.GET, codes.POST, codes.PUT, codes.DELETE} {
			m := message.Message{
				Code: code, Type: message.NonConfirmable, MessageID: 1, Token: message.Token{1}, Payload: []byte("<t>;ct=1"),
			}
			m.Options = append(m.Options, message.Option{ID: message.Observe})
			m.Options = append(m.Options, segmentsOf(path)...)
			m.Options = append(m.Options, message.Option{ID: message.ContentFormat, Value: []byte{40}})
			m.Options = append(m.Options, message.Option{ID: message.URIQuery, Value: []byte("c=1")})
			m.Options = append(m.Options, message.Option{ID: message.URIQuery, Value: []byte("rh=0")})
			buf := make([]byte, 1500)
			n, err := coder.DefaultCoder.Encode(m, buf)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(buf[:n])
		}
	}
	for _, b := range draftDatagrams(f) {
		f.Add(b)
	}
	var worlds []*world
	for _, d := range []settings.Dialect{settings.DialectEMQX5, settings.DialectEMQX4, settings.DialectAuto, settings.DialectIETF} {
		worlds = append(worlds, newWorld(f, d))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, w := range worlds {
			w.t = t
			d := w.device("a")
			if _, err := d.conn.Write(b); err != nil {
				return // longer than a datagram can be
			}
			d.answersPing()
			d.inbox = nil
		}
	})
}

// draftDatagrams are requests to the broker of the IETF draft.
func draftDatagrams(f *testing.F) [][]byte {
	configuration := properties(0, "t", 1, "/ps/data/t", 2, dataType, 3, 60, 5, epoch(4102444800), 6, 1, 7, 1, 8, []byte{0x80})
	var all [][]byte
	for _, r := range []struct {
		code    codes.Code
		path    string
		format  uint32
		payload string
	}{
		{codes.POST, "ps", 606, configuration}, {codes.POST, "pubsub", 606, configuration}, {5, "ps", 606, properties(0, "t")},
		{5, "pubsub/t", 60, keyList(0, 1)}, {5, "ps/t", 606, properties(9, []int{1})}, {7, "ps/t", 606, properties(6, 0)},
		{codes.PUT, "ps/data/t", 60, "\x80"}, {codes.GET, "ps/data/t", 60, ""}, {codes.DELETE, "ps/data/t", 60, ""},
	} {
		m := message.Message{Code: r.code, Type: message.NonConfirmable, MessageID: 1, Token: message.Token{1}, Payload: []byte(r.payload)}
		format := make([]byte, 4)
		n, err := message.EncodeUint32(format, r.format)
		if err != nil {
			f.Fatal(err)
		}
		m.Options = append(m.Options, message.Option{ID: message.Observe})
		m.Options = append(m.Options, segmentsOf(r.path)...)
		m.Options = append(m.Options, message.Option{ID: message.ContentFormat, Value: format[:n]})
		buf := make([]byte, 1500)
		if n, err = coder.DefaultCoder.Encode(m, buf); err != nil {
			f.Fatal(err)
		}
		all = append(all, buf[:n])
	}
	return all
}
