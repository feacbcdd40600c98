package conformance

import "sluice/engine/settings"

// required asks for connections.
const required = `gateway.connection_required = true
`

var emqx5Messages = section{"5.2", "emqx5: message layer", settings.DialectEMQX5, []row{
	{says: "there are no separate responses, however long the answer takes", given: slowAccount + `gateway.transmission.processing_delay = "10ms"`, talk: `
		b POST ps/t?u=tom&p=1 : 1
		c POST ps/t?u=tom&p=2 : 1
		d POST ps/t?u=tom&p=3 : 1
		a POST ps/t?u=tom&p=secret : 1 -> ACK 2.04`,
		exempt: "A client that waits longer than `processing_delay` (1 s) would retransmit: it gets an empty ACK and a response of its own (RFC 7252, section 5.2.2)."},
	{says: "a CON request is answered in the ACK, with its message ID and token", talk: `
		a CON POST ps/t mid=1234 tkn=0102030405060708 : 1 -> ACK 2.04
		a CON GET ps/t observe=0 tkn=01 -> ACK 2.05 observe=*`},
	{says: "a NON request is answered with NON, its message ID and its token", talk: `
		a NON POST ps/t mid=1234 tkn=01 : 1 -> NON 2.04 mid=same
		a NON PUT ps/t : 1 -> NON 4.05 mid=same`},
	{says: "duplicates are told by message ID alone: the token is not compared", talk: `
		m subscribes t
		a POST ps/t?q=0 mid=7 tkn=01 : 1 -> 2.04
		a POST ps/t?q=0 mid=7 tkn=02 : 2 -> 2.04 tkn=01
		m gets t q0 "1"
		m gets nothing`},
	{says: "connectionless: duplicates are a peer's own", talk: `
		m subscribes t
		a POST ps/t?q=0 mid=7 : 1 -> 2.04
		m gets t q0 "1"
		b POST ps/t?q=0 mid=7 : 2 -> 2.04
		m gets t q0 "2"`},
	{says: "connection mode: duplicates are a session's, whatever its address", given: required, talk: `
		m subscribes t
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?c=1&t=$T&q=0 mid=7 : 1 -> 2.04
		m gets t q0 "1"
		b POST ps/t?c=1&t=$T&q=0 mid=7 : 2 -> 2.04
		m gets nothing`,
		exempt: "A message ID is that of an address (RFC 7252, section 4.4): what a device sends from its new one must not be lost."},
	{says: "a duplicate CON gets the cached answer", talk: `
		m subscribes t
		a POST ps/t?q=0 : 1 -> 2.04
		a again -> same
		m gets t q0 "1"
		m gets nothing`},
	{says: "a duplicate NON: silence", talk: `
		m subscribes t
		a NON POST ps/t : 1 -> 2.04
		a again -> nothing
		m gets t q0 "1"
		m gets nothing`},
	{says: "for 247 s and 145 s", elsewhere: "coap.TestExchangesLastTheirLifetime"},
	{says: "a duplicate that comes while the first is handled: silence",
		elsewhere: "coap.TestDeferredWithinASecondIsPiggybacked"},
	{says: "a duplicate POST connection gets the same token", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a again -> same`},
	{says: "an empty CON or NON (ping) gets RST with its message ID", talk: `
		a raw 40000007 -> RST
		a raw 50000008 -> RST`},
	{says: "a ping keeps the session alive", given: "gateway.heartbeat = 1\n" + required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		for 1..4 wait 800ms ; a raw 40000007 -> RST
		gateway knows 1`},
	{says: "an ACK or RST that belongs to nothing is ignored", talk: `
		a raw 60000007 -> nothing
		a raw 70000008 -> nothing`},
	{says: "a response with an unknown message ID and token gets RST", talk: `
		a raw 4145 0007 ab -> RST
		a raw 5145 0008 ab -> RST
		a raw 4184 0009 ab -> RST
		a raw 41a0 000a ab -> RST`},
	{says: "own message IDs grow by one", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		m publishes t q0 : 2
		a told NON 01 2.05 observe=* mid=next "2"`},
	{says: "and wrap to 1", elsewhere: "coap.TestMessageIDsWrapToOne"},
	{says: "a CON is sent again after 2 s and a random part of a second, with a newer Observe and the same message ID", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=$A "1"
		wait 1.6s
		a silent
		a told CON 01 2.05 observe>$A mid=same "1"`},
	{says: "the time doubles; after four retransmissions it is given up", given: impatient, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		for 0..4 a hears CON 01 2.05 observe=* "1"
		wait 1s
		a silent`},
	{says: "No Content is 2.07", talk: `a GET ps/t observe=1 -> 2.07`},
	{says: "a uint of value 0 is one zero byte", given: `gateway.observe_sequence = "counter"`, talk: `
		a GET ps/t observe=0 -> 2.05 opt6=00`},

	// What cannot be read.
	{says: "another version: silence", talk: `
		a raw 00010007 -> nothing
		a raw 80010007 -> nothing
		a raw d0010007 -> nothing`},
	{says: "a token length of 9 to 15: RST to CON, else silence", talk: `
		a raw 4901 0007 010203040506070809 -> RST
		a raw 4f01 0008 0102030405060708090a0b0c0d0e0f -> RST
		a raw 5901 0009 010203040506070809 -> nothing`},
	{says: "code class 1, 3, 6 or 7: RST to CON, else silence", talk: `
		a raw 4021 0001 -> RST
		a raw 4061 0002 -> RST
		a raw 40c0 0003 -> RST
		a raw 40e1 0004 -> RST
		a raw 5021 0005 -> nothing
		a raw 50e1 0006 -> nothing`},
	{says: "a token that is cut short: RST to CON, else silence", talk: `
		a raw 4401 0007 01 -> RST
		a raw 5401 0008 01 -> nothing`},
	{says: "0.00 with token, options or payload: RST to CON, else silence", talk: `
		a raw 4100 0001 01 -> RST
		a raw 4000 0002 b170 -> RST
		a raw 4000 0003 ff01 -> RST
		a raw 5100 0004 01 -> nothing`},
	{says: "a payload marker without payload: RST to CON, else silence", talk: `
		a raw 4002 0007 b27073 0174 ff -> RST
		a raw 5002 0008 b27073 0174 ff -> nothing`},
	{says: "an option delta or length of 15: RST to CON, else silence", talk: `
		a raw 4002 0001 f170 -> RST
		a raw 4002 0002 bf70 -> RST
		a raw 5002 0003 f170 -> nothing`},
	{says: "an extended delta or length, or a value, that is cut short: RST to CON, else silence", talk: `
		a raw 4002 0001 d1 -> RST
		a raw 4002 0002 e100 -> RST
		a raw 4002 0003 1d -> RST
		a raw 4002 0004 b47073 -> RST
		a raw 5002 0005 b47073 -> nothing`},
	{says: "fewer than 4 bytes: silence", talk: `
		a raw 40 -> nothing
		a raw 400100 -> nothing`},
	{says: "the same in connection mode, where the session goes on", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/t?c=1&t=$T observe=0 tkn=01 -> 2.05 observe=*
		a raw 400100 -> nothing
		a raw 4002 0001 f170 -> RST
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"`},

	// What is not understood.
	{says: "an unknown critical option: 4.02, with the token, no payload", talk: `
		a POST ps/t opt2049=01 tkn=0102 : 1 -> ACK 4.02
		a NON POST ps/t opt2049=01 tkn=0102 : 1 -> NON 4.02`},
	{says: "OSCORE, Q-Block1 and Q-Block2 are such", talk: `
		a POST ps/t opt9=01 : 1 -> 4.02
		a POST ps/t opt19=06 : 1 -> 4.02
		a POST ps/t opt31=06 : 1 -> 4.02`},
	{says: "a critical option that must not be repeated: 4.02", talk: `
		a POST ps/t host=a host=b : 1 -> 4.02
		a POST ps/t accept=0 accept=0 : 1 -> 4.02
		a NON POST ps/t port=1 port=2 : 1 -> 4.02`},
	{says: "an If-None-Match that is not empty: 4.02", talk: `a POST ps/t ifnonematch=01 : 1 -> 4.02`},
	{says: "Block1 or Block2 with SZX 7: 4.00", talk: `
		a POST ps/t opt27=07 : 1 -> 4.00
		a POST ps/t opt23=0f : 1 -> 4.00
		a NON POST ps/t opt27=07 : 1 -> 4.00`},
	{says: "a Block1 or Block2 of a length that no number has: 4.00", talk: `
		a POST ps/t opt27=0000000006 : 1 -> 4.00
		a POST ps/t opt23=0000000006 : 1 -> 4.00`},
	{says: "a Block option of 3 bytes is as good as one of 0, 1, 2 or 4", talk: `
		a POST ps/t opt27=000006 : 1 -> 2.04
		a POST ps/t opt27=00000006 : 1 -> 2.04
		a POST ps/t opt27=0006 : 1 -> 2.04
		a POST ps/t opt27=06 : 1 -> 2.04
		a POST ps/t opt27= : 1 -> 2.04`},
	{says: "a method from 0.05 to 0.31: 4.05", talk: `
		a FETCH ps/t -> 4.05
		a PATCH ps/t : 1 -> 4.05
		a iPATCH mqtt/connection : 1 -> 4.05
		a 0.08 ps/t -> 4.05
		a 0.31 foo -> 4.05
		a NON 0.08 ps/t -> NON 4.05`},
	{says: "an unknown elective option is ignored", talk: `a POST ps/t opt2050=01 : 1 -> 2.04`},
	{says: "Size2, Hop-Limit, No-Response, Echo and Request-Tag are ignored", talk: `
		a POST ps/t size2=1 hoplimit=5 echo=01 requesttag=01 : 1 -> 2.04
		a POST ps/t noresponse=26 : 1 -> 2.04`},
	{says: "of an elective option that must not be repeated the first counts", talk: `
		a GET ps/t observe=0 observe=1 tkn=01 -> 2.05 observe=*
		a GET ps/t observe=1 observe=0 tkn=02 -> 2.07`},
	{says: "an unknown response code is ignored", talk: `
		a raw 4156 0007 ab -> nothing
		a raw 4199 0008 ab -> nothing`},
	{says: "all that before authentication or tokens", given: required, talk: `
		a POST ps/t opt9=01 : 1 -> 4.02
		a POST ps/t opt27=07 : 1 -> 4.00
		a 0.08 ps/t -> 4.05
		a raw 4002 0001 f170 -> RST`},
}}
