package device

import (
	"math/rand/v2"
	"time"
)

// Previewed is what a device would publish.
type Previewed struct {
	Topic   string
	Payload string // its beginning, for people; empty with Err
	Err     error  // of an expression, named as in "publish[1].payload"
}

// Preview is what the first device of a template would publish in its first rounds, drawn anew each time. It ends with the
// first error.
func (t *Template) Preview(rounds int) []Previewed {
	d := newDevice(deviceName(t.Kind, 1), 1, &Order{Template: t, Seed: rand.Uint64()}, time.Now())
	fail := func(all []Previewed, err error) []Previewed { return append(all, Previewed{Topic: d.topic, Err: err}) }
	if err := d.begin(); err != nil {
		return fail(nil, err)
	}
	var all []Previewed
	for range rounds {
		sc := d.scope()
		if d.count > 0 {
			if err := d.assign("step", t.step, sc); err != nil {
				return fail(all, err)
			}
		}
		for i := range t.publishes {
			c, wanted, err := d.payload(i, sc)
			if err != nil {
				return fail(all, err)
			}
			if wanted {
				all = append(all, Previewed{Topic: d.fill(t.publishes[i].topic), Payload: shown(c)})
			}
		}
		d.count++
	}
	return all
}
