package client

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
)

const (
	// signalClass is the class of signaling codes (RFC 8323, section 5.1).
	signalClass = 7
	// baseMessageSize is what a server takes that has not said how much (RFC 8323, section 5.3.1).
	baseMessageSize = 1152
)

// capabilities are what the CSM of the server says (RFC 8323, section 5.3).
type capabilities struct {
	messageSize int
	blockwise   bool
}

// greet sends the CSM of this end and waits for the server's.
func (c *Conn) greet(ctx context.Context) error {
	csm := packet{code: codes.CSM, options: message.Options{
		{ID: message.TCPMaxMessageSize, Value: uintValue(maxFrame)}, {ID: message.TCPBlockWiseTransfer},
	}}
	if err := c.say(&csm); err != nil {
		return err
	}
	select {
	case <-c.greeted:
		return nil
	case <-c.closed:
		return c.why()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// say sends a signaling message.
func (c *Conn) say(p *packet) error {
	data, err := p.frame(c.framed.protocol())
	if err != nil {
		return err
	}
	return c.write(data, 0)
}

// signal takes in a signaling message, on the goroutine that reads.
func (c *Conn) signal(p packet, d Datagram) {
	c.mu.Lock()
	w := c.byToken[string(p.token)]
	if p.code != codes.Pong {
		w = nil
	}
	c.mu.Unlock()
	c.tap(d, traceOf(w))
	if unknown := slices.IndexFunc(p.options, func(o message.Option) bool { return o.ID%2 == 1 }); unknown >= 0 {
		c.abort(p.code, p.options[unknown].ID) // of those that are known none is critical
		return
	}
	switch p.code {
	case codes.CSM:
		c.takeCSM(p.options)
	case codes.Ping:
		pong := packet{code: codes.Pong, token: p.token}
		if _, custody := find(p.options, message.TCPCustody); custody {
			pong.options = message.Options{{ID: message.TCPCustody}}
		}
		_ = c.say(&pong) // a server that cannot be told ends the connection
	case codes.Pong:
		if w != nil {
			w.tell(event{packet: p, at: d.At})
		}
	case codes.Release:
		c.end(mistakes.Errorf("%w: released by the server", ErrClosed))
	case codes.Abort:
		c.end(mistakes.Errorf("%w: aborted by the server: %s", ErrClosed, p.payload))
	}
}

// abort ends the connection because of a critical option that is not known (RFC 8323, sections 5.2 and 5.3.1).
func (c *Conn) abort(of codes.Code, option message.OptionID) {
	why := fmt.Sprintf("critical option %d is unknown", option)
	told := packet{code: codes.Abort, payload: []byte(why)}
	if of == codes.CSM {
		told.options = message.Options{{ID: message.TCPBadCSMOption, Value: uintValue(uint32(option))}} // section 5.6
	}
	_ = c.say(&told)
	c.end(mistakes.Errorf("%w: a message of the server: %s", ErrClosed, why))
}

// releaseWait is how long a server has to close a connection that is released.
const releaseWait = 250 * time.Millisecond

// release lets the server close the connection in good order (RFC 8323, section 5.5).
func (c *Conn) release() {
	late := time.AfterFunc(releaseWait, func() { _ = c.conn.Close() })
	defer late.Stop()
	if c.say(&packet{code: codes.Release}) == nil {
		c.ended.Wait()
	}
}

// takeCSM notes what the server takes from now on; what it does not repeat stays.
func (c *Conn) takeCSM(options message.Options) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if size, there := findUint(options, message.TCPMaxMessageSize); there {
		c.takes.messageSize = int(size)
	}
	if _, there := find(options, message.TCPBlockWiseTransfer); there {
		c.takes.blockwise = true
	}
	if !c.isGreeted {
		c.isGreeted = true
		close(c.greeted)
	}
}

// taken is what the server takes.
func (c *Conn) taken() capabilities {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.takes
}

// reliable reports whether the transport is one of RFC 8323.
func (c *Conn) reliable() bool { return c.framed != nil }

// inOne is how long a payload may be that goes in one message: over a reliable transport as long as the server takes, where
// the request does not say how long its blocks are.
func (x *exchange) inOne(options message.Options) (int, error) {
	r := x.request
	if !x.conn.reliable() {
		return r.blockSize(), nil
	}
	takes := x.conn.taken()
	empty := packet{token: x.token, options: options}
	body, err := empty.body()
	const head = 1 + 4 + 1 + maxTokenLength + 1 // length, code, token, marker
	room := takes.messageSize - head - len(body)
	switch {
	case err != nil:
		return 0, err
	case takes.blockwise && r.BlockSize != 0:
		return min(room, r.BlockSize), nil
	case !takes.blockwise && len(r.Payload) > room:
		return 0, mistakes.Errorf("the server takes messages of %d bytes and no blocks: the payload has %d", takes.messageSize, len(r.Payload))
	}
	return room, nil
}
