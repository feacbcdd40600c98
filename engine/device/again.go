package device

import (
	"context"
	"time"

	"sluice/engine/mistakes"
)

// Stopped are devices that were stopped. They can be started again as they were.
type Stopped struct{ devices []*device }

// Len is how many there are.
func (s *Stopped) Len() int { return len(s.devices) }

// Again begins to start devices that were stopped, and returns at once: they have their names, do what they did, and go on
// with what their variables held; they count anew. One whose name another has by now fails.
func (f *Fleet) Again(stopped *Stopped) (*Start, error) {
	if stopped.Len() == 0 {
		return nil, mistakes.Errorf("start devices again: %w", errNone)
	}
	first := stopped.devices[0].order
	p, together := Progress{Kind: first.Template.Kind, Total: stopped.Len()}, first.AtOnce
	for _, d := range stopped.devices {
		if d.order.Template.Kind != p.Kind {
			p.Kind = ""
		}
		together = min(together, d.order.AtOnce)
	}
	return f.begin(p, together, func(ctx context.Context, i int) (*device, error) {
		before := stopped.devices[i]
		return f.add(ctx, func() (*device, error) {
			if f.named[before.name] != nil {
				return nil, mistakes.Errorf("%s: %w", before.name, errTaken)
			}
			kind := before.order.Template.Kind
			f.numbers[kind] = max(f.numbers[kind], before.index)
			return before.again(time.Now()), nil
		})
	})
}

// again is a device as it was when it was stopped.
func (d *device) again(now time.Time) *device {
	next := newDevice(d.name, d.index, d.order, now)
	next.random, next.began, next.count, next.variables = d.random, d.began, d.count, d.variables
	return next
}
