package coap

import (
	"errors"
	"fmt"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

const (
	// signalClass is the class of signaling codes (RFC 8323, section 5.1).
	signalClass = 7
	// baseMessageSize is what a peer takes that has not said how much (RFC 8323, section 5.3.1).
	baseMessageSize = 1152
)

// abortion is why a connection is aborted (RFC 8323, section 5.6).
type abortion struct {
	diagnostic string
	badOption  message.OptionID // a CSM option that cannot be processed; 0: none
}

func (a *abortion) Error() string { return a.diagnostic }

// Errors of receive: how the peer ended the connection.
var (
	errReleased = errors.New("released by the peer")
	errAborted  = errors.New("aborted by the peer")
)

// signal handles a signaling message.
func (s *stream) signal() error {
	m := &s.reader.m
	if !s.ready.Load() && m.code != codes.CSM && m.code != codes.Abort {
		return &abortion{diagnostic: "the first message is not a CSM"}
	}
	for _, o := range m.options { // no critical signaling option is known
		if critical(o.ID) {
			a := &abortion{diagnostic: fmt.Sprintf("critical option %d is unknown", o.ID)}
			if m.code == codes.CSM {
				a.badOption = o.ID
			}
			return a
		}
	}
	switch m.code {
	case codes.CSM:
		return s.takeCSM(m.options)
	case codes.Ping:
		s.pong(m)
	case codes.Release:
		return errReleased
	case codes.Abort:
		return errAborted
	}
	return nil // a Pong shows that the peer is there, which every message does; other codes are unassigned
}

// takeCSM notes what the peer takes from now on; what it does not repeat stays (RFC 8323, section 5.3).
func (s *stream) takeCSM(options message.Options) error {
	for i, o := range options {
		if i > 0 && o.ID == options[i-1].ID {
			continue // neither option is repeatable
		}
		switch o.ID {
		case message.TCPMaxMessageSize:
			if len(o.Value) > 4 {
				return &abortion{diagnostic: "Max-Message-Size is longer than 4 bytes", badOption: o.ID}
			}
			s.limit.Store(int64(uintValue(o.Value)))
		case message.TCPBlockWiseTransfer:
			if len(o.Value) > 0 {
				return &abortion{diagnostic: "Block-Wise-Transfer is not empty", badOption: o.ID}
			}
			s.blockwise.Store(true)
		}
	}
	s.ready.Store(true)
	return nil
}

// pong answers a Ping; one that asks for custody when all requests before it have been answered.
func (s *stream) pong(ping *incoming) {
	pong := outgoing{code: codes.Pong, token: ping.token}
	for _, o := range ping.options {
		if o.ID == message.TCPCustody && len(o.Value) == 0 {
			if s.wait(0) {
				pong.options = message.Options{{ID: message.TCPCustody}}
			}
			break
		}
	}
	s.tell(&pong)
}

func (s *stream) tell(m *outgoing) { s.endpoint.send(&s.peer.route, s.peer, m, 0, nil) }

func (s *stream) sendCSM() {
	c := &s.endpoint.config
	csm := outgoing{code: codes.CSM, options: message.Options{
		{ID: message.TCPMaxMessageSize, Value: appendUint(nil, uint32(c.Stream.MaxMessageSize), false)},
	}}
	if !c.DisableBlockwise {
		csm.options = append(csm.options, message.Option{ID: message.TCPBlockWiseTransfer})
	}
	s.tell(&csm)
}

// abort says why the connection ends, and ends it.
func (s *stream) abort(a *abortion) {
	m := outgoing{code: codes.Abort, payload: []byte(a.diagnostic)}
	if a.badOption != 0 {
		m.options = message.Options{
			{ID: message.TCPBadCSMOption, Value: appendUint(nil, uint32(a.badOption), false)},
		}
	}
	s.finish(&m)
}

// release asks the client to close (RFC 8323, section 5.5), and does it if the client has not soon.
func (s *stream) release() { s.finish(&outgoing{code: codes.Release}) }

// finish sends the last message.
func (s *stream) finish(m *outgoing) {
	if !s.ending.CompareAndSwap(false, true) {
		return
	}
	s.endpoint.timers.set(&s.hangUp, time.Now().Add(3*lingerTimeout))
	s.conn.hurry(lingerTimeout)
	data := m.frame(s.server.transport == WebSocket)
	s.endpoint.sends(&s.peer.route, s.peer, data, effect{})
	s.out.put(data, true)
}

// goodbye waits for the client to close, but not long.
func (s *stream) goodbye() {
	s.framing.goodbye()
	_ = s.conn.SetReadDeadline(time.Now().Add(lingerTimeout))
	s.conn.closeWrite()
}

// look is called when the client should have sent its CSM, and later when it may have been silent for too long.
func (s *stream) look(now time.Time) {
	c := &s.endpoint.config.Stream
	select {
	case <-s.done:
		return
	default:
	}
	heard := s.endpoint.began.Add(time.Duration(s.conn.read.Load()))
	silent := now.Sub(heard)
	next := heard.Add(c.IdleTimeout)
	switch {
	case s.ending.Load():
		return
	case !s.ready.Load():
		s.abort(&abortion{diagnostic: fmt.Sprintf("no CSM came within %v", c.HandshakeTimeout)})
		return
	case silent < c.IdleTimeout:
	case heard.Before(s.asked):
		_ = s.conn.Close()
		return
	default:
		s.asked = now
		s.tell(&outgoing{code: codes.Ping})
		next = now.Add(c.HandshakeTimeout)
	}
	s.endpoint.timers.set(&s.watch, next)
}
