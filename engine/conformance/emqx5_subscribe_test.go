package conformance

import "sluice/engine/settings"

var emqx5Subscribe = section{"5.8", "emqx5: subscribe, notifications", settings.DialectEMQX5, []row{
	{says: "Observe 0 needs a token", talk: `
		a GET ps/t observe=0 tkn= -> 4.00 "observe without token"
		a GET ps/t observe=0 tkn=00 -> 2.05 observe=*`},
	{says: "the answer has no value, though there is one", talk: `
		m publishes t retain : kept
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a silent`},
	{says: "subscribing again: the newest token takes the place of the first, the sequence goes on", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=$A
		a GET ps/t observe=0 tkn=02 -> 2.05 observe>$A
		m publishes t q0 : 1
		a told NON 02 2.05 observe>$A "1"
		a silent`},
	{says: "several filters, overlapping ones too, each get a notification of their own", talk: `
		a GET ps/a/b observe=0 tkn=01 -> 2.05 observe=*
		m publishes a/b q0 : 1
		a told NON 01 2.05 observe=* "1"
		a GET ps/a/+ observe=0 tkn=02 -> 2.05 observe=*
		a GET ps/x observe=0 tkn=03 -> 2.05 observe=*
		m publishes x q0 : 2
		a told NON 03 2.05 observe=* "2"
		m publishes a/c q0 : 3
		a told NON 02 2.05 observe=* "3"
		m publishes a/b q0 : 4
		a told NON * 2.05 observe=* "4"
		a told NON * 2.05 observe=* "4"
		a silent`},
	{says: "retained messages do not come", talk: `
		m publishes t retain : kept
		a GET ps/t observe=0 -> 2.05 observe=*
		b GET ps/t?rh=1 observe=0 -> 2.05 observe=*
		c GET ps/t?rh=2 observe=0 -> 2.05 observe=*
		a silent
		b silent
		c silent`},
	{says: "but when the request says rh=0", talk: `
		m publishes t retain : kept
		a GET ps/t?rh=0 observe=0 tkn=01 -> 2.05 observe=$A
		a told CON 01 2.05 observe>$A "kept"`},
	{says: "or the setting observe_retained is on", given: `gateway.observe_retained = true`, talk: `
		m publishes t retain : kept
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=$A
		a told CON 01 2.05 observe>$A "kept"`},
	{says: "unsubscribe: the filter goes", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/u observe=0 tkn=02 -> 2.05 observe=*
		a GET ps/t observe=1 tkn=01 -> 2.07
		m publishes t q0 : 1
		m publishes u q0 : 2
		a told NON 02 2.05 observe=* "2"
		a silent`},
	{says: "unsubscribe: what waits for it goes, too", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/u observe=0 tkn=02 -> 2.05 observe=*
		m publishes u q1 : 1
		a hears CON 02 2.05 observe=* "1"
		m publishes t q1 : 2
		m publishes u q1 : 3
		a GET ps/t observe=1 tkn=01 -> 2.07
		a acks
		a told CON 02 2.05 observe=* "3"
		a silent`},
	{says: "unsubscribe: the path decides, not the token", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/u observe=0 tkn=02 -> 2.05 observe=*
		a GET ps/t observe=1 tkn=02 -> 2.07
		m publishes t q0 : 1
		a silent
		m publishes u q0 : 2
		a told NON 02 2.05 observe=* "2"`},
	{says: "Observe follows a clock and grows", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=$A
		m publishes t q0 : 1
		a told NON 01 2.05 observe>$A "1"
		m publishes t q0 : 2
		a told NON 01 2.05 observe>$A "2"`},
	{says: "Observe is the low 24 bits of the microseconds by 31, or one more than before", elsewhere: "coap.TestClockSequenceFollowsTheClock"},
	{says: "by a setting Observe counts 0, 1, 2 …", given: `gateway.observe_sequence = "counter"`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=0
		for 1..3 m publishes t q0 : $I ; a told NON 01 2.05 observe=$I "$I"`},
	{says: "and comes to 1 after 16777215", elsewhere: "coap.TestSequences"},
	{says: "notify_type qos: a message of QoS 0 comes as NON, of 1 and 2 as CON, whatever the subscription's", talk: `
		a GET ps/t?qos=0 observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 0
		a told NON 01 2.05 observe=* "0"
		m publishes t q1 : 1
		a told CON 01 2.05 observe=* "1"
		m publishes t q2 : 2
		a told CON 01 2.05 observe=* "2"
		b NON GET ps/t?qos=2 observe=0 tkn=02 -> 2.05 observe=*
		m publishes t q0 : 3
		b told NON 02 2.05 observe=* "3"`},
	{says: "notify_type non", given: `gateway.notify_type = "non"`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q2 : 1
		a told NON 01 2.05 observe=* "1"`},
	{says: "notify_type con", given: `gateway.notify_type = "con"`, talk: `
		a NON GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 1
		a told CON 01 2.05 observe=* "1"`},
	{says: "a notification has token, Observe and payload; no topic, no format, no mountpoint", given: `gateway.mountpoint = "m/"`, talk: `
		a GET ps/a/+ ct=50 observe=0 tkn=0102030405060708 -> 2.05 observe=*
		m publishes m/a/b q0 : {"x":1}
		a told NON 0102030405060708 2.05 observe=* "{\"x\":1}"`},
	{says: "a notification is split when it is larger than a block", given: `gateway.blockwise.max_block_size = 64`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : @64
		a told NON 01 2.05 observe=* @64
		m publishes t q0 : @65
		a told NON 01 2.05 observe=* block2=0/1/64 @65[0:64]`},
	{says: "one CON notification of a session is outstanding; NON ones wait behind it, too, in their order", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/u observe=0 tkn=02 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=* "1"
		m publishes u q0 : 2
		m publishes t q1 : 3
		m publishes u q1 : 4
		a silent
		a acks
		a hears NON 02 2.05 observe=* "2"
		a hears CON 01 2.05 observe=* "3"
		a silent
		a acks
		a hears CON 02 2.05 observe=* "4"
		a acks`},
	{says: "sessions do not wait for each other", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		b GET ps/t observe=0 tkn=02 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=* "1"
		b told CON 02 2.05 observe=* "1"
		m publishes t q1 : 2
		a silent
		b told CON 02 2.05 observe=* "2"`},
	{says: "100 wait; then the oldest is dropped", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 0
		a hears CON 01 2.05 observe=* "0"
		for 1..102 b NON POST ps/t?qos=0 : $I
		b PUT mqtt/connection -> 2.04
		a acks
		for 3..102 a told NON 01 2.05 observe=* "$I"
		a silent`},
	{says: "an ACK with any code lets out what waits", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=* "1"
		m publishes t q1 : 2
		a acks 2.04
		a told CON 01 2.05 observe=* "2"`},
	{says: "RST lets out what waits for others", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/u observe=0 tkn=02 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=* "1"
		m publishes u q1 : 2
		a resets
		a told CON 02 2.05 observe=* "2"`},
	{says: "giving up lets out what waits", given: impatient, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/u observe=0 tkn=02 -> 2.05 observe=*
		m publishes t q1 : 1
		m publishes u q0 : 2
		for 0..4 a hears CON 01 2.05 observe=* "1"
		a told NON 02 2.05 observe=* "2"`},
	{says: "what is in flight, waits and was dropped is in the client's statistics", beside: "that is EMQX's HTTP API; the window shows it"},
	{says: "RST cancels the observation (RFC 7641)", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=* "1"
		a resets
		m publishes t q1 : 2
		a silent`},
	{says: "by a setting RST does not, as in EMQX", given: `gateway.reset_ends_observe = false`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		a hears CON 01 2.05 observe=* "1"
		a resets
		m publishes t q1 : 2
		a told CON 01 2.05 observe=* "2"`},
	{says: "no ACK for the last retransmission cancels it, too", given: impatient, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		for 0..4 a hears CON 01 2.05 observe=* "1"
		wait 1s
		m publishes t q1 : 2
		a silent`},
	{says: "by that setting neither does that", given: impatient + "gateway.reset_ends_observe = false", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q1 : 1
		for 0..4 a hears CON 01 2.05 observe=* "1"
		wait 1s
		m publishes t q1 : 2
		a told CON 01 2.05 observe=* "2"`},
	{says: "what is published to no filter of the session does not come", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes other q0 : 1
		a silent`},
}}
