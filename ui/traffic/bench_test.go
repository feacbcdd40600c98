package traffic

import (
	"net/netip"
	"testing"
	"time"

	"sluice/engine/record"
)

// fullRing holds 64 MB of requests and answers of a hundred devices, 20,000 a second; one answer of a thousand is refused.
func fullRing() *record.Ring {
	ring := record.New(64 << 20)
	request := append([]byte{0x44, 0x02, 0, 0, 0, 0, 0, 0}, "\xb2ps\x05plant\x05line1\x04temp\x10\xff23.4"...)
	answer := []byte{0x64, 0x44, 0, 0, 0, 0, 0, 0}
	for i := 0; ring.Stats().Dropped == 0; i++ {
		peer := netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 100)}), 49320)
		for _, data := range [][]byte{request, answer} {
			data[2], data[3], data[4], data[5], data[6] = byte(i>>8), byte(i), byte(i), byte(i>>8), byte(i>>16)
		}
		answer[1] = 0x44
		if i%1000 == 0 {
			answer[1] = 0x81
		}
		at := noon.Add(time.Duration(i) * 100 * time.Microsecond)
		ring.Add(&record.Frame{At: at, Peer: peer, Listener: "coap://0.0.0.0:5683", Client: "sensor-" + peer.Addr().String(), Data: request})
		ring.Add(&record.Frame{At: at.Add(50 * time.Microsecond), Peer: peer, Listener: "coap://0.0.0.0:5683", Client: "sensor-" + peer.Addr().String(), Outgoing: true, Data: answer})
	}
	return ring
}

// BenchmarkFullRing measures how long it takes to look at all of a full ring, and until the first rows are there.
func BenchmarkFullRing(b *testing.B) {
	ring := fullRing()
	f := newFeed(ring, paneRows, paneBytes)
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			f.open(ring)
			readAll(b, f)
		}
		b.ReportMetric(float64(ring.Stats().Kept), "messages")
	})
	for _, text := range []string{"", "code:4.*", "code:4.* path:/ps/**", "path:/nowhere/**", "text:nowhere", "odd:refused"} {
		b.Run("filter "+text, func(b *testing.B) {
			wanted := parse(b, text)
			var first time.Duration
			for b.Loop() {
				started := time.Now()
				f.restart(wanted, ring.Last())
				f.read(ring.Last(), noon)
				first += time.Since(started)
				readAll(b, f)
			}
			b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms-to-first-rows")
		})
	}
}
