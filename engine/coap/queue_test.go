package coap

import "testing"

// TestBodiesThatWaitAreBounded has an observer that does not acknowledge, and bodies of 148 and more bytes that wait for
// it among short notifications.
func TestBodiesThatWaitAreBounded(t *testing.T) {
	for _, tt := range []struct {
		name    string
		limits  func(l *Limits)
		bound   string
		dropped uint64
		waiting []string
	}{
		{"within the bounds", func(*Limits) {}, "", 0, []string{"s1", body64("one"), "s2", body64("two"), body64("three"), "s3"}},
		{"of a peer", func(l *Limits) { l.PeerTransferBytes = 300 }, "max_transfer_bytes_per_peer", 1, []string{"s1", "s2", body64("two"), body64("three"), "s3"}},
		{"of a peer, one body", func(l *Limits) { l.PeerTransferBytes = 150 }, "max_transfer_bytes_per_peer", 2, []string{"s1", "s2", body64("three"), "s3"}},
		{"in all", func(l *Limits) { l.TransferBytes = 300 }, "max_transfer_bytes", 1, []string{"s1", "s2", body64("two"), body64("three"), "s3"}},
		{"in all, none", func(l *Limits) { l.TransferBytes = 100 }, "max_transfer_bytes", 3, []string{"s1", "s2", "s3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, rel := observed64(t, RelationConfig{})
			tt.limits(&w.endpoint.config.Limits)
			rel.Notify(text(true, "outstanding"))
			w.next()
			for _, payload := range []string{"s1", body64("one"), "s2", body64("two"), body64("three"), "s3"} {
				rel.Notify(text(false, payload))
			}
			var waiting []string
			var bytes int64
			for _, q := range rel.Peer().observing.queue {
				waiting = append(waiting, string(q.notification.Payload))
				bytes += q.bodyBytes(w.endpoint)
			}
			if len(waiting) != len(tt.waiting) {
				t.Fatalf("%q wait, want %q", waiting, tt.waiting)
			}
			for i := range waiting {
				if waiting[i] != tt.waiting[i] {
					t.Errorf("number %d is %q, want %q", i, waiting[i], tt.waiting[i])
				}
			}
			if n := w.endpoint.queuedBytes.Load(); n != bytes {
				t.Errorf("%d bytes counted, %d wait", n, bytes)
			}
			s := w.endpoint.Stats()
			if s.Dropped != tt.dropped || rel.Stats().Dropped != tt.dropped {
				t.Errorf("%d dropped, %d of the relation, want %d", s.Dropped, rel.Stats().Dropped, tt.dropped)
			}
			for _, b := range w.endpoint.Bounds() {
				want := uint64(0)
				if b.Name == tt.bound {
					want = tt.dropped
				}
				if b.Reached != want {
					t.Errorf("%s reached %d times, want %d", b.Name, b.Reached, want)
				}
			}
			rel.Cancel()
			if n := w.endpoint.queuedBytes.Load(); n != 0 {
				t.Errorf("%d bytes counted when nothing waits", n)
			}
		})
	}
}
