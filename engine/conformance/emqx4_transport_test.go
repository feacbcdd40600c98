package conformance

import "sluice/engine/settings"

// impatient retransmits in steps of hundredths of a second.
const impatient = "gateway.transmission.ack_timeout = \"30ms\"\n"

var emqx4Transport = section{"3.1", "emqx4: transport", settings.DialectEMQX4, []row{
	{says: "a peer is an address and port: another one may use the same message ID", talk: `
		m subscribes t
		a PUT mqtt/t?c=x mid=7 : 1 -> 2.04
		m gets t q0 "1"
		b PUT mqtt/t?c=x mid=7 : 2 -> 2.04
		m gets t q0 "2"`},
	{says: "a CON is sent again after 2 s and a random part of a second", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t q0 : 1
		a hears CON 01 2.05 observe=1 ct=42 "1"
		wait 1.6s
		a silent
		a told CON 01 2.05 observe=1 ct=42 mid=same "1"`},
	{says: "the time until the next doubles", given: `gateway.transmission.ack_timeout = "400ms"`, talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : 1
		a hears CON 01 2.05 observe=1 ct=42 "1"
		a hears CON 01 2.05 observe=1 ct=42 mid=same "1"
		wait 450ms
		a silent
		a told CON 01 2.05 observe=1 ct=42 mid=same "1"
		wait 1s
		a silent`},
	{says: "after four retransmissions it is given up", given: impatient, talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : 1
		for 0..4 a hears CON 01 2.05 observe=1 ct=42 "1"
		wait 1s
		a silent`},
	{says: "a CON that is answered within 1 s gets the response in the ACK, with its message ID and token", talk: `
		a CON GET mqtt/t?c=x mid=1234 tkn=0102030405060708 -> ACK 2.05`},
	{says: "otherwise an empty ACK, then a CON response with its token and a message ID of its own",
		given: slowAccount + `gateway.transmission.processing_delay = "10ms"`, talk: `
		b GET mqtt?c=1&u=tom&p=1
		c GET mqtt?c=2&u=tom&p=2
		d GET mqtt?c=3&u=tom&p=3
		a GET mqtt?c=x&u=tom&p=wrong tkn=01 -> ACK 0.00
		a told CON 01 4.01 mid=new
		a again -> same`},
	{says: "the empty ACK goes out at 1 s", elsewhere: "coap.TestDeferredLongerIsAcknowledgedAndAnsweredSeparately"},
	{says: "a NON request gets a NON response with a new message ID and its token", talk: `
		a NON GET mqtt/t?c=x tkn=01 -> NON 2.05 mid=new`},
	{says: "a duplicate CON gets the same answer and does nothing again", talk: `
		m subscribes t
		a PUT mqtt/t?c=x : 1 -> 2.04
		a again -> same
		m gets t q0 "1"
		m gets nothing`},
	{says: "a duplicate CON that comes before the answer exists is ignored",
		elsewhere: "coap.TestDeferredWithinASecondIsPiggybacked"},
	{says: "a CON is a duplicate for 247 s, a NON for 145 s", elsewhere: "coap.TestExchangesLastTheirLifetime"},
	{says: "a duplicate NON is ignored", talk: `
		m subscribes t
		a NON PUT mqtt/t?c=x : 1 -> 2.04
		a again -> nothing
		m gets t q0 "1"
		m gets nothing`},
	{says: "an empty CON (ping) gets RST", talk: `a raw 40000007 -> RST`},
	{says: "a method code from 0.05 on is taken for an empty message: RST to CON, nothing to NON", talk: `
		a FETCH mqtt/t?c=x -> RST
		a 0.08 mqtt/t?c=x -> RST
		a 0.31 mqtt/t?c=x -> RST
		a NON 0.08 mqtt/t?c=x -> nothing`},
	{says: "another version: silence", talk: `
		a raw 80010007 -> nothing
		a raw 00010007 -> nothing
		a raw c0010007 -> nothing`},
	{says: "a CON that cannot be decoded gets ACK 4.00 and a text", talk: `
		a raw 40010007f0 -> ACK 4.00 "*"
		a raw 49010007 -> ACK 4.00 "*"
		a raw 400100076000 -> ACK 4.00 "Observe is not repeatable"`},
	{says: "a NON that cannot be decoded: silence", talk: `
		a raw 50010007f0 -> nothing
		a raw 500100076000 -> nothing`},
	{says: "unknown critical options are ignored", talk: `
		a GET mqtt/t?c=x opt9=01 -> 2.05
		a PUT mqtt/t?c=x opt65001=01 : 1 -> 2.04`},
	{says: "unknown elective options are ignored", talk: `a GET mqtt/t?c=x opt2050=01 -> 2.05`},
	{says: "a response with an unknown token gets RST", talk: `
		a raw 4145 0007 ab -> RST
		a raw 4184 0008 ab -> RST`},
	{says: "an ACK or RST that belongs to nothing is ignored", talk: `
		a raw 60000007 -> nothing
		a raw 70000008 -> nothing`},
	{says: "the token does not tell what is observed: path and query do", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		a GET mqtt/t?c=x observe=1 tkn=02 -> 2.05
		m publishes t : 1
		a silent`},
	{says: "an observation is cancelled by its exact query only", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		a GET mqtt/t?c=x&v=1 observe=1 tkn=01 -> 2.05
		m publishes t : 1
		a told CON 01 2.05 observe=1 ct=42 "1"`,
		exempt: "Query items that mean nothing do not tell one observation from another: client and topic do."},
	{says: "no handler: 4.04, empty", talk: `
		a GET - -> 4.04
		a GET foo -> 4.04
		a PUT foo/bar?c=x : 1 -> 4.04
		a GET .well-known -> 4.04`},
	{says: "the handlers are mqtt, ps and .well-known/core", talk: `
		a GET mqtt?c=x -> 2.05
		a GET ps/unknown/topic?c=x -> 4.04
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET .well-known/core -> 2.05 etag=90d6c6ac ct=40 "</mqtt>,</ps>"`},
	{says: "authentication comes before preconditions", given: `access.anonymous = false`, talk: `
		a PUT mqtt/t?c=x ifnonematch= : 1 -> 4.01
		a PUT ps/t?c=x ct=42 ifmatch=01 : 1 -> 4.01
		a DELETE mqtt/t?c=x -> 4.01`},
	{says: "preconditions come before the method", talk: `
		a POST mqtt/t?c=x ifnonematch= : 1 -> 4.12
		a DELETE mqtt/t?c=x ifmatch=01 -> 4.12`},
	{says: "If-None-Match: 4.12 if the resource exists", talk: `
		a PUT ps/t?c=x ct=42 ifnonematch= : 1 -> 2.01 location=/ps/t
		a PUT ps/t?c=x ct=42 ifnonematch= : 2 -> 4.12
		a GET ps/t?c=x -> 2.05 "1"`},
	{says: "If-Match: 4.12 if no ETag is equal", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a PUT ps/t?c=x ct=42 ifmatch=01 : 2 -> 4.12
		a GET ps/t?c=x -> 2.05 "1"`},
	{says: "in MQTT mode the resource always exists", talk: `
		a PUT mqtt/new?c=x ifnonematch= : 1 -> 4.12
		a PUT mqtt/new?c=x ifmatch=01 : 1 -> 4.12`},
	{says: "GET with Observe other than 0 or 1: 4.02", talk: `
		a GET mqtt/t?c=x observe=2 -> 4.02
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=16777215 -> 4.02`},
	{says: "a method other than GET, POST, PUT, DELETE: 4.05",
		beside: "no such method is decoded: from 0.05 on it is an empty message"},
	{says: "an exception in the handler: 5.00", beside: "no request makes a handler of this gateway fail"},
	{says: "a uint of value 0 is one zero byte: the first Observe is 61 00", talk: `
		a GET mqtt/t?c=x observe=0 -> 2.05 opt6=00`},
	{says: "Block1: a block before the last must have the block size: 4.00", talk: `
		a PUT mqtt/t?c=x block1=0/1/16 : short -> 4.00`},
	{says: "Block1: a block that is taken gets 2.31 and its own Block1", talk: `
		a PUT mqtt/t?c=x block1=0/1/16 : @40[0:16] -> 2.31 block1=0/1/16
		a PUT mqtt/t?c=x block1=1/1/16 : @40[16:32] -> 2.31 block1=1/1/16`},
	{says: "Block1: a gap is answered with 4.08, not with silence", talk: `
		m subscribes t
		a PUT mqtt/t?c=x block1=0/1/16 : @40[0:16] -> 2.31 block1=0/1/16
		a PUT mqtt/t?c=x block1=2/0/16 : @40[32:40] -> 4.08
		m gets nothing`},
	{says: "Block1: the last answer has no Block1", talk: `
		m subscribes t
		a PUT mqtt/t?c=x block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		a PUT mqtt/t?c=x block1=1/0/16 : end -> 2.04
		m gets t q0 "0123456789abcdefend"`},
	{says: "Block1: method, path and query tell what is transferred, not the token", talk: `
		m subscribes #
		a PUT mqtt/t?c=x block1=0/1/16 tkn=01 : 0123456789abcdef -> 2.31 block1=0/1/16
		a PUT mqtt/u?c=x block1=0/1/16 tkn=01 : ABCDEFGHIJKLMNOP -> 2.31 block1=0/1/16
		a PUT mqtt/t?c=x block1=1/0/16 tkn=02 : t -> 2.04
		m gets t q0 "0123456789abcdeft"
		a PUT mqtt/u?c=x block1=1/0/16 tkn=03 : u -> 2.04
		m gets u q0 "ABCDEFGHIJKLMNOPu"`},
	{says: "Block1: an unfinished body is kept 247 s", elsewhere: "coap.TestUnfinishedUploadsAreBoundedAndExpire"},
	{says: "Block2: a response of more than 1024 bytes comes in blocks of 1024", talk: `
		a PUT ps/t?c=x ct=42 block1=0/1/1024 : @2000[0:1024] -> 2.31 block1=0/1/1024
		a PUT ps/t?c=x ct=42 block1=1/0/1024 : @2000[1024:2000] -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05 block2=0/1/1024 @2000[0:1024]`},
	{says: "Block2: a client may ask for smaller ones at once", talk: `
		a PUT ps/t?c=x ct=42 : @100 -> 2.01 location=/ps/t
		a GET ps/t?c=x block2=0/0/64 -> 2.05 block2=0/1/64 @100[0:64]
		a GET ps/t?c=x block2=1/0/64 -> 2.05 block2=1/0/64 @100[64:100]`},
	{says: "Block2: later blocks are those of the last response, under any token", talk: `
		a PUT ps/t?c=x ct=42 : @100 -> 2.01 location=/ps/t
		a GET ps/t?c=x block2=0/0/64 tkn=01 -> 2.05 block2=0/1/64 @100[0:64]
		b PUT ps/t?c=x ct=42 : changed -> 2.04
		a GET ps/t?c=x block2=1/0/64 tkn=02 -> 2.05 block2=1/0/64 @100[64:100]`},
	{says: "Block2: the same for notifications", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : @2000
		a told CON 01 2.05 observe=1 ct=42 block2=0/1/1024 @2000[0:1024]
		a GET mqtt/t?c=x block2=1/0/1024 tkn=02 -> 2.05 ct=42 block2=1/0/1024 @2000[1024:2000]`},
	{says: "Block2: a response in blocks has no Location-Path", beside: "no response with a Location-Path has a payload"},
	{says: "a body has no limit", given: `gateway.blockwise.max_body_size = 32`, talk: `
		a PUT mqtt/t?c=x block1=0/1/32 : @64[0:32] -> 2.31 block1=0/1/32
		a PUT mqtt/t?c=x block1=1/0/32 : @64[32:64] -> 2.04`,
		exempt: "Memory is bounded, for a peer and in all; `max_body_size` is the bound of a body, and 4.13 the answer beyond it."},
}}
