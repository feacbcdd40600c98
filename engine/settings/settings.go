// Package settings holds what a user can set: names and defaults are those of EMQX's gateway.coap schema where it has
// them. The same names are read from a TOML file (sluice serve --config) and kept in the state file.
//
// A value of Settings is plain data: copy it, change the copy, validate it, hand it on. Decode lays a file over a base
// and reports every mistake with file, line and what is allowed.
package settings

import (
	"maps"
	"slices"
	"time"
)

// Settings is everything a user can set.
type Settings struct {
	Gateway   Gateway    `toml:"gateway"`
	Listeners []Listener `toml:"listener"`
	Access    Access     `toml:"access"`
}

// Clone returns a copy of s that shares nothing with it.
func (s Settings) Clone() Settings {
	s.Gateway.Proxy.Allow = slices.Clone(s.Gateway.Proxy.Allow)
	s.Listeners = slices.Clone(s.Listeners)
	for i := range s.Listeners {
		s.Listeners[i].AccessRules = slices.Clone(s.Listeners[i].AccessRules)
		s.Listeners[i].Multicast = slices.Clone(s.Listeners[i].Multicast)
		s.Listeners[i].DTLSOptions, s.Listeners[i].SSLOptions = cloneTLS(s.Listeners[i].DTLSOptions), cloneTLS(s.Listeners[i].SSLOptions)
	}
	s.Access.Users = slices.Clone(s.Access.Users)
	for i := range s.Access.Users {
		s.Access.Users[i].ClientAttrs = maps.Clone(s.Access.Users[i].ClientAttrs)
	}
	s.Access.Rules = slices.Clone(s.Access.Rules)
	for i := range s.Access.Rules {
		s.Access.Rules[i].Topics = slices.Clone(s.Access.Rules[i].Topics)
	}
	return s
}

// Gateway holds the CoAP gateway's settings (EMQX: gateway.coap.*).
type Gateway struct {
	// ConnectionRequired selects connection mode: a request needs a clientid and the token of a created connection.
	ConnectionRequired bool `toml:"connection_required"`
	// Heartbeat is how often a client is expected to be heard; 1.5 times that without a datagram ends its session.
	Heartbeat Duration `toml:"heartbeat"`
	// IdleTimeout is how long a peer that never completed a request is kept.
	IdleTimeout Duration `toml:"idle_timeout"`
	// NotifyType says whether notifications are confirmable.
	NotifyType NotifyType `toml:"notify_type"`
	// SubscribeQoS is used when a subscribing request has no qos parameter.
	SubscribeQoS RequestQoS `toml:"subscribe_qos"`
	// PublishQoS is used when a publishing request has no qos parameter.
	PublishQoS RequestQoS `toml:"publish_qos"`
	// Mountpoint is put before every topic; ${clientid}, ${username}, ${client_attrs.NAME} and what a handshake proved,
	// ${cert_common_name}, ${cert_subject} and ${psk_identity}, are replaced.
	Mountpoint string `toml:"mountpoint"`
	// ObserveSequence says how Observe values of emqx5 grow.
	ObserveSequence ObserveSequence `toml:"observe_sequence"`
	// ObserveRetained gives a new observer the retained messages even if it did not ask for them by rh=0. In auto it gets
	// them in any case, unless it said rh=2.
	ObserveRetained bool `toml:"observe_retained"`
	// ResetEndsObserve ends an observation whose notification is refused by RST or never acknowledged (RFC 7641, section
	// 4.5). EMQX 5 keeps it.
	ResetEndsObserve bool `toml:"reset_ends_observe"`
	// VerifyAddresses says which addresses must show that they receive what is sent to them before they are sent more than
	// three times the bytes that came from them (RFC 9175). In emqx5 and emqx4 only always counts: EMQX does no such thing.
	VerifyAddresses VerifyAddresses `toml:"verify_addresses"`
	// Leisure is within which time a request that came by multicast is answered, at random (RFC 7252, section 8.2).
	Leisure Duration `toml:"leisure"`
	// NodeName is in the topics of the events: $SYS/brokers/NODE/gateway/coap/clients/CLIENTID/connected.
	NodeName string `toml:"node_name"`
	// EMQX4 is where the dialect emqx4 is to be as EMQX 4 was and not as it was documented.
	EMQX4 EMQX4 `toml:"emqx4"`
	// IETF bounds the broker of draft-ietf-core-coap-pubsub.
	IETF IETF `toml:"ietf"`
	// Blockwise bounds RFC 7959 transfers.
	Blockwise Blockwise `toml:"blockwise"`
	// Directory is the resource directory.
	Directory Directory `toml:"directory"`
	// Limits bounds what each listener keeps and does.
	Limits Limits `toml:"limits"`
	// Transmission is how long messages are waited for.
	Transmission Transmission `toml:"transmission"`
	// Proxy is how devices and other servers are asked on behalf of clients.
	Proxy Proxy `toml:"proxy"`
}

// Blockwise bounds RFC 7959 transfers.
type Blockwise struct {
	Enable bool `toml:"enable"`
	// MaxBlockSize is 16, 32, 64, 128, 256, 512 or 1024 bytes; longer payloads are split.
	MaxBlockSize int `toml:"max_block_size"`
	// MaxBodySize bounds a reassembled request body.
	MaxBodySize Size `toml:"max_body_size"`
	// ExchangeLifetime is how long partial transfers are kept.
	ExchangeLifetime Duration `toml:"exchange_lifetime"`
}

// EMQX4 chooses between what EMQX 4 did and what its documentation says.
type EMQX4 struct {
	// AuthenticationFailure is what a request with wrong credentials is answered.
	AuthenticationFailure AuthenticationFailure `toml:"authentication_failure"`
	// RequireContentFormat answers 5.00 to a publish under /ps whose Content-Format is not 42, 47 or 50.
	RequireContentFormat bool `toml:"require_content_format"`
}

// Listener is one bound address. What begins with EnableAuthn is meaningful for CoAP only, and is named as in EMQX.
type Listener struct {
	// Bind is SCHEME://HOST:PORT; scheme is coap, coaps, coap+tcp, coap+ws, mqtt, mqtts, ws or wss. HOST may be an IPv6
	// address in brackets; port 0 asks the system for a free one.
	Bind string `toml:"bind"`
	// Dialect is meaningful for CoAP only; empty means auto.
	Dialect Dialect `toml:"dialect,omitempty"`
	// EnableAuthn false lets everybody in whatever their credentials; nil is true.
	EnableAuthn *bool `toml:"enable_authn,omitempty"`
	// Mountpoint replaces the gateway's.
	Mountpoint *string `toml:"mountpoint,omitempty"`
	// MaxConnections bounds the addresses, or sessions, that are known at a time; 0: the gateway's own limit only, and of
	// coaps 10,000.
	MaxConnections int `toml:"max_connections,omitzero"`
	// MaxConnRate bounds the addresses that are new in a second; 0: no limit.
	MaxConnRate int `toml:"max_conn_rate,omitzero"`
	// AccessRules are "allow WHOM" and "deny WHOM" with an address, a CIDR block or all. The first that matches decides;
	// no match allows. Who is denied gets no answer.
	AccessRules []string `toml:"access_rules,omitempty"`
	// HealthCheck answers probes of a load balancer.
	HealthCheck HealthCheck `toml:"health_check,omitempty"`
	// ReceiveBuffer and SendBuffer are what the system is asked for, in bytes; 0: 4MB. It may grant less.
	ReceiveBuffer Size `toml:"recbuf,omitzero"`
	SendBuffer    Size `toml:"sndbuf,omitzero"`
	// Multicast names the network interfaces on which discovery that is sent to All CoAP Nodes is answered; * is all that
	// know multicast but loopback. UDP only.
	Multicast []string `toml:"multicast,omitempty"`
	// DTLSOptions are for coaps and SSLOptions for mqtts and wss; nil: see Secure.
	DTLSOptions *TLSOptions `toml:"dtls_options,omitempty"`
	SSLOptions  *TLSOptions `toml:"ssl_options,omitempty"`
}

// AuthnEnabled reports whether credentials are checked.
func (l Listener) AuthnEnabled() bool { return l.EnableAuthn == nil || *l.EnableAuthn }

// HealthCheck answers a datagram that is Request byte for byte with Reply, and does nothing else. An empty Request: none.
type HealthCheck struct {
	Request string `toml:"request,omitempty"`
	Reply   string `toml:"reply,omitempty"`
}

// Access says who may do what. The first rule that matches decides; no match allows.
type Access struct {
	// Anonymous allows clients without credentials, or with a username nobody defined.
	Anonymous bool `toml:"anonymous"`
	// ClientID says which client ID a client with a certificate may have; empty means any. A connectionless request that
	// gives none has the one that is demanded.
	ClientID ClientID `toml:"client_id,omitempty"`
	Users    []User   `toml:"user"`
	Rules    []Rule   `toml:"rule"`
}

// User is one account as a settings file writes it. Password is text in the file only: whoever keeps a user keeps
// Hash, never Password, and Encode never writes Password.
type User struct {
	Username string `toml:"username"`
	Password string `toml:"password,omitempty"`
	// Hash is an argon2id (PHC format) or bcrypt hash; either Password or Hash is given.
	Hash string `toml:"hash,omitempty"`
	// ClientAttrs are the attributes that mountpoints name as ${client_attrs.NAME}.
	ClientAttrs map[string]string `toml:"client_attrs,omitempty"`
}

// Rule allows or denies an action. Placeholders in Who and Topics are replaced by what is known of the asking client; one
// for which there is nothing makes the name, or the filter, match nobody.
type Rule struct {
	Permission Permission `toml:"permission"`
	// Who is "all", "user:NAME", "client:ID", "cn:NAME" (the common name of its certificate) or "psk:IDENTITY" (of its
	// pre-shared key): "client:${cert_common_name}" is who has its certificate's common name as client ID.
	Who    string `toml:"who"`
	Action Action `toml:"action"`
	// Topics are MQTT filters; none with the action "connect".
	Topics []string `toml:"topics,omitempty"`
}

// Placeholders are what rules may name.
var Placeholders = []string{"${clientid}", "${username}", "${cert_common_name}", "${cert_subject}", "${psk_identity}"}

// Enumerations; the constants are the words of the settings file.
type (
	NotifyType      string
	RequestQoS      string
	ObserveSequence string
	Dialect         string
	Permission      string
	Action          string
	ClientID        string

	AuthenticationFailure string
	VerifyAddresses       string
)

const (
	NotifyQoS NotifyType = "qos" // QoS 0 as NON, 1 and 2 as CON
	NotifyNon NotifyType = "non"
	NotifyCon NotifyType = "con"

	QoS0    RequestQoS = "qos0"
	QoS1    RequestQoS = "qos1"
	QoS2    RequestQoS = "qos2"
	QoSCoAP RequestQoS = "coap" // a NON request is QoS 0, a CON request QoS 1

	SequenceClock   ObserveSequence = "clock"
	SequenceCounter ObserveSequence = "counter"

	DialectAuto  Dialect = "auto"
	DialectEMQX5 Dialect = "emqx5"
	DialectEMQX4 Dialect = "emqx4"
	DialectIETF  Dialect = "ietf"

	VerifyNever  VerifyAddresses = "never"
	VerifyRemote VerifyAddresses = "remote" // all but loopback
	VerifyAlways VerifyAddresses = "always"

	// Unauthorized is what EMQX 4 documents, InternalServerError what it does.
	Unauthorized        AuthenticationFailure = "4.01"
	InternalServerError AuthenticationFailure = "5.00"

	Allow Permission = "allow"
	Deny  Permission = "deny"

	Publish   Action = "publish"
	Subscribe Action = "subscribe"
	AllAction Action = "all"     // publish and subscribe
	Connect   Action = "connect" // judged when a client connects and, of who does not, with each request

	AnyClientID        ClientID = "any"
	CommonNameClientID ClientID = "common_name" // the common name of the client's certificate
)

// Duration is a time.Duration written as "30s", "1m30s" or "500ms"; a bare integer means seconds.
type Duration time.Duration

// Size is a number of bytes written as "4MB", "512KB" or a bare integer; KB, MB and GB are powers of 1024 as EMQX
// reads them.
type Size int64
