package pcapng

import (
	"net/netip"
	"net/url"
	"strconv"

	"sluice/engine/record"
)

// ports are those that the schemes of listeners have by default.
var ports = map[string]uint16{
	"coap": 5683, "coaps": 5684, "coap+tcp": 5683, "coaps+tcp": 5684, "coap+ws": 80, "coaps+ws": 443,
	"mqtt": 1883, "mqtts": 8883, "ws": 8083, "wss": 8084,
}

// known are the schemes that Wireshark tells by their default port, which stands for that of any listener. The name of the
// interface has the real one.
var known = map[string]bool{"coap": true, "coap+tcp": true, "mqtt": true}

// plain are the schemes of what is inside of secure ones, as it is recorded. Their default port stands for that of the
// listener, where Wireshark would look for DTLS and TLS.
var plain = map[string]string{"coaps": "coap", "coaps+tcp": "coap+tcp", "mqtts": "mqtt"}

// endpoint is what a listener's URL says of the near end of its packets.
type endpoint struct {
	address netip.Addr // invalid, or unspecified, when the URL names none
	port    uint16
	scheme  string // empty for a URL that is not that of a listener
}

// endpointOf reads the URL of a listener.
func endpointOf(listener string) endpoint {
	none := endpoint{port: ports["coap"]}
	u, err := url.Parse(listener)
	if err != nil {
		return none
	}
	port, found := ports[u.Scheme]
	if !found {
		return none
	}
	e := endpoint{port: port, scheme: u.Scheme}
	if inside, secured := plain[u.Scheme]; secured {
		e.port = ports[inside]
	} else if known[u.Scheme] {
		e.port = port
	} else if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil && n != 0 {
		e.port = uint16(n)
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		e.address = a.Unmap().WithZone("")
	}
	return e
}

// protocol is what is spoken there.
func (e endpoint) protocol() record.Protocol {
	switch e.scheme {
	case "coap", "coaps", "":
		return record.CoAP
	case "coap+tcp", "coaps+tcp":
		return record.CoAPTCP
	case "coap+ws", "coaps+ws":
		return record.CoAPWebSocket
	}
	return record.MQTT
}

// towards is the near end of a packet to or from a peer, which is of the same family.
func (e endpoint) towards(peer netip.Addr) netip.AddrPort {
	address := e.address
	if !address.IsValid() || address.IsUnspecified() || address.Is4() != peer.Is4() {
		switch {
		case peer.IsLoopback():
			address = peer.WithZone("")
		case peer.Is4():
			address = netip.IPv4Unspecified()
		default:
			address = netip.IPv6Unspecified()
		}
	}
	return netip.AddrPortFrom(address, e.port)
}
