package conformance

import "sluice/engine/settings"

var emqx5Interface = section{"5.1", "emqx5: URIs, methods, options, query parameters", settings.DialectEMQX5, []row{
	{says: "create, heartbeat and close in connection mode", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a PUT mqtt/connection?clientid=1&token=$T -> 2.04
		a DELETE mqtt/connection?clientid=1&token=$T -> 2.02`},
	{says: "create, heartbeat and close in connectionless mode", talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a PUT mqtt/connection?clientid=1&token=$T -> 2.04
		a DELETE mqtt/connection?clientid=1&token=$T -> 2.02`},
	{says: "publish, subscribe and unsubscribe in connection mode", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET ps/a/b?clientid=1&token=$T observe=0 tkn=01 -> 2.05 observe=*
		a NON POST ps/a/b?clientid=1&token=$T : 1 -> 2.04
		a told NON 01 2.05 observe=* "1"
		a GET ps/a/b?clientid=1&token=$T observe=1 tkn=01 -> 2.07
		a NON POST ps/a/b?clientid=1&token=$T : 2 -> 2.04
		a silent`},
	{says: "publish, subscribe and unsubscribe in connectionless mode", talk: `
		a GET ps/a/b observe=0 tkn=01 -> 2.05 observe=*
		a NON POST ps/a/b : 1 -> 2.04
		a told NON 01 2.05 observe=* "1"
		a GET ps/a/b observe=1 tkn=01 -> 2.07
		a NON POST ps/a/b : 2 -> 2.04
		a silent`},
	{says: "short names: c, t", given: required, talk: `
		a POST mqtt/connection?c=1 -> 2.01 "$T"
		a PUT mqtt/connection?c=1&t=$T -> 2.04
		a POST ps/t?c=1&t=$T : 1 -> 2.04`},
	{says: "short names: u, p", given: account, talk: `
		a POST ps/t?u=tom&p=secret : 1 -> 2.04
		a POST ps/t?u=tom&p=wrong : 1 -> 4.01
		a POST mqtt/connection?c=1&u=tom&p=secret -> 2.01 "*"`},
	{says: "short names: q, r", talk: `
		m subscribes t
		a POST ps/t?q=2&r=true : 1 -> 2.04
		m gets t q2 retain "1"`},
	{says: "there are no other short names", talk: `
		m subscribes t
		a POST ps/t?q=0&e=60 : 1 -> 2.04
		m gets t q0 "1"`},
	{says: "client IDs are UTF-8", talk: `
		a POST mqtt/connection?clientid=gerät-ä -> 2.01 "*"
		gateway knows gerät-ä`},
	{says: "username and password are not needed", given: required, talk: `a POST mqtt/connection?clientid=1 -> 2.01 "*"`},
	{says: "qos is that of the message", talk: `
		m subscribes t
		for 0..2 a POST ps/t?qos=$I : 1 -> 2.04 ; m gets t q$I "1"`},
	{says: "no qos: publish_qos coap, 0 to NON and 1 to CON", talk: `
		m subscribes t
		a CON POST ps/t : 1 -> 2.04
		m gets t q1 "1"
		a NON POST ps/t : 0 -> 2.04
		m gets t q0 "0"`},
	{says: "no qos: publish_qos qos0, qos1, qos2", given: `gateway.publish_qos = "qos2"`, talk: `
		m subscribes t
		a NON POST ps/t : 1 -> 2.04
		m gets t q2 "1"
		a NON POST ps/t?q=0 : 1 -> 2.04
		m gets t q0 "1"`},
	{says: "no qos: subscribe_qos; it does not decide the type of notifications", given: `gateway.subscribe_qos = "qos2"`, talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 0
		a told NON 01 2.05 observe=* "0"`},
	{says: "retain is exactly true", talk: `
		a POST ps/a?retain=true : kept -> 2.04
		a POST ps/b?retain=True : not -> 2.04
		a POST ps/c?retain=1 : not -> 2.04
		a POST ps/d?retain : not -> 2.04
		m subscribes #
		m gets a q1 retain "kept"
		m gets nothing`},
	{says: "expiry is in seconds", talk: `
		m subscribes t
		a POST ps/t?q=0&expiry=60 : 1 -> 2.04
		m gets t q0 expiry=60 "1"`},
	{says: "no expiry: the message has none", talk: `
		m subscribes t
		a POST ps/t?q=0 : 1 -> 2.04
		m gets t q0 "1"`},
	{says: "expiry 0 is never, as documented", talk: `
		a POST ps/t?q=0&expiry=0&retain=true : 1 -> 2.04
		wait 1.1s
		m subscribes t
		m gets t q0 retain "1"`},
	{says: "a retained message with expiry ends", talk: `
		a POST ps/t?expiry=1&retain=true : 1 -> 2.04
		wait 1.2s
		m subscribes t
		m gets nothing`},
	{says: "nl and rh are integers", talk: `
		a GET ps/t?nl=0&rh=1 observe=0 -> 2.05 observe=*
		a GET ps/u?nl=1&rh=2 observe=0 -> 2.05 observe=*`},
	{says: "nl is not enforced: an observer gets its own messages", talk: `
		a GET ps/t?nl=1 observe=0 tkn=01 -> 2.05 observe=*
		a NON POST ps/t : 1 -> 2.04
		a told NON 01 2.05 observe=* "1"`},
	{says: "an item with no = is dropped", given: required, talk: `
		a POST mqtt/connection?clientid -> 4.00 "Login Failed: clientid is required"
		a POST mqtt/connection?plain&clientid=1 -> 2.01 "*"`},
	{says: "an item with two = is dropped", given: account, talk: `
		a POST mqtt/connection?clientid=a=b -> 4.00 "Login Failed: clientid is required"
		a POST ps/t?u=tom&p=secret&p=a=b : 1 -> 2.04`},
	{says: "of several the last counts", talk: `
		a POST mqtt/connection?clientid=1&clientid=2 -> 2.01 "*"
		gateway knows 2
		m subscribes t
		a POST ps/t?q=0&q=2 : 1 -> 2.04
		m gets t q2 "1"`},
	{says: "the short name counts before the long one, wherever it stands", talk: `
		a POST mqtt/connection?c=1&clientid=2 -> 2.01 "*"
		gateway knows 1
		m subscribes t
		a POST ps/t?qos=2&q=0 : 1 -> 2.04
		m gets t q0 "1"
		a POST ps/t?q=0&qos=2 : 1 -> 2.04
		m gets t q0 "1"`},
	{says: "values are not percent-decoded", talk: `
		a POST mqtt/connection?clientid=a%20b -> 2.01 "*"
		gateway knows a%20b`},
	{says: "unknown names are ignored", talk: `a POST ps/t?foo=bar&x=1 : 1 -> 2.04`},
	{says: "qos, expiry, nl or rh that is no integer: 4.00", talk: `
		a POST ps/t?qos=x : 1 -> 4.00
		a POST ps/t?qos= : 1 -> 4.00
		a POST ps/t?expiry=1.5 : 1 -> 4.00
		a GET ps/t?qos=x observe=0 -> 4.00
		a GET ps/t?nl=x observe=0 -> 4.00
		a GET ps/t?rh=true observe=0 -> 4.00`},
	{says: "a publish with a qos other than 0, 1, 2: 4.00", talk: `
		a POST ps/t?qos=3 : 1 -> 4.00
		a POST ps/t?qos=-1 : 1 -> 4.00`},
	{says: "a subscribe with any qos", talk: `
		a GET ps/t?qos=3 observe=0 -> 2.05 observe=*
		a GET ps/u?qos=-1 observe=0 -> 2.05 observe=*`},

	// The topic.
	{says: "the topic is the segments after ps, joined with /", talk: `
		m subscribes #
		a POST ps/a/b/c?q=0 : 1 -> 2.04
		m gets a/b/c q0 "1"`},
	{says: "and percent-decoded once more", talk: `
		m subscribes #
		a POST ps/a%2Fb?q=0 : 1 -> 2.04
		m gets a/b q0 "1"
		a POST ps/a%252Fb?q=0 : 2 -> 2.04
		m gets a%2Fb q0 "2"
		a POST ps?q=0 path=c/d : 3 -> 2.04
		m gets c/d q0 "3"`},
	{says: "a % with anything but two digits behind it: 4.00", talk: `
		a POST ps/a%zz : 1 -> 4.00
		a POST ps/a%4 : 1 -> 4.00
		a GET ps/%%% observe=0 -> 4.00`},
	{says: "a % at the end stays", talk: `
		m subscribes #
		a POST ps/100%?q=0 : 1 -> 2.04
		m gets 100% q0 "1"`},
	{says: "empty segments stay", talk: `
		m subscribes #
		a POST ps//abc?q=0 : 1 -> 2.04
		m gets /abc q0 "1"
		a POST ps/abc/?q=0 : 2 -> 2.04
		m gets abc/ q0 "2"
		a POST ps/a//b?q=0 : 3 -> 2.04
		m gets a//b q0 "3"`},
	{says: "ps/ is the empty topic, and is not rejected", talk: `
		a POST ps/ : 1 -> 2.04`},
	{says: "wildcards in a published topic are not rejected, and reach who observes exactly that text", talk: `
		a GET ps/a/+ observe=0 tkn=01 -> 2.05 observe=*
		b GET ps/a/# observe=0 tkn=02 -> 2.05 observe=*
		c NON POST ps/a/+ : 1 -> 2.04
		a told NON 01 2.05 observe=* "1"
		b silent`},
	{says: "$share is nothing special", talk: `
		a GET ps/$share/g/t observe=0 tkn=01 -> 2.05 observe=*
		m publishes t q0 : 1
		a silent
		b NON POST ps/$share/g/t : 2 -> 2.04
		a told NON 01 2.05 observe=* "2"`},

	// Options.
	{says: "Content-Format, Accept, Max-Age, ETag, If-Match and If-None-Match are ignored", talk: `
		a POST ps/t ct=50 accept=60 maxage=1 etag=01 ifmatch=02 : 1 -> 2.04
		a POST ps/t ifnonematch= ct=65535 : 1 -> 2.04
		a GET ps/t observe=0 accept=60 etag=01 -> 2.05 observe=*`},
	{says: "Uri-Host, Uri-Port and Proxy-Scheme are ignored", talk: `
		a POST ps/t host=example.org port=1234 : 1 -> 2.04
		a POST ps/t host=example.org proxyscheme=coap : 1 -> 2.04
		a POST ps/t proxyuri=coap://example.org/x : 1 -> 2.04`},
	{says: "responses have no Content-Format, Max-Age or Location-Path", talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		a POST ps/t ct=50 maxage=9 : 1 -> 2.04
		a GET ps/t ct=50 observe=0 -> 2.05 observe=*`},
}}
