package conformance

import "sluice/engine/settings"

// retained gives a topic a value that auto reads and observes.
const retained = `
	m publishes t retain : value
`

var rfcMessages = section{"RFC 7252", "auto: message layer", settings.DialectAuto, []row{
	{says: "4.2: a CON that is no message gets RST", talk: `
		a raw 4002 0001 f170 -> RST
		a raw 4902 0002 010203040506070809 -> RST`},
	{says: "4.3: a NON that is no message is ignored", talk: `a raw 5002 0001 f170 -> nothing`},
	{says: "4.2: a ping gets RST", talk: `a raw 40000001 -> RST`},
	{says: "4.4, 4.5: a duplicate gets the same answer; the message ID is its sender's own", talk: `
		m subscribes t
		a POST ps/t?q=0 mid=7 : 1 -> 2.04
		a again -> same
		b POST ps/t?q=0 mid=7 : 2 -> 2.04
		m gets t q0 "1"
		m gets t q0 "2"
		m gets nothing`},
	{says: "3: a message of another version is ignored", talk: `a raw 80010001 -> nothing`},
	{says: "3.2: a uint of value 0 has no bytes", given: `gateway.observe_sequence = "counter"`, talk: `
		a GET ps/t observe=0 -> 2.05 opt6=`},
	{says: "5.2.1: a CON request is answered in its ACK", talk: `a GET ps/none tkn=0102030405060708 -> ACK 4.04`},
	{says: "5.2.3: a NON request is answered with NON and a message ID of the server's own", talk: `a NON GET ps/none mid=4321 -> NON 4.04 mid=new`},
	{says: "5.3.1: a token of 0 to 8 bytes comes back", talk: `
		a GET ps/none tkn= -> 4.04
		a GET ps/none tkn=00 -> 4.04
		a GET ps/none tkn=0102030405060708 -> 4.04`},
	{says: "5.4.1: a critical option that is not known: 4.02; an elective one is ignored", talk: `
		a GET ps/none opt2049=01 -> 4.02
		a GET ps/none opt2050=01 -> 4.04`},
	{says: "5.4.3: an option of a length that it cannot have is taken for one that is not known", talk: `
		a GET ps/none ifmatch=010203040506070809 -> 4.02
		a GET ps/none etag=010203040506070809 -> 4.04`},
	{says: "5.4.5: a critical option that must not be repeated: 4.02", talk: `a GET ps/none host=a host=b -> 4.02`},
	{says: "5.8: a method that is not known: 4.05", talk: `
		a 0.08 ps/t -> 4.05
		a 0.31 ps/t -> 4.05`},
	{says: "5.10.2: what is no proxy answers 5.05 to Proxy-Uri and Proxy-Scheme", talk: `
		a GET - proxyuri=coap://example.org/x -> 5.05
		a GET x host=example.org proxyscheme=coap -> 5.05`},
	{says: "4.8: a CON that is not acknowledged is sent five times in all", given: impatient, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		for 0..4 a hears CON 01 2.05 observe=* "1"
		wait 1s
		a silent`},
	{says: "4.7: one CON to a peer is outstanding (NSTART)", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		m publishes t q1 : 2
		a hears CON 01 2.05 observe=* "1"
		a silent
		a acks
		a told CON 01 2.05 observe=* "2"`},
	{says: "a response that answers nothing gets RST", talk: `a raw 4145 0007 ab -> RST`},
}}

var rfcObserve = section{"RFC 7641", "auto: observe", settings.DialectAuto, []row{
	{says: "3.1: registration is answered with the value and Observe", talk: retained + `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=* "value"`},
	{says: "3.1: the same token again goes on with the one relation", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		a silent`},
	{says: "3.2: a notification has the token of the registration; its Observe is newer", talk: `
		a GET ps/t observe=0 tkn=0102 -> 2.05 observe=$A
		m publishes t q0 : 1
		a told NON 0102 2.05 observe>$A "1"`},
	{says: "3.6: Observe 1 cancels", talk: retained + `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=* "value"
		a GET ps/t observe=1 tkn=01 -> 2.07
		m publishes t q0 : 1
		a silent`},
	{says: "3.6: RST to a notification cancels, NON or CON", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 1
		a hears NON 01 2.05 observe=* "1"
		a resets
		a raw 40000007 -> RST
		m publishes t q0 : 2
		a silent`},
	{says: "4.5: who does not acknowledge is forgotten", given: impatient, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		for 0..4 a hears CON 01 2.05 observe=* "1"
		wait 1s
		m publishes t q0 : 2
		a silent`},
	{says: "4.5: a silent observer is asked by a CON before it is forgotten", elsewhere: "gateway.TestASilentObserverOfAutoIsAsked"},
	{says: "datagrams that are no messages end no observation", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		for 1..50 a raw 5f0200 -> silence
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"`},
}}

var rfcBlockwise = section{"RFC 7959", "auto: block-wise, and what builds on it", settings.DialectAuto, []row{
	{says: "2.3: the answer to the last block has its Block1", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/64 : @100[0:64] -> 2.31 block1=0/1/64
		a POST ps/t?q=0 block1=1/0/64 : @100[64:100] -> 2.04 block1=1/0/64
		m gets t q0 @100`},
	{says: "2.5: with one token, or one a block", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/64 tkn=01 : @100[0:64] -> 2.31 block1=0/1/64
		a POST ps/t?q=0 block1=1/0/64 tkn=01 : @100[64:100] -> 2.04 block1=1/0/64
		m gets t q0 @100
		a POST ps/t?q=0 block1=0/1/64 tkn=02 : @90[0:64] -> 2.31 block1=0/1/64
		a POST ps/t?q=0 block1=1/0/64 tkn=03 : @90[64:90] -> 2.04 block1=1/0/64
		m gets t q0 @90`},
	{says: "2.3: a server may ask for smaller blocks", given: `gateway.blockwise.max_block_size = 64`, talk: `
		a POST ps/t block1=0/1/128 : @128 -> 2.31 block1=0/1/64`},
	{says: "2.9.2: a block that is missing: 4.08", talk: `
		a POST ps/t block1=0/1/64 : @64 -> 2.31 block1=0/1/64
		a POST ps/t block1=2/0/64 : x -> 4.08 etc`},
	{says: "2.9.3: too much: 4.13, with Size1 that says what would do", given: `gateway.blockwise.max_body_size = 100`, talk: `
		a POST ps/t block1=0/1/64 : @128[0:64] -> 2.31 block1=0/1/64
		a POST ps/t block1=1/0/64 : @128[64:128] -> 4.13 size1=100 etc`},
	{says: "4: too much is known by Size1 of the first block", given: `gateway.blockwise.max_body_size = 100`, talk: `
		a POST ps/t block1=0/1/64 size1=1000 : @64 -> 4.13 size1=100 etc`},
	{says: "2.4: a large response comes in blocks; smaller ones may be asked for at once, or later", talk: `
		m publishes t retain : @2000
		a GET ps/t -> 2.05 block2=0/1/1024 etc @2000[0:1024]
		a GET ps/t block2=1/0/1024 -> 2.05 block2=1/0/1024 etc @2000[1024:2000]
		b GET ps/t block2=0/0/64 -> 2.05 block2=0/1/64 etc @2000[0:64]
		b GET ps/t block2=2/0/32 -> 2.05 block2=2/1/32 etc @2000[64:96]`},
	{says: "2.2: SZX 7: 4.00", talk: `a GET ps/t opt23=07 -> 4.00`},
	{says: "2.6: a large notification is its first block; the others are asked for", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 etc @2000[0:1024]
		a GET ps/t block2=1/0/1024 tkn=02 -> 2.05 block2=1/0/1024 etc @2000[1024:2000]`},
	{says: "RFC 8132: FETCH, PATCH and iPATCH are methods; where there is no use for them: 4.05", talk: `
		a FETCH mqtt/t?c=x -> 4.05
		a PATCH mqtt/t?c=x : 1 -> 4.05
		a iPATCH mqtt/connection : 1 -> 4.05`},
	{says: "RFC 7967: No-Response 2 leaves out success, 26 everything", talk: `
		m subscribes t
		a NON POST ps/t?q=0 noresponse=2 : 1 -> nothing
		m gets t q0 "1"
		a NON POST ps noresponse=2 : 1 -> 4.00 "*"
		a NON POST ps noresponse=26 : 1 -> nothing
		a NON POST ps/t?q=0 noresponse=0 : 2 -> 2.04
		m gets t q0 "2"`},
	{says: "RFC 7967: a CON whose response is left out gets an empty ACK", talk: `
		a CON POST ps/t noresponse=26 : 1 -> ACK 0.00`},
	{says: "RFC 8516: too many requests: 4.29 with Max-Age", given: `gateway.limits.max_requests_per_second_per_peer = 1`, talk: `
		a POST ps/t : 1 -> 2.04
		a POST ps/t : 2 -> 4.29 maxage=*`},
	{says: "RFC 9175: uploads of two Request-Tags do not mix", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/16 requesttag=01 : 0123456789abcdef -> 2.31 block1=0/1/16
		a POST ps/t?q=0 block1=0/1/16 requesttag=02 : ABCDEFGHIJKLMNOP -> 2.31 block1=0/1/16
		a POST ps/t?q=0 block1=1/0/16 requesttag=01 : 1 -> 2.04 block1=1/0/16
		a POST ps/t?q=0 block1=1/0/16 requesttag=02 : 2 -> 2.04 block1=1/0/16
		m gets t q0 "0123456789abcdef1"
		m gets t q0 "ABCDEFGHIJKLMNOP2"`},
	{says: "RFC 9175: an address that has not shown that it is its sender's gets small blocks, and Echo", given: `gateway.verify_addresses = "always"`, talk: `
		m publishes plant/room/temperature retain : @2000
		a GET ps/plant/room/temperature tkn=01 -> 2.05 block2=0/1/64 echo=$E etc @2000[0:64]
		a GET ps/plant/room/temperature block2=1/0/1024 echo=$E -> 2.05 block2=1/0/1024 @2000[1024:2000]`},
	{says: "RFC 9175: where blocks do not help it gets 4.01 with Echo", given: `
		gateway.verify_addresses = "always"
		gateway.blockwise.enable = false`, talk: `
		m publishes t retain : @2000
		a GET ps/t -> 4.01 echo=$E
		a GET ps/t echo=$E -> 2.05 @2000`},
	{says: "RFC 6690: /.well-known/core lists links in ct 40, with filters", talk: `
		a GET .well-known/core?href=/ps -> 2.05 ct=40 etc "</ps>*"
		a GET .well-known/core?rt=none -> 2.05 ct=40 etc ""`},
}}
