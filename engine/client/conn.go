package client

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// Config says how a connection is made.
type Config struct {
	// Local is the address to send from, HOST:PORT; empty: any.
	Local string
	// Security is for coaps and must be there for it.
	Security *Security
	// MaxMessage is the longest message that is read, in bytes; 0: 65,535, which is the memory that a connection takes for it.
	MaxMessage int
	// OnDatagram is told of every datagram, on the goroutine that reads or sends it; it may be nil and must not block.
	OnDatagram func(Datagram)
}

// Conn is a socket to one server.
type Conn struct {
	conn    net.Conn
	framed  framed // of a reliable transport; nil: conn has datagrams
	config  Config
	closed  chan struct{}
	greeted chan struct{} // closed when the server's CSM is there
	ended   sync.WaitGroup

	mu           sync.Mutex
	messageID    uint16
	byToken      map[string]*waiter
	byID         map[uint16]*waiter
	observations map[string]*Observation
	seen         map[uint16][]byte // message IDs of the server's, with what they were answered; nil: nothing
	seenOrder    []uint16
	failure      error // why closed is closed
	takes        capabilities
	isGreeted    bool
}

// maxSeen is how many message IDs of the server are remembered.
const maxSeen = 256

// LocalAddr is the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.conn.LocalAddr() }

// RemoteAddr is the address of the server.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// Close ends the exchanges and observations that are not done, without a word to the server about them; one over a reliable
// transport is released (RFC 8323, section 5.5), for which the server has 250 ms.
func (c *Conn) Close() error {
	if c.end(ErrClosed) && c.reliable() {
		c.release()
	}
	err := c.conn.Close()
	c.ended.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return mistakes.Errorf("closing the connection: %w", err)
	}
	return nil
}

// Done is closed when the connection is: by Close, or because the server ended it or its DTLS session.
func (c *Conn) Done() <-chan struct{} { return c.closed }

// end lets nobody wait any more. It reports whether the connection was open.
func (c *Conn) end(why error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure != nil {
		return false
	}
	c.failure = why
	close(c.closed)
	return true
}

// why is the reason that the connection is closed.
func (c *Conn) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failure
}

// waiter is an exchange that waits for a message.
type waiter struct {
	events chan *event
	trace  *trace
	// observation is set if what the token names is or becomes one.
	observation *Observation
}

// event is a message, or why none will come.
type event struct {
	packet packet
	at     time.Time
	err    error
}

// tell hands an event over. Who has as many waiting as there is room for loses it, as the network might.
func (w *waiter) tell(e event) {
	select {
	case w.events <- &e:
	default:
	}
}

// read takes in datagrams until the socket is closed.
func (c *Conn) read() {
	defer c.ended.Done()
	size := c.config.MaxMessage
	if size <= 0 {
		size = maxDatagram
	}
	buffer := make([]byte, size+1)
	for {
		n, err := c.conn.Read(buffer)
		switch {
		case n > size || tooLong(err):
			// What is longer than Config.MaxMessage is lost.
		case err == nil:
			c.receive(append([]byte(nil), buffer[:n]...), time.Now())
		case refusedByPeer(err) || noRoute(err):
			c.tellAll(event{err: unreached(err)})
		default:
			c.end(mistakes.Errorf("%w: %w", ErrClosed, err))
			return
		}
	}
}

// tellAll hands an event to all exchanges.
func (c *Conn) tellAll(e event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.byToken {
		w.tell(e)
	}
	for _, w := range c.byID {
		w.tell(e)
	}
}

// receive takes in one datagram.
func (c *Conn) receive(data []byte, at time.Time) {
	p, err := parse(data)
	d := Datagram{At: at, Data: data}
	switch {
	case err != nil:
		d.Note, d.Stray = record.Malformed, true
		traces := c.underWay()
		c.tap(d, traces...)
		if p.typ == message.Confirmable {
			_ = c.write(header(message.Reset, p.messageID), 0, traces...) // as good as lost
		}
	case p.typ == message.Acknowledgement || p.typ == message.Reset:
		c.settle(p, d)
	default:
		c.accept(p, d)
	}
}

// settle takes in an ACK or RST, which belong to a message of ours.
func (c *Conn) settle(p packet, d Datagram) {
	c.mu.Lock()
	w := c.byID[p.messageID]
	if w != nil && p.code != codes.Empty {
		if c.byToken[string(p.token)] != w {
			w = nil
		} else {
			w.establish(p)
		}
	}
	c.mu.Unlock()
	if w == nil {
		d.Stray = true
		c.tap(d, c.underWay()...)
		return
	}
	c.tap(d, w.trace)
	w.tell(event{packet: p, at: d.At})
}

// underWay are the traces of all exchanges that wait: what belongs to none of them may be meant for one.
func (c *Conn) underWay() []*trace {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*trace, 0, len(c.byToken))
	for _, w := range c.byToken {
		all = append(all, w.trace)
	}
	return all
}

// establish begins the observation that a response grants, before the next message is read.
func (w *waiter) establish(p packet) {
	if _, observed := find(p.options, message.Observe); observed && w.observation != nil && p.code>>5 == 2 {
		w.observation.established = true
	}
}

// accept takes in a CON or NON: a response, a ping, or what this client does not serve.
func (c *Conn) accept(p packet, d Datagram) {
	c.mu.Lock()
	if answer, again := c.seen[p.messageID]; again && !c.reliable() {
		w := c.byToken[string(p.token)]
		c.mu.Unlock()
		d.Note = record.Duplicate
		c.tap(d, traceOf(w))
		if answer != nil {
			_ = c.write(answer, record.Retransmitted, traceOf(w)) // the next duplicate tries again
		}
		return
	}
	var w *waiter
	var o *Observation
	if p.code>>5 >= 2 {
		w, o = c.byToken[string(p.token)], c.observations[string(p.token)]
	}
	if _, notifies := find(p.options, message.Observe); o != nil && o.established && (notifies || w == nil) {
		w = nil
	} else {
		o = nil
	}
	if w != nil {
		w.establish(p)
	}
	var answer []byte
	if !c.reliable() {
		answer = c.reaction(&p, w, o)
		c.remember(p.messageID, answer)
	}
	c.mu.Unlock()

	traces := []*trace{traceOf(w)}
	switch {
	case o != nil:
		traces[0] = o.trace
	case w == nil:
		d.Stray = true
		traces = c.underWay()
	}
	c.tap(d, traces...)
	if answer != nil {
		_ = c.write(answer, 0, traces...) // a duplicate tries again
	}
	switch {
	case w != nil:
		w.tell(event{packet: p, at: d.At})
	case o != nil:
		o.take(&event{packet: p, at: d.At})
	}
}

// reaction is what a message is answered at once: an ACK or RST, or nil for nothing. The lock is held.
func (c *Conn) reaction(p *packet, w *waiter, o *Observation) []byte {
	typ := message.Reset
	switch {
	case o != nil && o.ending == Forget:
		return nil
	case o != nil && o.ending == ByReset, o == nil && w == nil:
		if p.code == codes.Empty && p.typ == message.NonConfirmable {
			return nil
		}
	case p.typ == message.NonConfirmable:
		return nil
	default:
		typ = message.Acknowledgement
	}
	return header(typ, p.messageID)
}

// header is an empty message.
func header(typ message.Type, id uint16) []byte {
	return []byte{1<<6 | byte(typ)<<4, 0, byte(id >> 8), byte(id)}
}

// remember keeps what a message ID was answered. The lock is held.
func (c *Conn) remember(id uint16, answer []byte) {
	if len(c.seenOrder) == maxSeen {
		delete(c.seen, c.seenOrder[0])
		c.seenOrder = c.seenOrder[1:]
	}
	c.seen[id] = answer
	c.seenOrder = append(c.seenOrder, id)
}

// write sends a datagram. That the system could not send it shows in that nobody answers, and in what it returns.
func (c *Conn) write(data []byte, note record.Note, traces ...*trace) error {
	d := Datagram{At: time.Now(), Outgoing: true, Note: note, Data: data}
	if c.reliable() {
		d.Protocol = c.framed.protocol()
		c.tap(d, traces...)
		if err := c.framed.write(data); err != nil {
			return mistakes.Errorf("sending: %w", err)
		}
		return nil
	}
	c.tap(d, traces...)
	if _, err := c.conn.Write(data); err != nil {
		return mistakes.Errorf("sending: %w", unreached(err))
	}
	return nil
}

func (c *Conn) tap(d Datagram, traces ...*trace) {
	for _, t := range traces {
		if t != nil {
			t.add(d)
		}
	}
	if c.config.OnDatagram != nil {
		c.config.OnDatagram(d)
	}
}

// trace keeps datagrams, up to max: the first ones of an exchange, the latest of an observation.
type trace struct {
	max    int
	latest bool

	mu        sync.Mutex
	datagrams []Datagram
	leftOut   int
}

func traceOf(w *waiter) *trace {
	if w == nil {
		return nil
	}
	return w.trace
}

func (t *trace) add(d Datagram) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.datagrams) == t.max {
		t.leftOut++
		if !t.latest {
			return
		}
		t.datagrams = t.datagrams[1:]
	}
	t.datagrams = append(t.datagrams, d)
}

// taken returns what was kept.
func (t *trace) taken() ([]Datagram, int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Datagram(nil), t.datagrams...), t.leftOut
}
