package dtls

import (
	"bytes"
	"testing"
)

func TestAFinishedThatCannotBeReadIsToldFromOneThatCameTooEarly(t *testing.T) {
	of := func(kind byte, epoch byte, body ...byte) []byte {
		return append([]byte{kind, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0, 0, byte(len(body))}, body...)
	}
	exchange, change := of(22, 0, clientKeyExchangeType, 0, 0), of(20, 0, 1)
	finished, data := of(22, 1, 9, 9), of(23, 1, 9, 9)
	withID := append([]byte{25, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1}, 9)
	for _, test := range []struct {
		name      string
		datagrams [][]byte
		want      bool
	}{
		{"one after the other", [][]byte{exchange, change, finished}, true},
		{"all at once", [][]byte{bytes.Join([][]byte{exchange, change, finished}, nil)}, true},
		{"with a Connection ID", [][]byte{exchange, change, withID}, true},
		{"not there yet", [][]byte{exchange, change}, false},
		{"before ChangeCipherSpec", [][]byte{exchange, finished, change}, false},
		{"without ClientKeyExchange", [][]byte{change, finished}, false},
		{"application data of the session before", [][]byte{exchange, change, data}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var a arrivals
			for _, b := range test.datagrams {
				a.note(b)
			}
			if got := a.unreadable(true); got != test.want {
				t.Errorf("%v; want %v", got, test.want)
			}
			if a.unreadable(false) {
				t.Error("without a key")
			}
		})
	}
}
