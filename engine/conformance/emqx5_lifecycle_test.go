package conformance

import "sluice/engine/settings"

// beating expects a client every second.
const beating = required + "gateway.heartbeat = 1\n"

var emqx5Lifecycle = section{"5.5", "emqx5: lifecycle of connections", settings.DialectEMQX5, []row{
	{says: "create authenticates, then expands the mountpoint", given: required + account + `gateway.mountpoint = "${clientid}/${username}/"`, talk: `
		a POST mqtt/connection?clientid=#&username=tom&password=wrong -> 4.00 "Login Failed: bad_username_or_password"
		a POST mqtt/connection?clientid=1&username=tom&password=secret -> 2.01 "$T"
		m subscribes #
		a POST ps/t?clientid=1&token=$T&qos=0 : 1 -> 2.04
		m gets 1/tom/t q0 "1"`},
	{says: "the client is listed as CoAP, protocol version 1, clean start, expiry 0",
		beside: "that is how EMQX's HTTP API shows it"},
	{says: "any datagram counts as a heartbeat: PUT", given: beating, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		for 1..4 wait 800ms ; a PUT mqtt/connection?clientid=1&token=$T -> 2.04`},
	{says: "any datagram counts as a heartbeat: a publish", given: beating, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		for 1..4 wait 800ms ; a POST ps/t?clientid=1&token=$T : 1 -> 2.04`},
	{says: "any datagram counts as a heartbeat: the ACK of a notification", given: beating, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		for 1..4 wait 800ms ; m publishes t q1 : $I ; a told CON 01 2.05 observe=* "$I"`},
	{says: "a heartbeat of 1 s: the session is there 2 s after the last datagram and gone after 3 s", given: beating, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		wait 1.6s
		gateway knows 1
		wait 1.6s
		a PUT mqtt/connection?clientid=1&token=$T -> ` + invalid},
	{says: "checks come every half heartbeat, 1 to 30 s; the end is at 1.5 heartbeats",
		elsewhere: "gateway.TestHeartbeatArithmetic"},
	{says: "the client is not told; its subscriptions are gone", given: beating, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		wait 3.2s
		gateway forgets 1
		m publishes t q0 : 1
		a silent`},
	{says: "the client ID is free again", given: beating, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		wait 3.2s
		b POST mqtt/connection?clientid=1 -> 2.01 "*"`},
	{says: "connectionless: an observer that is silent loses its subscriptions, too", given: `gateway.heartbeat = 1`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		wait 3.2s
		m publishes t q0 : 1
		a silent`},
	{says: "connectionless: a ping keeps them", given: `gateway.heartbeat = 1`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		for 1..4 wait 800ms ; a raw 40000007 -> RST
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"`},
	{says: "close: session and subscriptions are gone", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		a DELETE mqtt/connection?clientid=1&token=$T -> 2.02
		gateway forgets 1
		m publishes t q0 : 1
		a silent
		a PUT mqtt/connection?clientid=1&token=$T -> ` + invalid},
	{says: "close of a session that nobody knows: 2.02", given: required, talk: `
		a DELETE mqtt/connection?clientid=nobody&token=1 -> 2.02`},
	{says: "close without token: 4.00", given: required, talk: `
		a DELETE mqtt/connection?clientid=1 -> ` + missing + `
		a DELETE mqtt/connection -> ` + missing},
	{says: "close with a wrong token ends nothing", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		b DELETE mqtt/connection?clientid=1&token=1 -> ` + invalid + `
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"`},
	{says: "connectionless: close is always answered 2.02", talk: `
		a DELETE mqtt/connection -> 2.02
		a DELETE mqtt/connection?clientid=nobody&token=1 -> 2.02`},
	{says: "connectionless: close ends no session that it only names", talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		b DELETE mqtt/connection?clientid=1 -> 2.02
		b DELETE mqtt/connection?clientid=1&token=1 -> 2.02
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		b DELETE mqtt/connection?clientid=1&token=$T -> 2.02
		gateway forgets 1`},
	{says: "authentication may say when the session ends", beside: "no authenticator of this gateway gives an expiry"},
	{says: "a closed transport leaves a connected session until its heartbeat ends",
		elsewhere: "gateway.TestTakeoverOverDTLS"},
	{says: "a closed transport ends any other session", elsewhere: "gateway.TestOtherSessionsEndWithTheirDTLS"},
	{says: "over DTLS a connection is opened anew in place of the one that lives under its client ID",
		elsewhere: "gateway.TestTakeoverOverDTLS"},
	{says: "kicked: the session is gone, the client is not told", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		gateway kicks 1
		m publishes t q0 : 1
		a silent
		a PUT mqtt/connection?clientid=1&token=$T -> ` + invalid},
}}

var emqx5Tokens = section{"5.6", "emqx5: tokens, routing, takeover", settings.DialectEMQX5, []row{
	{says: "own clientid, own token: handled", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?clientid=1&token=$T : 1 -> 2.04`},
	{says: "own clientid, another token: 4.01", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?clientid=1&token=1 : 1 -> ` + invalid + `
		a POST ps/t?clientid=1&token=0$T : 1 -> ` + invalid + `
		a POST ps/t?clientid=1&token= : 1 -> ` + invalid},
	{says: "another clientid and its token: handled", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		b POST mqtt/connection?clientid=2 -> 2.01 "$U"
		a POST ps/t?clientid=2&token=$U : 1 -> 2.04`},
	{says: "another clientid and its token: its observations come along, and go on", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		b POST mqtt/connection?clientid=2 -> 2.01 "$U"
		b GET ps/t?clientid=2&token=$U observe=0 tkn=02 -> 2.05 observe=*
		a POST ps/u?clientid=2&token=$U : 1 -> 2.04
		m publishes t q0 : 1
		a told NON 02 2.05 observe=* "1"
		b silent`},
	{says: "another clientid and a wrong token: 4.01", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		b POST mqtt/connection?clientid=2 -> 2.01 "$U"
		a POST ps/t?clientid=2&token=$T : 1 -> ` + invalid},
	{says: "no clientid, a token: 4.00", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?token=$T : 1 -> ` + missing},
	{says: "any clientid, no token: 4.00", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?clientid=1 : 1 -> ` + missing + `
		a POST ps/t?clientid=2 : 1 -> ` + missing},
	{says: "DELETE where there is no connection: 2.02", given: required, talk: `
		a DELETE mqtt/connection?clientid=1&token=1 -> 2.02`},
	{says: "a device behind a new address repeats clientid and token, with any request", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		b PUT mqtt/connection?clientid=1&token=$T -> 2.04
		m publishes t q0 : 1
		b told NON 01 2.05 observe=* "1"
		a silent
		a PUT mqtt/connection?clientid=1&token=$T -> 2.04
		m publishes t q0 : 2
		a told NON 01 2.05 observe=* "2"`},
	{says: "a wrong token moves nothing", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		b PUT mqtt/connection?clientid=1&token=1 -> ` + invalid + `
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		b silent`},
	{says: "an address that is silent for 60 s is forgotten, its session is not", elsewhere: "coap.TestIdlePeersAreForgotten"},
	{says: "create for a client ID that is connected, from its peer: 4.00", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		a POST mqtt/connection?clientid=1 -> 4.00 "Bad Request: client has connected"`},
	{says: "create for a client ID that is connected, from a new peer: 4.00", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		b POST mqtt/connection?clientid=1 -> 4.00 "Bad Request: client has connected"
		a PUT mqtt/connection?clientid=1&token=$T -> 2.04`},
	{says: "create for a client ID that is connected, from a peer that sent something without a client ID first: 2.01, the old session ends",
		given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		b PUT mqtt/connection -> ` + missing + `
		b POST mqtt/connection?clientid=1 -> 2.01 "$U"`,
		exempt: "Whether something without a client ID came first is no reason to end a session that lives: 4.00, as without it."},
	{says: "CoAP sessions and MQTT clients of one client ID do not end each other", given: required, talk: `
		m subscribes t
		a POST mqtt/connection?clientid=m -> 2.01 "$T"
		m stays
		a PUT mqtt/connection?clientid=m&token=$T -> 2.04`},
}}
