package conformance

import "sluice/engine/settings"

var emqx5Blockwise = section{"5.10", "emqx5: block-wise", settings.DialectEMQX5, []row{
	// Block1.
	{says: "Block1: peer, method, path and query tell what is transferred, under any token", talk: `
		m subscribes #
		a POST ps/t?q=0 block1=0/1/16 tkn=01 : 0123456789abcdef -> 2.31 block1=0/1/16
		b POST ps/t?q=0 block1=0/1/16 tkn=01 : ABCDEFGHIJKLMNOP -> 2.31 block1=0/1/16
		a POST ps/t?q=0 block1=1/0/16 tkn=02 : a -> 2.04
		m gets t q0 "0123456789abcdefa"
		b POST ps/t?q=0 block1=1/0/16 tkn=01 : b -> 2.04
		m gets t q0 "ABCDEFGHIJKLMNOPb"`},
	{says: "Block1: number 0 starts, and starts again", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		a POST ps/t?q=0 block1=0/1/16 : ABCDEFGHIJKLMNOP -> 2.31 block1=0/1/16
		a POST ps/t?q=0 block1=1/0/16 : end -> 2.04
		m gets t q0 "ABCDEFGHIJKLMNOPend"`},
	{says: "Block1: number 0 without more is the whole body", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/0/16 : whole -> 2.04
		m gets t q0 "whole"`},
	{says: "Block1: a later block of nothing: 4.08", talk: `a POST ps/t block1=1/0/16 : x -> 4.08`},
	{says: "Block1: a wrong number: 4.08, and all is forgotten", talk: `
		a POST ps/t block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		a POST ps/t block1=2/1/16 : 0123456789abcdef -> 4.08
		a POST ps/t block1=1/0/16 : x -> 4.08`},
	{says: "Block1: another size: 4.08, and all is forgotten", talk: `
		a POST ps/t block1=0/1/32 : @32 -> 2.31 block1=0/1/32
		a POST ps/t block1=1/1/16 : @16 -> 4.08
		a POST ps/t block1=1/0/32 : x -> 4.08`},
	{says: "Block1: a size beyond max_block_size: 4.02", given: `gateway.blockwise.max_block_size = 64`, talk: `
		a POST ps/t block1=0/1/128 : @128 -> 4.02
		a POST ps/t block1=0/1/64 : @64 -> 2.31 block1=0/1/64`},
	{says: "Block1: a body beyond max_body_size: 4.13, nothing is published", given: `gateway.blockwise.max_body_size = 40`, talk: `
		m subscribes t
		a POST ps/t block1=0/1/32 : @41[0:32] -> 2.31 block1=0/1/32
		a POST ps/t block1=1/0/32 : @41[32:41] -> 4.13 size1=40
		a POST ps/t block1=0/1/32 : @40[0:32] -> 2.31 block1=0/1/32
		a POST ps/t?q=0 block1=0/1/32 : @40[0:32] -> 2.31 block1=0/1/32
		a POST ps/t?q=0 block1=1/0/32 : 12345678 -> 2.04
		m gets t q0 "*"`},
	{says: "Block1: a block before the last may be shorter than its size", talk: `
		a POST ps/t block1=0/1/16 : short -> 2.31 block1=0/1/16`,
		exempt: "A body with a hole in it would be published: a block before the last that is not of its size gets 4.00 (RFC 7959, section 2.2), as from EMQX 4."},
	{says: "Block1: the last answer has no Block1; the body is published once", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/1024 : @2500[0:1024] -> 2.31 block1=0/1/1024
		a POST ps/t?q=0 block1=1/1/1024 : @2500[1024:2048] -> 2.31 block1=1/1/1024
		a POST ps/t?q=0 block1=2/0/1024 : @2500[2048:2500] -> 2.04
		m gets t q0 @2500
		m gets nothing`},
	{says: "Block1: a block that is sent again is a duplicate", talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		a again -> same
		a POST ps/t?q=0 block1=1/0/16 : end -> 2.04
		a again -> same
		m gets t q0 "0123456789abcdefend"
		m gets nothing`},
	{says: "Block1: clientid and token are in every block", given: required, talk: `
		m subscribes t
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?clientid=1&token=$T&q=0 block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		a POST ps/t?q=0 block1=1/0/16 : end -> ` + missing + `
		a POST ps/t?clientid=1&token=$T&q=0 block1=1/0/16 : end -> 2.04
		m gets t q0 "0123456789abcdefend"`},
	{says: "Block1: an unfinished body is kept for exchange_lifetime", given: `gateway.blockwise.exchange_lifetime = "300ms"`, talk: `
		a POST ps/t block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		wait 500ms
		a POST ps/t block1=1/0/16 : end -> 4.08`},

	// Block2.
	{says: "Block2: more than max_block_size comes in blocks; the first has number 0", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2500
		a told NON 01 2.05 observe=* block2=0/1/1024 @2500[0:1024]`},
	{says: "Block2: later blocks by the same token or any other: peer, path and query tell", talk: `
		a GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2500
		a told NON 01 2.05 observe=* block2=0/1/1024 @2500[0:1024]
		a GET ps/t?c=x block2=1/0/1024 tkn=01 -> 2.05 block2=1/1/1024 @2500[1024:2048]
		a GET ps/t?c=x block2=2/0/1024 tkn=99 -> 2.05 block2=2/0/1024 @2500[2048:2500]`},
	{says: "Block2: later blocks repeat the Observe of the first", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=$A block2=0/1/1024 @2000[0:1024]
		a GET ps/t block2=1/0/1024 tkn=01 -> 2.05 observe=$A block2=1/0/1024 @2000[1024:2000]`,
		exempt: "A client would take it for another notification (RFC 7959, section 2.6); it is repeated to those that ask with Observe."},
	{says: "Block2: to a client that asks for them with Observe", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=$A block2=0/1/1024 @2000[0:1024]
		a GET ps/t observe=0 block2=1/0/1024 tkn=01 -> 2.05 observe=$A block2=1/0/1024 @2000[1024:2000]`},
	{says: "Block2: after the last block nothing is kept: 4.02", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		a GET ps/t block2=1/0/1024 -> 2.05 block2=1/0/1024 @2000[1024:2000]
		a GET ps/t block2=1/0/1024 -> 4.02`,
		exempt: "The body stays for its lifetime: a client whose last answer was lost asks again, and not always with the same message ID."},
	{says: "Block2: another size than the first: 4.02", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		a GET ps/t block2=2/0/512 -> 4.02`,
		exempt: "A client may ask for smaller blocks at any time (RFC 7959, section 2.4)."},
	{says: "Block2: a number that is out of range: 4.02", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		a GET ps/t block2=2/0/1024 -> 4.02`},
	{says: "Block2: a later block of nothing: 4.02", talk: `a GET ps/t block2=1/0/1024 -> 4.02`},
	{says: "Block2: a request without token gets later blocks, too", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		a GET ps/t block2=1/0/1024 tkn= -> 2.05 block2=1/0/1024 @2000[1024:2000]`},
	{says: "Block2 in a request whose answer has no payload is no mistake", talk: `
		m subscribes t
		a POST ps/t?q=0 block2=0/0/64 : 1 -> 2.04
		m gets t q0 "1"
		a GET ps/t block2=0/0/64 observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 2
		a told NON 01 2.05 observe=* "2"`},
	{says: "while blocks are fetched further large notifications wait, small ones do not", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		m publishes t q0 : @3000
		a silent
		m publishes t q0 : small
		a told NON 01 2.05 observe=* "small"
		a GET ps/t block2=1/0/1024 -> 2.05 block2=1/0/1024 @2000[1024:2000]
		a told NON 01 2.05 observe=* block2=0/1/1024 @3000[0:1024]`},
	{says: "RST to it ends that", given: `gateway.reset_ends_observe = false`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : @2000
		a hears CON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		m publishes t q1 : @3000
		a resets
		a told CON 01 2.05 observe=* block2=0/1/1024 @3000[0:1024]`},
	{says: "so does the lifetime of the body", given: `gateway.blockwise.exchange_lifetime = "500ms"`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		m publishes t q0 : @3000
		a told NON 01 2.05 observe=* block2=0/1/1024 @3000[0:1024]`},
	{says: "so does giving up the CON", given: impatient + "gateway.reset_ends_observe = false", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : @2000
		m publishes t q0 : @3000
		for 0..4 a hears CON 01 2.05 observe=* block2=0/1/1024 @2000[0:1024]
		a told NON 01 2.05 observe=* block2=0/1/1024 @3000[0:1024]`},
	{says: "blockwise.enable = false: payloads go out whole", given: `gateway.blockwise.enable = false`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @2000
		a told NON 01 2.05 observe=* @2000`},
	{says: "blockwise.enable = false: Block options are ignored", given: `gateway.blockwise.enable = false`, talk: `
		m subscribes t
		a POST ps/t?q=0 block1=0/1/16 : 0123456789abcdef -> 2.04
		m gets t q0 "0123456789abcdef"
		a POST ps/t?q=0 block1=1/0/16 : end -> 2.04
		m gets t q0 "end"`},
	{says: "blockwise.tx_block2 counts transfers", beside: "the metrics of EMQX are not there"},
}}
