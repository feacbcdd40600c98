// Package broker is the MQTT side of Sluice: publish, subscribe, retained messages and the connected MQTT clients.
// It knows nothing of CoAP. Broker is an interface so that the same gateway can later run against an outside cluster;
// Embedded is the one in this process.
//
// A message is handed to every subscriber by the goroutine that publishes it. Functions given to Subscribe and to
// Options therefore must not block and must not call back into the broker's Close.
package broker

import (
	"time"

	"sluice/engine/secure"
)

// Message is one application message (MQTT 5, section 3.3).
type Message struct {
	Topic string
	// Payload is borrowed: who receives a Message may keep Payload only if Message came through Subscribe or Retained,
	// and never modifies it. Who publishes may reuse the slice once Publish has returned.
	Payload []byte
	QoS     byte
	Retain  bool
	// Via says which side the message came in by.
	Via Via
	// Expiry is the message expiry interval; zero with HasExpiry false means none.
	HasExpiry bool
	Expiry    time.Duration
	// From is the client ID of the publisher, empty for the window's own messages.
	From string
	// Type is what the publisher declares the payload to be.
	Type PayloadType
	// At is when the message was published.
	At time.Time
}

// Via says how a message entered: the side, and of CoAP the method too.
type Via uint8

// ViaMethod is ViaCoAP by a request with a method, of which code is that (RFC 7252, section 12.1.1).
func ViaMethod(code byte) Via { return ViaCoAP | Via(code)<<4 }

// Side is v without a method.
func (v Via) Side() Via { return v & 0x0f }

// Method is the code of the method of a message from CoAP; 0: it has none, or was kept by a Sluice that did not note it.
func (v Via) Method() byte { return byte(v) >> 4 }

const (
	ViaMQTT Via = iota
	ViaCoAP
	ViaWindow
	// ViaGateway is an event of the gateway itself. Only those may go below $SYS.
	ViaGateway
)

// Broker is what the gateway and the window need of an MQTT broker. All methods may be called from any goroutine.
type Broker interface {
	// Publish hands m to everyone who subscribed before it returns. m.Retain must be false.
	Publish(m *Message) error
	// PublishRetained is Publish for a message with Retain set (an empty payload clears the topic). done is called
	// exactly once, from any goroutine, when the message is handed out and on disk, or with why it is not. Two calls
	// from one goroutine take effect in their order.
	PublishRetained(m *Message, done func(error))
	// Subscribe calls fn for each message that matches filter (MQTT wildcards; $share is not interpreted) until the
	// returned function is called. Retained messages are not delivered: see Retained. One filter may be subscribed
	// many times.
	Subscribe(filter string, fn func(*Message)) (unsubscribe func(), err error)
	// Retained returns the retained messages that match filter now.
	Retained(filter string) []*Message
	// Clients returns the MQTT clients that are connected now.
	Clients() []Client
	// Disconnect ends the MQTT client with that ID; it reports whether there was one.
	Disconnect(clientID string) bool
	// Stats returns counters since start.
	Stats() Stats
}

// Client is one connected MQTT client.
type Client struct {
	ID, Username string
	Addr         string          // host:port as the listener saw it
	Listener     string          // the listener's URL
	Identity     secure.Identity // what it proved; zero without TLS
	Version      byte            // 3, 4 or 5 as in CONNECT
	Connected    time.Time
	LastSeen     time.Time
	KeepAlive    time.Duration
	In, Out      uint64 // MQTT packets
	Filters      []string
}

// Stats are counters since start, and gauges of now.
type Stats struct {
	Clients, Subscriptions, Retained int
	In, Out, Dropped                 uint64 // PUBLISH packets
}
