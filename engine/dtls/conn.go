package dtls

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/secure"
)

// MaxMessage is a length in bytes that no plaintext of a record reaches: what a buffer for Read should have.
const MaxMessage = maxDatagram

// certainEnd is how often pion has to say that a session ended: when the peer sent a message and then close_notify, its
// Read takes the end or the message, whichever it draws.
const certainEnd = 64

// Conn is an established session. Methods may be called from any goroutine.
type Conn struct {
	session  *session
	identity secure.Identity
}

// Read returns the plaintext of one record. Its error is io.EOF when the peer or Close ended the session, or a new one
// took its place. A record that is longer than b is dropped.
func (c *Conn) Read(b []byte) (int, error) {
	for ends := 0; ; {
		n, err := c.session.pion.Read(b)
		switch {
		case err == nil:
			c.session.settled()
			return n, nil
		case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, pion.ErrConnClosed):
			if ends++; ends == certainEnd {
				return 0, io.EOF
			}
		}
		// A warning of the peer, or something that is no part of the session: neither ends it.
	}
}

// Write sends b as one record, to where the peer is now. It does not wait for the network. Its error is net.ErrClosed
// after the session ended.
func (c *Conn) Write(b []byte) (int, error) {
	n, err := c.session.pion.Write(b)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, pion.ErrConnClosed):
		return 0, net.ErrClosed
	}
	return 0, fmt.Errorf("send %d bytes to %s: %w", len(b), c.RemoteAddr(), err)
}

// Identity is what the peer proved.
func (c *Conn) Identity() secure.Identity { return c.identity }

// RemoteAddr is where the peer is. With a Connection ID it changes when a record proves it to be elsewhere (RFC 9146,
// section 6); that record is read when RemoteAddr has changed.
func (c *Conn) RemoteAddr() netip.AddrPort { return c.session.route.Load().remote }

// LocalAddr is the address of this machine that the peer asked.
func (c *Conn) LocalAddr() netip.Addr { return c.session.route.Load().localAddr() }

// Close tells the peer that the session ends (RFC 5246, section 7.2.1), and ends it.
func (c *Conn) Close() error {
	err := c.session.pion.Close()
	_ = c.session.Close()
	if err != nil {
		return fmt.Errorf("close session with %s: %w", c.RemoteAddr(), err)
	}
	return nil
}
