package traffic

import (
	"net/netip"
	"time"

	"sluice/engine/record"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 482_000_000, time.Local)

// post is CON POST /ps/a/b with token 01 and payload "on".
var post = []byte{0x41, 0x02, 0x1a, 0x7c, 0x01, 0xb2, 'p', 's', 0x01, 'a', 0x01, 'b', 0xff, 'o', 'n'}

// changed is its ACK 2.04.
var changed = []byte{0x61, 0x44, 0x1a, 0x7c, 0x01}

// row makes a row of a frame, and gives it the defaults of the tests.
func row(f record.Frame) *Row {
	f.At = noon
	if !f.Peer.IsValid() {
		f.Peer = netip.MustParseAddrPort("192.0.2.17:49320")
	}
	return &Row{Frame: f, known: record.Known{Exchange: record.Exchange{Took: -1}}}
}
