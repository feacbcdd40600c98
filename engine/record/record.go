// Package record keeps the traffic that passed: a ring of raw messages in both directions, bounded by bytes. A message
// is copied in when it passes and decoded only when somebody looks at it.
package record

import (
	"net/netip"
	"time"
)

// Protocol says what the bytes of a Frame are.
type Protocol uint8

const (
	CoAP          Protocol = iota // one RFC 7252 message
	MQTT                          // one MQTT control packet
	CoAPTCP                       // one RFC 8323 message as on a stream, section 3.2
	CoAPWebSocket                 // one RFC 8323 message as in a WebSocket, section 4.3
)

// IsCoAP reports whether p is CoAP in any form.
func (p Protocol) IsCoAP() bool { return p == CoAP || p == CoAPTCP || p == CoAPWebSocket }

// Note is what the engine knew about a message beyond its bytes.
type Note uint8

const (
	Retransmitted Note = 1 << iota // sent again by us because no ACK came
	Duplicate                      // received again with a message ID already answered
	Malformed                      // could not be parsed
	Altered                        // a Duplicate whose bytes differ from the first: message IDs are being reused
	Cut                            // longer than the record keeps: Data is the beginning

	// What simulated conditions did to the message on its way.
	LostByConditions
	DelayedByConditions
	DuplicatedByConditions
)

// Frame is one message as it passed.
type Frame struct {
	Seq      uint64 // counts from 1, without gaps
	At       time.Time
	Protocol Protocol
	Outgoing bool // sent by Sluice
	Peer     netip.AddrPort
	Listener string // the listener's URL
	Client   string // client ID where it was known
	Note     Note
	// Condition is what simulated conditions did besides what Note says; the zero value where they did nothing.
	Condition Condition
	Data      []byte // never modified
}

// Condition is how simulated conditions treated a message.
type Condition struct {
	Preset string // by which name the conditions are known, as "NB-IoT"; empty: the user's own
	Cause  Cause
	Delay  time.Duration // one way, of DelayedByConditions; kept to the microsecond. An incoming message left so long before At
}

// Cause is why.
type Cause uint8

// Causes.
const (
	ByChance  Cause = iota // or all messages are
	Silence                // lost in a silent period
	Unmapped               // lost: the address translation had forgotten the peer
	Overflow               // lost: too many were delayed
	Overtaken              // delayed so long that later ones came first
	TooLong                // lost: longer than what passes
	Remapped               // the peer comes from another port from this message on

)
