package settings

import "maps"

// meanings says of every key in a sentence what it is for.
var meanings = joined(gatewayMeanings, limitMeanings, listenerMeanings,
	secureMeanings("listener.dtls_options."), secureMeanings("listener.ssl_options."), map[string]string{
		"listener.dtls_options.connection_id": "Lets a device keep its DTLS session when its address changes (RFC 9146).",

		"access.anonymous": "Lets in clients without credentials, or with a username that is not defined.",
		"access.client_id": "Whether a client that shows a certificate must have its common name as client ID.",
	})

var gatewayMeanings = map[string]string{
	"gateway.connection_required": "Requests need the client ID and the token of a connection that was created before, as in EMQX's connection mode.",
	"gateway.heartbeat":           "How often a client is expected to be heard; after one and a half times that its session ends.",
	"gateway.idle_timeout":        "How long an address is remembered that never completed a request.",
	"gateway.notify_type":         "Whether notifications are confirmable: never, always, or as the QoS of the message says.",
	"gateway.subscribe_qos":       "The QoS of a subscription whose request names none.",
	"gateway.publish_qos":         "The QoS of a publish whose request names none.",
	"gateway.mountpoint":          "Text that is put before every topic, so that clients can be kept apart.",
	"gateway.observe_sequence":    "How the Observe values of the dialect emqx5 grow: by the clock, or one by one.",
	"gateway.observe_retained":    "Gives a new observer the retained message even if it did not ask for it.",
	"gateway.reset_ends_observe":  "Ends an observation whose notification is answered by RST or never acknowledged (RFC 7641); EMQX 5 keeps it.",
	"gateway.verify_addresses":    "Which addresses must show that they receive what is sent to them before they are sent much (RFC 9175).",
	"gateway.leisure":             "Within which time a request that came by multicast is answered, at random (RFC 7252).",
	"gateway.node_name":           "The name of this node in the topics of events, as in $SYS/brokers/NODE.",

	"gateway.emqx4.authentication_failure": "What the dialect emqx4 answers to wrong credentials: 4.01 as documented, 5.00 as EMQX 4 does.",
	"gateway.emqx4.require_content_format": "Refuses a publish of the dialect emqx4 whose Content-Format is not 42, 47 or 50, as EMQX 4 does.",

	"gateway.ietf.collection":       "The path of the topic collection of draft-ietf-core-coap-pubsub.",
	"gateway.ietf.max_topics":       "How many configured topics the collection holds.",
	"gateway.ietf.max_topic_bytes":  "How much memory the configurations and data of all configured topics take.",
	"gateway.ietf.max_publish_rate": "How many publishes a second one topic takes over CoAP; beyond it they are answered 4.29.",

	"gateway.blockwise.enable":            "Lets bodies come and go in blocks (RFC 7959).",
	"gateway.blockwise.max_block_size":    "The largest block; longer payloads are split.",
	"gateway.blockwise.max_body_size":     "The largest body that is put together of blocks.",
	"gateway.blockwise.exchange_lifetime": "How long a transfer is kept that does not go on.",

	"gateway.directory.enable":                      "Keeps a resource directory at /rd (RFC 9176) in the dialects auto and ietf.",
	"gateway.directory.first_come_first_remembered": "Lets a registration be changed only by the client that made it, while it lives.",
	"gateway.directory.max_registrations":           "How many endpoints are registered at a time.",
	"gateway.directory.max_registrations_client":    "How many endpoints one client registers.",
	"gateway.directory.max_links":                   "How many links one registration has.",
	"gateway.directory.max_registration_size":       "How many bytes one registration takes.",
	"gateway.directory.max_size":                    "How much memory all registrations take.",
	"gateway.directory.max_observers":               "How many observe lookups of the directory.",
	"gateway.directory.max_fetches":                 "How many simple registrations are being fetched at a time.",

	"gateway.transmission.ack_timeout":       "How long an acknowledgement is waited for before the first retransmission (ACK_TIMEOUT of RFC 7252).",
	"gateway.transmission.ack_random_factor": "By which factor that time is varied at random (ACK_RANDOM_FACTOR).",
	"gateway.transmission.max_retransmit":    "How often a confirmable message is sent again (MAX_RETRANSMIT).",
	"gateway.transmission.processing_delay":  "How long an answer may take before the request is acknowledged and the answer comes by itself.",
	"gateway.transmission.nstart":            "How many requests to one device await their answer at a time (NSTART).",

	"gateway.proxy.reverse":           "Answers /rd-proxy/NAME/PATH with the resource of the device that registered as NAME.",
	"gateway.proxy.forward":           "Answers requests with Proxy-Uri or Proxy-Scheme by asking the server that they name.",
	"gateway.proxy.allow":             "Which servers may be asked on behalf of clients.",
	"gateway.proxy.allow_loopback":    "Lets addresses of this machine be asked, if the list of servers has them.",
	"gateway.proxy.allow_link_local":  "Lets addresses that are good on one link only be asked, if the list of servers has them.",
	"gateway.proxy.ca":                "The file with the certificates that coaps servers are checked by; without one they are those of the system.",
	"gateway.proxy.timeout":           "How long a server may take to answer.",
	"gateway.proxy.max_cache_entries": "How many answers of others are kept.",
	"gateway.proxy.max_cache_bytes":   "How much memory the answers of others take.",
	"gateway.proxy.max_observers":     "How many observe resources of others through the proxy.",
}

var limitMeanings = map[string]string{
	"gateway.limits.max_peers":                        "How many addresses are known at a time.",
	"gateway.limits.max_exchanges_per_peer":           "How many messages of one address are remembered to recognise duplicates.",
	"gateway.limits.max_exchanges":                    "How many messages of all addresses are remembered to recognise duplicates.",
	"gateway.limits.max_reply_bytes_per_peer":         "How much is kept to answer duplicates of one address.",
	"gateway.limits.max_reply_bytes":                  "How much is kept to answer duplicates of all addresses.",
	"gateway.limits.max_transfers_per_peer":           "How many bodies of one address come, and go, in blocks at a time.",
	"gateway.limits.max_transfer_bytes_per_peer":      "How much is kept of bodies in blocks of one address.",
	"gateway.limits.max_transfer_bytes":               "How much is kept of bodies in blocks of all addresses.",
	"gateway.limits.max_observers_per_peer":           "How many observations one address has.",
	"gateway.limits.max_observers":                    "How many observations all addresses have.",
	"gateway.limits.max_notifications_per_peer":       "How many notifications wait for one address to acknowledge another.",
	"gateway.limits.max_requests_per_second_per_peer": "How many requests a second are taken from one address; beyond it they are answered 4.29.",
	"gateway.limits.max_requests_per_second":          "How many requests a second are taken from all addresses; beyond it they are answered 5.03.",
	"gateway.limits.max_multicast_answers":            "How many answers to multicast wait for their time.",
	"gateway.limits.max_sessions":                     "How many clients there are, of whatever mode.",
	"gateway.limits.max_observers_per_session":        "How many observations one client has, from whatever address.",
	"gateway.limits.max_resources":                    "How many values the dialect emqx4 keeps.",
	"gateway.limits.max_resource_bytes":               "How much memory the values of the dialect emqx4 take.",
	"gateway.limits.max_logins":                       "How many passwords wait to be checked.",
	"gateway.limits.max_logins_per_peer":              "How many requests of one address wait while its password is checked.",
	"gateway.limits.max_calls_per_peer":               "How many requests and observations of the gateway itself one device has.",
	"gateway.limits.max_calls":                        "How many requests and observations of the gateway itself there are.",
}

var listenerMeanings = map[string]string{
	"listener.bind":                 "The protocol, address and port that it listens on; 0.0.0.0 and [::] are all addresses of this machine.",
	"listener.dialect":              "Whose CoAP interface it is: EMQX 5, EMQX 4, the draft of the IETF, or all of them.",
	"listener.enable_authn":         "Checks credentials; without it everybody is let in.",
	"listener.mountpoint":           "Text that is put before every topic of its clients, instead of the gateway's.",
	"listener.max_connections":      "How many addresses, or sessions, it knows at a time.",
	"listener.max_conn_rate":        "How many new addresses a second it takes.",
	"listener.access_rules":         "Which addresses get an answer; the first rule that matches decides.",
	"listener.health_check.request": "The datagram by which a load balancer asks whether it lives.",
	"listener.health_check.reply":   "What that datagram is answered.",
	"listener.multicast":            "The network interfaces on which discovery by multicast is answered.",
	"listener.recbuf":               "The buffer of the system for what comes in.",
	"listener.sndbuf":               "The buffer of the system for what goes out.",
}

// secureMeanings are those of both tables of TLS options.
func secureMeanings(table string) map[string]string {
	all := map[string]string{}
	for name, meaning := range map[string]string{
		"verify":               "Whether clients are asked for a certificate.",
		"fail_if_no_peer_cert": "Refuses clients that have no certificate, but for those with a pre-shared key.",
		"cacertfile":           "The file with the authorities whose clients are let in.",
		"certfile":             "The file with the server's certificate and its chain.",
		"keyfile":              "The file with the key of the server's certificate.",
		"password":             "Opens the key of the server's certificate.",
		"certificate":          "The name of the kept certificate that is shown to clients.",
		"versions":             "The versions of the protocol that are spoken.",
		"ciphers":              "The cipher suites that are spoken.",
		"honor_cipher_order":   "Takes the first cipher suite of this list that a client knows, not the first of the client.",
		"depth":                "How many authorities may stand between a client's certificate and one that is trusted.",
		"handshake_timeout":    "How long a handshake may take.",
		"reuse_sessions":       "Lets clients take up an earlier session.",
		"max_handshakes":       "How many handshakes are under way at a time.",
	} {
		all[table+name] = meaning
	}
	return all
}

func joined(all ...map[string]string) map[string]string {
	into := map[string]string{}
	for _, one := range all {
		maps.Copy(into, one)
	}
	return into
}
