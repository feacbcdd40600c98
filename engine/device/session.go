package device

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/mistakes"
)

const (
	// answerWait is how long the response to a Non-confirmable request is awaited.
	answerWait = 10 * time.Second
	// farewell bounds what a device says when it is stopped.
	farewell = 300 * time.Millisecond
	// maxUnanswered is after how many requests in a row without an answer a device makes a new connection.
	maxUnanswered = 3
	// maxNotes is how many notifications wait for a device that is busy.
	maxNotes = 16
)

// errConnectionLost says that the gateway does not know the device any more.
var errConnectionLost = mistakes.New("the gateway has ended the connection")

// session is a device with a socket.
type session struct {
	*device
	conn       *client.Conn
	dialect    dialect
	notes      chan note
	observing  []*client.Observation
	unanswered int
	said       time.Time // when the last request went
}

// note is a notification of one of the template's observations.
type note struct {
	index   int
	payload []byte
	last    bool
}

// session connects and lives until ctx ends or something is wrong with the connection.
func (d *device) session(ctx context.Context, started func()) error {
	o := d.order
	config := client.Config{MaxMessage: maxDatagram}
	if o.Scheme == "coaps" {
		security, err := o.Credentials.SecurityOf(d.name)
		if err != nil {
			return mistakes.Errorf("what to show in the handshake: %w", err)
		}
		config.Security = security
	}
	conn, err := client.Dial(ctx, o.Scheme, o.Address, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // of a socket that is not used any more
	s := &session{device: d, conn: conn, dialect: newDialect(o.Dialect), notes: make(chan note, maxNotes)}
	s.observing = make([]*client.Observation, len(o.Template.observes))
	if local, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		d.look(func(v *Snapshot) { v.Local = unmapped(local.AddrPort()) })
	}
	if err := s.dialect.open(ctx, s); err != nil {
		return err
	}
	defer s.close()
	if err := s.observe(ctx); err != nil {
		return err
	}
	started()
	return s.live(ctx)
}

func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// live does what the template says.
func (s *session) live(ctx context.Context) error {
	next := time.NewTimer(0)
	defer next.Stop()
	beat := time.NewTimer(s.order.Heartbeat)
	defer beat.Stop()
	renew := time.NewTimer(s.spread(s.order.Renewal))
	defer renew.Stop()
	due := time.Now()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.conn.Done():
			return errConnectionLost
		case n := <-s.notes:
			err = s.take(ctx, n)
		case <-next.C:
			wait := s.interval()
			if s.count == 0 {
				wait = time.Duration(s.random.Int64N(int64(wait))) // devices that were started together do not keep step
			}
			err = s.round(ctx)
			due = due.Add(wait)
			if now := time.Now(); due.Before(now) {
				due = now // a slow network: no rounds are made up for
			}
			next.Reset(time.Until(due))
		case <-beat.C:
			wait := s.order.Heartbeat - time.Since(s.said)
			if wait <= 0 {
				err = s.dialect.heartbeat(ctx, s)
				wait = s.order.Heartbeat
			}
			beat.Reset(wait)
		case <-renew.C:
			err = s.observe(ctx)
			renew.Reset(s.spread(s.order.Renewal))
		}
		if err != nil {
			return err
		}
	}
}

// interval draws the time to the next round.
func (s *session) interval() time.Duration {
	d := s.order.Interval
	if s.order.Jitter > 0 {
		d += time.Duration(s.random.Int64N(2*int64(s.order.Jitter)+1)) - s.order.Jitter
	}
	return max(d, MinInterval)
}

// spread draws a time around d, so that devices that were started together do not renew together.
func (s *session) spread(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(s.random.Int64N(int64(d)/2+1))
}

// round publishes what is to be published, and downloads.
func (s *session) round(ctx context.Context) error {
	sc := s.scope()
	if s.count > 0 {
		if err := s.assign("step", s.order.Template.step, sc); err != nil {
			s.failed(err)
			return nil
		}
	}
	err := s.publish(ctx, sc)
	s.count++
	if err == nil && s.order.Template.download != nil {
		err = s.fetchImage(ctx)
	}
	return err
}

// publish sends all that the template publishes. A mistake in an expression is told, and not the end.
func (s *session) publish(ctx context.Context, sc *scope) error {
	for i := range s.order.Template.publishes {
		c, wanted, err := s.payload(i, sc)
		switch {
		case err != nil:
			s.failed(err)
			continue
		case !wanted:
			continue
		}
		p := &s.order.Template.publishes[i]
		r, err := s.dialect.publish(s, s.fill(p.topic), c, p.retain)
		if err != nil {
			return err
		}
		r.NonConfirmable = s.order.Template.NonConfirmable
		s.look(func(v *Snapshot) { v.Last, v.LastAt = shown(c), time.Now() })
		if _, err := s.ask(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// ask sends a request and counts what becomes of it. An answer that refuses, and one that does not come, are no errors
// unless they mean that the connection is gone: the exchange is nil then.
func (s *session) ask(ctx context.Context, r *client.Request) (*client.Exchange, error) {
	s.prepare(r)
	x, err := s.conn.Do(ctx, r)
	return s.judge(ctx, x, err)
}

func (s *session) prepare(r *client.Request) {
	r.Transmission = s.order.Transmission
	if r.NonConfirmable && r.Timeout == 0 {
		r.Timeout = answerWait
	}
	s.said = time.Now()
}

func (s *session) judge(ctx context.Context, x *client.Exchange, err error) (*client.Exchange, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.look(func(v *Snapshot) {
		v.Sent++
		v.Retransmitted += uint64(x.Retransmissions)
		switch {
		case err != nil || !x.Answered:
			v.Lost++
		case x.Code>>5 > 2:
			v.Refused++
			v.Err, v.ErrAt = errors.New(refusal(x)), time.Now()
		default:
			v.Acknowledged++
		}
		if err == nil && x.RTT > 0 {
			v.RTT = x.RTT
		}
	})
	if err != nil {
		s.failed(err)
		if s.unanswered++; s.unanswered >= maxUnanswered || !errors.Is(err, client.ErrUnanswered) {
			return nil, err
		}
		return nil, nil
	}
	s.unanswered = 0
	if s.dialect.lost(x) {
		return nil, errConnectionLost
	}
	return x, nil
}

// refusal is an answer that refuses, for people.
func refusal(x *client.Exchange) string {
	text := fmt.Sprintf("%d.%02d %s", x.Code>>5, x.Code&0x1f, x.Code)
	if detail := shown(content{data: x.Payload}); detail != "" {
		text += ": " + detail
	}
	return text
}

// demand is ask for what a device cannot do without.
func (s *session) demand(ctx context.Context, r *client.Request) (*client.Exchange, error) {
	x, err := s.ask(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case x == nil:
		return nil, client.ErrUnanswered
	case x.Code>>5 != 2:
		return nil, mistakes.Errorf("refused: %s", refusal(x))
	}
	return x, nil
}

// fetchImage downloads the firmware; if there is none, it uploads one.
func (s *session) fetchImage(ctx context.Context) error {
	d := s.order.Template.download
	topic := s.fill(d.topic)
	r, err := s.dialect.read(s, topic)
	if err != nil {
		return err
	}
	r.MaxBody = maxImage
	r.Options = append(r.Options, message.Option{ID: message.Size2}) // it asks how long the image is (RFC 7959, section 4)
	x, err := s.transfer(ctx, r)
	switch {
	case err != nil || x == nil:
		return err
	case x.Code == codes.NotFound || x.Code == codes.Content && len(x.Payload) == 0:
		r, err = s.dialect.store(s, topic, content{data: image(d.size, s.order.Seed), format: message.AppOctets})
		if err != nil {
			return err
		}
		_, err = s.transfer(ctx, r)
		return err
	case x.Code == codes.Content:
		s.look(func(v *Snapshot) { v.Image, v.LastAt = Image{len(x.Payload), x.Blocks, x.Took}, time.Now() })
	}
	return nil
}

// transfer is ask for what takes many blocks: how far it is can be seen meanwhile, and where it broke off is told.
func (s *session) transfer(ctx context.Context, r *client.Request) (*client.Exchange, error) {
	var now client.Progress
	r.Progress = func(p client.Progress) {
		now = p
		s.look(func(v *Snapshot) { v.Transfer = p })
	}
	x, err := s.ask(ctx, r)
	s.look(func(v *Snapshot) { v.Transfer = client.Progress{} })
	if done := now.Sent + now.Received; x == nil && err == nil && done > 0 {
		s.failed(mistakes.Errorf("broken off after %d bytes: %w", done, client.ErrUnanswered))
	}
	return x, err
}

// close says farewell, as far as the dialect has words for it, without waiting long.
func (s *session) close() {
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	s.dialect.close(ctx, s)
	s.look(func(v *Snapshot) { v.Observations = 0 })
}
