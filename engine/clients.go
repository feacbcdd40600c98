package engine

import (
	"net/url"
	"strings"
	"time"

	"sluice/engine/broker"
	"sluice/engine/gateway"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// Client is one client of either side.
type Client struct {
	Key             string // unique, stable; see Disconnect
	ID              string // the address when the client gave none
	Username        string
	Addr            string
	Transport       string          // scheme of the listener: coap, coaps, coap+tcp, coap+ws, mqtt, mqtts, ws or wss
	Identity        secure.Identity // what it proved in its handshake
	Mode            string          // connection, connectionless, v4 query, MQTT 5, MQTT 3.1.1 or MQTT 3.1
	Listener        string          // URL
	Connected       time.Time
	LastSeen        time.Time
	Heartbeat       time.Duration // 0: none is expected
	Late            bool          // silent for longer than its heartbeat
	In, Out         uint64        // CoAP messages or MQTT packets
	Retransmissions uint64
	RoundTrip       time.Duration // smoothed; 0: not known
	Observes        int           // observe relations or MQTT subscriptions
	Publishes       []string      // topics it published to lately, newest first; CoAP only
	Subscribes      []string      // MQTT filters; CoAP observers are in Observers
}

// IsCoAP reports whether the client speaks CoAP, over whatever transport.
func (c *Client) IsCoAP() bool { return settings.IsCoAP(c.Transport) }

// Datagrams reports whether the client's messages are datagrams, which are retransmitted and have a round trip.
func (c *Client) Datagrams() bool { return settings.Network(c.Transport) == "udp" }

// mqttKey begins the keys of MQTT clients.
const mqttKey = "mqtt/"

// Clients returns the clients of both sides, in no order.
func (e *Engine) Clients() []Client {
	r := e.current()
	if r == nil {
		return nil
	}
	sessions, connected := r.gateway.Clients(), r.broker.Clients()
	clients := make([]Client, 0, len(sessions)+len(connected))
	for i := range sessions {
		clients = append(clients, coapClient(&sessions[i]))
	}
	for i := range connected {
		clients = append(clients, mqttClient(&connected[i]))
	}
	return clients
}

func coapClient(c *gateway.Client) Client {
	mode := string(c.Mode)
	if c.Mode == gateway.ModeQuery {
		mode = "v4 query"
	}
	return Client{
		Key: c.Key, ID: c.ID, Username: c.Username, Addr: c.Addr.String(), Transport: scheme(c.Listener), Identity: c.Identity, Mode: mode,
		Listener: c.Listener, Connected: c.Connected, LastSeen: c.LastSeen, Heartbeat: c.Heartbeat, Late: c.Late,
		In: c.In, Out: c.Out, Retransmissions: c.Retransmissions, RoundTrip: c.RoundTrip, Observes: c.Observes,
		Publishes: c.Publishes,
	}
}

var mqttVersions = map[byte]string{3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5"}

func mqttClient(c *broker.Client) Client {
	return Client{
		Key: mqttKey + c.ID, ID: c.ID, Username: c.Username, Addr: c.Addr, Transport: scheme(c.Listener), Identity: c.Identity,
		Mode: mqttVersions[c.Version], Listener: c.Listener, Connected: c.Connected, LastSeen: c.LastSeen,
		Heartbeat: c.KeepAlive, Late: c.KeepAlive > 0 && time.Since(c.LastSeen) > c.KeepAlive+c.KeepAlive/2,
		In: c.In, Out: c.Out, Observes: len(c.Filters), Subscribes: c.Filters,
	}
}

func scheme(listener string) string {
	if u, err := url.Parse(listener); err == nil {
		return u.Scheme
	}
	return ""
}

// Disconnect ends the client with that Key. It reports whether there was one.
func (e *Engine) Disconnect(key string) bool {
	r := e.current()
	if r == nil {
		return false
	}
	e.changes.Add(1)
	if id, ok := strings.CutPrefix(key, mqttKey); ok {
		return r.broker.Disconnect(id)
	}
	return r.gateway.Disconnect(key)
}
