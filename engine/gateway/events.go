package gateway

import (
	"encoding/json"
	"net/netip"
	"time"

	"sluice/engine/broker"
)

// reason says why a session ended, in the words of EMQX's events.
type reason string

const (
	reasonNormal    reason = "normal"            // the client closed it
	reasonKeepalive reason = "keepalive_timeout" // the client was silent for too long
	reasonKicked    reason = "kicked"            // the user ended it
	reasonDiscarded reason = "discarded"         // another session took its client ID or its address
	reasonClosed    reason = "sock_closed"       // its connection or its listener has closed
	reasonShutdown  reason = "shutdown"          // the gateway has closed
)

// clientEvent is the payload of an event, with the names of EMQX. Times are Unix milliseconds.
type clientEvent struct {
	ClientID       string `json:"clientid"`
	Username       string `json:"username"`
	IPAddress      string `json:"ipaddress"`
	Port           uint16 `json:"sockport"`
	ProtoName      string `json:"proto_name"`
	ProtoVer       string `json:"proto_ver"`
	Keepalive      int64  `json:"keepalive"` // seconds
	CleanStart     bool   `json:"clean_start"`
	ExpiryInterval int64  `json:"expiry_interval"` // seconds
	ConnectedAt    int64  `json:"connected_at"`
	DisconnectedAt int64  `json:"disconnected_at,omitempty"`
	Reason         reason `json:"reason,omitempty"`
	Timestamp      int64  `json:"ts"`
}

// announces reports whether a mode has events: EMQX tells of no client that only has an address.
func (m Mode) announces() bool { return m == ModeConnection || m == ModeQuery }

// eventOf describes a session whose lock is held. addr is where it speaks or spoke from.
func (s *session) eventOf(addr netip.AddrPort, now time.Time) clientEvent {
	return clientEvent{
		ClientID: s.id, Username: s.username, IPAddress: addr.Addr().String(), Port: addr.Port(),
		ProtoName: "CoAP", ProtoVer: "1", Keepalive: int64(s.handler.gateway.heartbeat.interval / time.Second),
		CleanStart: true, ConnectedAt: s.connected.UnixMilli(), Timestamp: now.UnixMilli(),
	}
}

// disconnected describes the end of a session whose lock is held.
func (s *session) disconnected(why reason) clientEvent {
	var addr netip.AddrPort
	if s.home != nil {
		addr = s.home.conn.Addr()
	}
	now := time.Now()
	event := s.eventOf(addr, now)
	event.DisconnectedAt, event.Reason = now.UnixMilli(), why
	return event
}

// announceConnected publishes that a session has begun.
func (g *Gateway) announceConnected(s *session, addr netip.AddrPort) {
	s.mu.Lock()
	mode, event := s.mode, s.eventOf(addr, time.Now())
	s.mu.Unlock()
	g.announce(mode, "connected", &event)
}

// announce publishes an event where EMQX does: version 4 below clients, version 5 below those of the gateway. A client ID
// that cannot be in a topic has no events.
func (g *Gateway) announce(mode Mode, what string, event *clientEvent) {
	if !mode.announces() || event.ClientID == "" || wild(event.ClientID) || checkTopic([]byte(event.ClientID)) != nil {
		return
	}
	below := "/clients/"
	if mode == ModeConnection {
		below = "/gateway/coap/clients/"
	}
	payload, err := json.Marshal(event)
	if err != nil {
		g.log.Warn("an event cannot be written", "event", what, "client", event.ClientID, "error", err)
		return
	}
	m := &broker.Message{
		Topic:   "$SYS/brokers/" + g.settings.NodeName + below + event.ClientID + "/" + what,
		Payload: payload, Via: broker.ViaGateway, At: time.UnixMilli(event.Timestamp),
	}
	if err := g.broker.Publish(m); err != nil {
		g.log.Debug("an event was not published", "topic", m.Topic, "error", err)
	}
}
