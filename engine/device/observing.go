package device

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/client"
	"sluice/engine/mistakes"
)

// observe registers what the template observes, again what is registered already (RFC 7641, section 3.3.1): a gateway
// that has lost the relation makes it anew, one that has it goes on.
func (s *session) observe(ctx context.Context) error {
	for i := range s.order.Template.observes {
		if err := s.observeOne(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) observeOne(ctx context.Context, i int) error {
	topic := s.fill(s.order.Template.observes[i].topic)
	r, err := s.dialect.read(s, topic)
	if err != nil {
		return err
	}
	s.prepare(r)
	var x *client.Exchange
	if before := s.observing[i]; before != nil && !over(before) {
		if x, err = before.Renew(ctx); over(before) {
			s.observing[i] = nil
		}
	} else {
		s.observing[i], x, err = s.conn.Observe(ctx, r, func(n *client.Notification) {
			s.notify(note{index: i, payload: n.Payload, last: n.Last})
		})
	}
	s.look(func(v *Snapshot) { v.Observations = s.observations() })
	if x, err = s.judge(ctx, x, err); err == nil && x != nil && s.observing[i] == nil && x.Code>>5 == 2 {
		s.failed(mistakes.Errorf("the observation of %s was not granted", topic))
	}
	return err
}

func over(o *client.Observation) bool {
	select {
	case <-o.Done():
		return true
	default:
		return false
	}
}

// observations counts those that go on.
func (s *session) observations() (n int) {
	for _, o := range s.observing {
		if o != nil && !over(o) {
			n++
		}
	}
	return n
}

// notify hands a notification to the device. When too many wait, the oldest is dropped: only the newest state counts (RFC
// 7641, section 1.3).
func (s *session) notify(n note) {
	for {
		select {
		case s.notes <- n:
			return
		default:
		}
		select {
		case <-s.notes:
		default:
		}
	}
}

// take does what a notification says.
func (s *session) take(ctx context.Context, n note) error {
	o := &s.order.Template.observes[n.index]
	if n.last {
		s.observing[n.index] = nil
		s.look(func(v *Snapshot) { v.Observations = s.observations() })
		return nil
	}
	s.look(func(v *Snapshot) { v.Received++ })
	sc := s.scope()
	sc.payload = string(n.payload[:min(len(n.payload), maxText)])
	sc.command = read(n.payload)
	if err := s.assign(fmt.Sprintf("observe[%d].set", n.index+1), o.set, sc); err != nil {
		s.failed(err)
		return nil
	}
	if o.publishes {
		return s.publish(ctx, s.scope())
	}
	return nil
}

// image is what a device uploads where there is no firmware: bytes that do not compress, the same for a seed.
func image(size int, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, uint64(size)))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// withFormat is the option of a payload's format.
func withFormat(options message.Options, format message.MediaType) message.Options {
	value := make([]byte, 2)
	n := 0
	if format > 0xff {
		value[0], value[1], n = byte(format>>8), byte(format), 2
	} else if format > 0 {
		value[0], n = byte(format), 1
	}
	return append(options, message.Option{ID: message.ContentFormat, Value: value[:n]})
}
