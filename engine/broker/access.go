package broker

import (
	"math"
	"net/netip"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"sluice/engine/secure"
)

// Action is what a client asks to do with a topic.
type Action uint8

const (
	ActionPublish Action = iota
	ActionSubscribe
)

// Who is the client that asks.
type Who struct {
	ClientID, Username string
	Identity           secure.Identity // what it proved; the zero value without TLS
}

// Login is what a CONNECT says, and where it came from.
type Login struct {
	Who             // an empty Username: it carried none
	Password string // empty: it carried none
	From     netip.Addr
}

// Verdict is the answer to a Login.
type Verdict uint8

// Verdicts, and what CONNACK says of them in MQTT 5 and in MQTT 3.1.1.
const (
	Accepted       Verdict = iota
	BadCredentials         // bad user name or password (0x86), not authorized (5)
	NotAuthorized          // not authorized (0x87), not authorized (5)
	// TooManyAttempts refuses without a look at the password: connection rate exceeded (0x9F) and, because what the client
	// gave may be right and it is to try again, server unavailable (3) as EMQX has it.
	TooManyAttempts
)

// Access decides who may connect, publish and subscribe. Its methods are called from many goroutines at once.
type Access interface {
	// ClientIDOf returns the client ID of who proved an identity and gives none in its CONNECT; empty: one is made up.
	ClientIDOf(secure.Identity) string
	// Authenticate decides about a CONNECT. It may take as long as a password hash takes: only that client waits. stays
	// reports later whether a client that was accepted still would be; it is asked by Recheck.
	Authenticate(Login) (v Verdict, stays func() bool)
	// Allowed reports whether a client may publish to a topic name or subscribe to a topic filter. For the second,
	// topic is the filter behind $share/GROUP/; and it is asked again, with the topic name, for each message that is
	// delivered, so that a new rule at once ends what an older subscription delivers.
	Allowed(who Who, action Action, topic string) bool
	// HasRules reports whether any rule exists. While it is false Allowed is not asked.
	HasRules() bool
}

// authenticate decides about a CONNECT and notes what is to be known of the client later. A refusal other than "bad user
// name or password", which is all that mochi says, is told here, and mochi's CONNACK swallowed.
func (h *hook) authenticate(cl *mqtt.Client, pk *packets.Packet) bool {
	a, c := h.broker.access, connOf(cl)
	if a == nil {
		return true
	}
	login := Login{Who: Who{Username: string(pk.Connect.Username)}, Password: string(pk.Connect.Password)}
	if c != nil {
		login.Identity, login.From = c.identity, c.peer.Addr()
		assign(cl, a.ClientIDOf(c.identity))
	}
	login.ClientID = cl.ID
	v, stays := a.Authenticate(login)
	if v == Accepted {
		if c != nil {
			c.stays = stays
		}
		return true
	}
	h.broker.log.Info("an MQTT client was refused", "client", cl.ID, "peer", cl.Net.Remote, "why", v)
	if code, own := v.connack(cl.Properties.ProtocolVersion); own && c != nil {
		_ = h.broker.server.SendConnack(cl, code, false, nil) // if it cannot be written the connection ends anyway
		c.refused.Store(true)
	}
	return false
}

// assign gives a client ID to a client that gave none, instead of the one that mochi made up (MQTT 5, section 3.2.2.3.7).
func assign(cl *mqtt.Client, id string) {
	given := &cl.Properties.Props.AssignedClientID
	if *given != "" && id != "" && len(id) <= math.MaxUint16 && utf8.ValidString(id) && !strings.ContainsRune(id, 0) {
		cl.ID, *given = id, id
	}
}

// connack is what a refusal says; own is false if that is what mochi says.
func (v Verdict) connack(version byte) (code packets.Code, own bool) {
	switch {
	case v == NotAuthorized && version >= 5:
		return packets.ErrNotAuthorized, true
	case v == TooManyAttempts && version >= 5:
		return packets.ErrConnectionRateExceeded, true
	case v == TooManyAttempts:
		return packets.Err3ServerUnavailable, true
	}
	return packets.ErrBadUsernameOrPassword, false
}

// String says it in plain English.
func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case BadCredentials:
		return "bad username or password"
	case TooManyAttempts:
		return "too many wrong passwords"
	}
	return "not authorized"
}

func (h *hook) who(cl *mqtt.Client) Who {
	who := Who{ClientID: cl.ID}
	if c := connOf(cl); c != nil {
		who.Username, who.Identity = c.username, c.identity
	}
	return who
}

func (h *hook) allowed(cl *mqtt.Client, action Action, topic string) bool {
	a := h.broker.access
	return a == nil || !a.HasRules() || a.Allowed(h.who(cl), action, topic)
}

// withhold drops from the session that a client is about to take up what it may not have: rules may have changed, or the
// one who subscribed may have been another user.
func (h *hook) withhold(cl *mqtt.Client) {
	held, ok := h.broker.server.Clients.Get(cl.ID)
	if !ok {
		return
	}
	for _, pk := range held.State.Inflight.GetAll(false) {
		if pk.FixedHeader.Type != packets.Publish || pk.TopicName == "" || h.allowed(cl, ActionSubscribe, pk.TopicName) {
			continue
		}
		if held.State.Inflight.Delete(pk.PacketID) {
			atomic.AddInt64(&h.broker.server.Info.Inflight, -1)
		}
	}
}

// unsubscribe ends one subscription of a client.
func (e *Embedded) unsubscribe(cl *mqtt.Client, filter string) {
	cl.State.Subscriptions.Delete(filter)
	if e.server.Topics.Unsubscribe(filter, cl.ID) {
		atomic.AddInt64(&e.server.Info.Subscriptions, -1)
	}
	e.routes.changed()
}

// Recheck judges all clients anew, after what Access says has changed, and returns how many clients were ended and how
// many subscriptions, those of sessions without a connection included. Who would not be let in any more is disconnected;
// so is who loses a subscription. MQTT has no way to tell that a subscription is over: a client that stayed connected would
// wait for messages that never come. This way it learns why ("not authorized" and the filter, in MQTT 5), connects again,
// subscribes again and is refused. The session stays, with its other subscriptions and what is queued for them.
func (e *Embedded) Recheck() (clients, subscriptions int) {
	if e.access == nil {
		return 0, 0
	}
	reasons := make(map[*conn]packets.Code)
	for _, cl := range e.server.Clients.GetAll() {
		c := connOf(cl)
		if c == nil {
			continue
		}
		reason, lost := (&hook{broker: e}).judge(cl, c)
		subscriptions += lost
		if reason.Code != 0 {
			reasons[c] = reason
		}
	}
	clients = e.endEach(func(c *conn) packets.Code { return reasons[c] })
	return clients, subscriptions
}

// judge takes away the subscriptions that a client may not have any more. The reason is why it is to be ended; its Code is
// 0 if it is not.
func (h *hook) judge(cl *mqtt.Client, c *conn) (reason packets.Code, lost int) {
	if c.stays != nil && !c.stays() {
		reason = packets.ErrNotAuthorized
	}
	for filter := range cl.State.Subscriptions.GetAll() {
		if plain, _ := splitShare(filter); h.allowed(cl, ActionSubscribe, plain) {
			continue
		}
		h.broker.unsubscribe(cl, filter)
		lost++
		reason = packets.Code{Code: packets.ErrNotAuthorized.Code, Reason: "not authorized to subscribe to " + filter}
	}
	return reason, lost
}
