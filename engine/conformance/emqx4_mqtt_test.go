package conformance

import "sluice/engine/settings"

var emqx4MQTT = section{"3.4", "emqx4: MQTT mode", settings.DialectEMQX4, []row{
	{says: "GET without Observe, with a topic or without, only makes the session: 2.05, empty", talk: `
		m publishes t retain : kept
		a GET mqtt?c=x -> 2.05
		a GET mqtt/?c=x -> 2.05
		a GET mqtt/t?c=x -> 2.05
		m publishes t : 1
		a silent`},
	{says: "GET Observe 0 subscribes: 2.05, Observe 0, empty, no Content-Format", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : 1
		a told CON 01 2.05 observe=1 ct=42 "1"`},
	{says: "GET Observe 0 takes wildcards", talk: `
		a GET mqtt/a/#?c=x observe=0 tkn=01 -> 2.05 observe=0
		a GET mqtt/+/c?c=x observe=0 tkn=02 -> 2.05 observe=0
		m publishes a/b : 1
		a told CON 01 2.05 observe=1 ct=42 "1"
		m publishes b/c : 2
		a told CON 02 2.05 observe=1 ct=42 "2"`},
	{says: "GET Observe 0 without topic: 4.00", talk: `
		a GET mqtt?c=x observe=0 -> 4.00
		a GET mqtt/?c=x observe=0 -> 4.00`},
	{says: "GET Observe 0 that is not allowed: 4.03, nothing is subscribed", given: denied, talk: `
		a GET mqtt/no/t?c=x observe=0 tkn=01 -> 4.03
		m publishes no/t : 1
		a silent`},
	{says: "GET Observe 0 again: the next Observe, one subscription, and the new token from now on", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		a GET mqtt/t?c=x observe=0 tkn=02 -> 2.05 observe=1
		m publishes t : 1
		a told CON 02 2.05 observe=2 ct=42 "1"
		a silent`},
	{says: "GET Observe 1 while observing: 2.05, empty, no Observe; nothing comes after it", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		a GET mqtt/t?c=x observe=1 tkn=01 -> 2.05
		m publishes t : 1
		a silent`},
	{says: "GET Observe 1 while not observing is answered, with 2.05, not only acknowledged", talk: `
		a GET mqtt/t?c=x observe=1 -> 2.05`},
	{says: "GET Observe 2 and more: 4.02", talk: `
		a GET mqtt/t?c=x observe=2 -> 4.02
		a GET mqtt/t?c=x observe=4096 -> 4.02`},
	{says: "PUT publishes, QoS 0, not retained: 2.04, empty", talk: `
		m subscribes t
		a PUT mqtt/t?c=x : 1 -> 2.04
		m gets t q0 "1"
		m2 subscribes t
		m2 gets nothing`},
	{says: "PUT does not reject wildcards in the topic", talk: `
		a PUT mqtt/a/+?c=x : 1 -> 2.04
		a PUT mqtt/#?c=x : 1 -> 2.04`},
	{says: "PUT without topic: 4.00", talk: `
		a PUT mqtt?c=x : 1 -> 4.00
		a PUT mqtt/?c=x : 1 -> 4.00`},
	{says: "PUT that is not allowed: 4.03, nothing is published", given: denied, talk: `
		m subscribes #
		a PUT mqtt/no/t?c=x : 1 -> 4.03
		m gets nothing`},
	{says: "PUT with If-None-Match: 4.12, nothing is published", talk: `
		m subscribes t
		a PUT mqtt/t?c=x ifnonematch= : 1 -> 4.12
		m gets nothing`},
	{says: "POST and DELETE: 4.05 after authentication", given: account, talk: `
		a POST mqtt/t?c=x&u=tom&p=wrong : 1 -> 4.01
		a DELETE mqtt/t?c=x&u=tom&p=wrong -> 4.01
		a POST mqtt/t?c=x&u=tom&p=secret : 1 -> 4.05
		a DELETE mqtt/t?c=x&u=tom&p=secret -> 4.05
		a POST mqtt?c=x&u=tom&p=secret : 1 -> 4.05`},
	{says: "a notification has the type of its request, whatever the QoS of the message", talk: `
		a CON GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		b NON GET mqtt/t?c=y observe=0 tkn=02 -> 2.05 observe=0
		m publishes t q0 : 0
		a told CON 01 2.05 observe=1 ct=42 "0"
		b told NON 02 2.05 observe=1 ct=42 "0"
		m publishes t q2 : 2
		a told CON 01 2.05 observe=2 ct=42 "2"
		b told NON 02 2.05 observe=2 ct=42 "2"`},
	{says: "a notification is 2.05 with the token of its request, Observe, Content-Format 42 and the payload, no topic", talk: `
		a NON GET mqtt/a/#?c=x observe=0 tkn=0102030405060708 -> 2.05 observe=0
		m publishes a/b : {"x":1}
		a told NON 0102030405060708 2.05 observe=1 ct=42 "{\"x\":1}"`},
	{says: "Observe counts 1, 2 … 4095, 0", talk: `
		a NON GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		for 1..4095 b NON PUT mqtt/t?c=y : 1 -> 2.04 ; a told NON 01 2.05 observe=$I ct=42 "1"
		b NON PUT mqtt/t?c=y : 1 -> 2.04
		a told NON 01 2.05 observe=0 ct=42 "1"
		b NON PUT mqtt/t?c=y : 1 -> 2.04
		a told NON 01 2.05 observe=1 ct=42 "1"`},
	{says: "each ACK counts in messages.acked", beside: "the metrics of EMQX are not there; the window shows acknowledged notifications"},
	{says: "RST cancels the observation", talk: `
		a CON GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : 1
		a hears CON 01 2.05 observe=1 ct=42 "1"
		a resets
		m publishes t : 2
		a silent`},
	{says: "RST to a NON notification cancels it, too", talk: `
		a NON GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : 1
		a hears NON 01 2.05 observe=1 ct=42 "1"
		a resets
		a NON GET mqtt?c=x -> 2.05
		m publishes t : 2
		a silent`},
	{says: "four retransmissions without an answer cancel it", given: impatient, talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		m publishes t : 1
		for 0..4 a hears CON 01 2.05 observe=1 ct=42 "1"
		wait 1s
		m publishes t : 2
		a silent`},
	{says: "of two observers of a topic in one session only the newest is told", talk: `
		a GET mqtt/t?c=x&u=u&p=p observe=0 tkn=01 -> 2.05 observe=0
		b GET mqtt/t?c=x&u=u&p=p observe=0 tkn=02 -> 2.05 observe=0
		m publishes t : 1
		b told CON 02 2.05 observe=1 ct=42 "1"
		a silent`},
}}
