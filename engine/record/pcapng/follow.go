package pcapng

import (
	"context"
	"time"

	"sluice/engine/record"
)

const (
	// followEvery is how often Follow looks for new frames.
	followEvery = 100 * time.Millisecond
	// followBatch is how many frames it takes at once.
	followBatch = 1 << 10
)

// Follow writes the frames that come into the ring after the frame last, until ctx ends and what came until then is
// written; of them those that are wanted, which gets each in its order and is nil for all. What is written reaches the file within a fraction of a second. It never holds up who adds to the ring: frames that the ring
// forgot before they were written are missed, and counted. The error is that of the first write that failed, and ends
// it.
func (w *Writer) Follow(ctx context.Context, ring *record.Ring, last uint64, wanted func(*record.Frame) bool) (missed uint64, err error) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-ctx.Done():
			ended = true
		case <-tick.C:
		}
		for {
			frames := ring.Since(last, followBatch)
			if len(frames) == 0 {
				break
			}
			missed += frames[0].Seq - last - 1
			for i := range frames {
				if wanted != nil && !wanted(&frames[i]) {
					continue
				}
				if err := w.Write(&frames[i]); err != nil {
					return missed, err
				}
			}
			last = frames[len(frames)-1].Seq
		}
		if err := w.Flush(); err != nil {
			return missed, err
		}
	}
	return missed, nil
}
