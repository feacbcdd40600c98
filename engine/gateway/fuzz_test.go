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
	var worlds []*world
	for _, d := range []settings.Dialect{settings.DialectEMQX5, settings.DialectEMQX4, settings.DialectAuto} {
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
