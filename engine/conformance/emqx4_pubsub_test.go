package conformance

import "sluice/engine/settings"

var emqx4PubSub = section{"3.5", "emqx4: PubSub mode", settings.DialectEMQX4, []row{
	// The store.
	{says: "there is one store for all clients", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		b GET ps/t?c=y -> 2.05 "1"`},
	{says: "it is gone after a restart", talk: `
		a PUT ps/t?c=x ct=42 maxage=100 : 1 -> 2.01 location=/ps/t
		gateway restarts
		a GET ps/t?c=x -> 4.04`,
		exempt: "Nothing that was acknowledged is lost: resources are in the state file and come back with their remaining age."},
	{says: "an entry that expired stays", talk: `
		a PUT ps/t?c=x ct=42 maxage=0 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05
		a PUT ps/t?c=x ct=42 : 2 -> 2.04`},

	// Content-Format and Max-Age of a publish.
	{says: "octet-stream, EXI and JSON may be published", talk: `
		a PUT ps/t42?c=x ct=42 : 1 -> 2.01 location=/ps/t42
		a PUT ps/t47?c=x ct=47 : 1 -> 2.01 location=/ps/t47
		a PUT ps/t50?c=x ct=50 : 1 -> 2.01 location=/ps/t50`},
	{says: "so may any other Content-Format, and none", talk: `
		a PUT ps/none?c=x : 1 -> 2.01 location=/ps/none
		a PUT ps/t0?c=x ct=0 : 1 -> 2.01 location=/ps/t0
		a PUT ps/t41?c=x ct=41 : 1 -> 2.01 location=/ps/t41
		a PUT ps/t60?c=x ct=60 : 1 -> 2.01 location=/ps/t60
		a PUT ps/t40?c=x ct=40 : 1 -> 2.01 location=/ps/t40`},
	{says: "by a setting they get 5.00, as from EMQX", given: `gateway.emqx4.require_content_format = true`, talk: `
		a PUT ps/t?c=x : 1 -> 5.00
		a PUT ps/t?c=x ct=0 : 1 -> 5.00
		a PUT ps/t?c=x ct=41 : 1 -> 5.00
		a PUT ps/t?c=x ct=60 : 1 -> 5.00
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t`},
	{says: "no Max-Age means 60", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		wait 1.1s
		a GET ps/t?c=x -> 2.05 maxage<60 "1"`},

	// What is checked first.
	{says: "/ps: 4.00 for any method", talk: `
		a GET ps?c=x -> 4.00
		a GET ps?c=x observe=0 -> 4.00
		a POST ps?c=x ct=40 : <t>;ct=42 -> 4.00
		a PUT ps?c=x ct=42 : 1 -> 4.00
		a DELETE ps?c=x -> 4.00`},
	{says: "/ps/: for POST that creates only", talk: `
		a GET ps/?c=x -> 4.00
		a PUT ps/?c=x ct=42 : 1 -> 4.00
		a DELETE ps/?c=x -> 4.00
		a POST ps/?c=x ct=40 : <t>;ct=42 -> 2.01 location=/ps/t`},
	{says: "then authentication", given: account, talk: `
		a GET ps/+ -> 4.00
		a GET ps/+?c=x&u=tom&p=wrong -> 4.01
		a GET ps/+?c=x&u=tom&p=secret -> 4.00`},
	{says: "then, with Content-Format 40, nothing more", talk: `
		a GET ps/unknown?c=x ct=40 : x -> 2.05 ct=40 "x"`},
	{says: "create below a wildcard: nothing refuses it", talk: `
		a POST ps/+?c=x ct=40 : <t>;ct=42 -> 2.01 location=/ps/+/t`,
		exempt: "Nobody could read what is there, or publish to it: 4.00."},
	{says: "with Content-Format 40 no format is compared: DELETE", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a DELETE ps/t?c=x ct=40 -> 2.02`},
	{says: "then a topic with wildcards: 4.00", talk: `
		a GET ps/+?c=x -> 4.00
		a GET ps/a/#?c=x observe=0 -> 4.00
		a GET ps/a/#?c=x observe=1 -> 4.00
		a PUT ps/+/a?c=x ct=42 : 1 -> 4.00
		a POST ps/a/+?c=x ct=42 : 1 -> 4.00
		a DELETE ps/#?c=x -> 4.00`},
	{says: "then a Content-Format other than the one stored: 4.00", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x ct=42 -> 4.00
		a GET ps/t?c=x ct=42 observe=0 -> 4.00
		a PUT ps/t?c=x ct=42 : 2 -> 4.00
		a DELETE ps/t?c=x ct=42 -> 4.00
		a GET ps/t?c=x -> 2.05 "1"`},

	// Create.
	{says: "create: 2.01 and one Location-Path with the whole path", talk: `
		a POST ps/?c=x ct=40 : <topic1>;ct=42 -> 2.01 location=/ps/topic1
		a POST ps/parent/child?c=x ct=40 : <topic1>;ct=42 -> 2.01 location=/ps/parent/child/topic1
		a GET ps/parent/child/topic1?c=x -> 2.05`},
	{says: "create: ct may be quoted", talk: `
		a POST ps/?c=x ct=40 : <t>;ct="50" -> 2.01 location=/ps/t
		a PUT ps/t?c=x ct=42 : 1 -> 4.00
		a PUT ps/t?c=x ct=50 : 1 -> 2.04`},
	{says: "create: a name of several segments is percent-encoded", talk: `
		a POST ps/p?c=x ct=40 : <a%2Fb>;ct=42 -> 2.01 location=/ps/p/a/b
		a GET ps/p/a/b?c=x -> 2.05`},
	{says: "create: the parent need not exist", talk: `
		a POST ps/no/such/parent?c=x ct=40 : <t>;ct=42 -> 2.01 location=/ps/no/such/parent/t
		a GET ps/no/such/parent?c=x -> 4.04`},
	{says: "create: any number will do for ct", talk: `
		a POST ps/?c=x ct=40 : <t>;ct=9999 -> 2.01 location=/ps/t`},
	{says: "create: ct may be no number", talk: `
		a POST ps/?c=x ct=40 : <t>;ct="text" -> 2.01 location=/ps/t`,
		exempt: "Nobody could ever publish in a format that is not a number from 0 to 65535: 4.00 says so at once."},
	{says: "create: publishes nothing", talk: `
		m subscribes #
		a POST ps/?c=x ct=40 : <t>;ct=42 -> 2.01 location=/ps/t
		m gets nothing`},
	{says: "create what exists: Max-Age, format and time are new, the payload stays; same answer", talk: `
		a PUT ps/t?c=x ct=42 maxage=1 : 1 -> 2.01 location=/ps/t
		wait 1.1s
		a GET ps/t?c=x -> 2.05
		a POST ps/?c=x ct=40 maxage=5 : <t>;ct=50 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05 maxage=5 "1"
		a PUT ps/t?c=x ct=42 : 2 -> 4.00
		a PUT ps/t?c=x ct=50 : 2 -> 2.04`},
	{says: "create with any other payload: 4.00", talk: `
		a POST ps/?c=x ct=40 -> 4.00
		a POST ps/?c=x ct=40 : topic -> 4.00
		a POST ps/?c=x ct=40 : <t> -> 4.00
		a POST ps/?c=x ct=40 : <t>;rt=x -> 4.00
		a POST ps/?c=x ct=40 : <t>;ct=42;rt=x -> 4.00
		a POST ps/?c=x ct=40 : <t>;ct=42,<u>;ct=42 -> 4.00
		a POST ps/?c=x ct=40 : </t>;ct=42 -> 4.00`},

	// Publish.
	{says: "POST or PUT to an unknown topic creates it and publishes, QoS 0, not retained: 2.01 with Location-Path", talk: `
		m subscribes #
		a PUT ps/a/b?c=x ct=42 : 1 -> 2.01 location=/ps/a/b
		m gets a/b q0 "1"
		a POST ps/c?c=x ct=47 : 2 -> 2.01 location=/ps/c
		m gets c q0 "2"
		m2 subscribes #
		m2 gets nothing`},
	{says: "POST or PUT to a known topic changes and publishes: 2.04, empty", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		m subscribes #
		a PUT ps/t?c=x ct=42 : 2 -> 2.04
		m gets t q0 "2"
		a POST ps/t?c=x ct=42 : 3 -> 2.04
		m gets t q0 "3"
		a GET ps/t?c=x -> 2.05 "3"`},
	{says: "it sets Max-Age, to 60 without one", talk: `
		a PUT ps/t?c=x ct=42 maxage=100 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05 maxage=100 "1"
		a PUT ps/t?c=x ct=42 maxage=200 : 2 -> 2.04
		a GET ps/t?c=x -> 2.05 maxage=200 "2"
		a PUT ps/t?c=x ct=42 : 3 -> 2.04
		a GET ps/t?c=x -> 2.05 "3"`},
	{says: "it sets the time", talk: `
		a PUT ps/t?c=x ct=42 maxage=1 : 1 -> 2.01 location=/ps/t
		wait 1.1s
		a PUT ps/t?c=x ct=42 maxage=1 : 2 -> 2.04
		a GET ps/t?c=x -> 2.05 maxage=1 "2"`},
	{says: "in another format: 4.00, nothing is stored or published", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		m subscribes #
		a PUT ps/t?c=x ct=50 : 2 -> 4.00
		a POST ps/t?c=x ct=50 : 2 -> 4.00
		m gets nothing
		a GET ps/t?c=x -> 2.05 "1"`},
	{says: "not allowed: 4.03, nothing is published, and nothing stored", given: `
		access.rule = [{permission = "deny", who = "all", action = "publish", topics = ["no/#"]}]`, talk: `
		m subscribes #
		a PUT ps/no/t?c=x ct=42 : 1 -> 4.03
		m gets nothing
		a GET ps/no/t?c=x -> 4.04`},

	// Read.
	{says: "GET of an unknown topic: 4.04", talk: `a GET ps/t?c=x -> 4.04`},
	{says: "GET: the last payload, Max-Age is what remains, left out when 60, no Content-Format", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05 "1"
		a PUT ps/t?c=x ct=50 maxage=30 : 2 -> 2.04
		a GET ps/t?c=x -> 2.05 maxage=30 "2"
		wait 1.1s
		a GET ps/t?c=x -> 2.05 maxage<30 "2"`},
	{says: "GET with a Content-Format gets it back", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x ct=50 -> 2.05 ct=50 "1"`},
	{says: "GET of what expired: 2.05, empty", talk: `
		a PUT ps/t?c=x ct=42 maxage=1 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05 maxage=1 "1"
		wait 1.1s
		a GET ps/t?c=x -> 2.05`},
	{says: "GET with one ETag: 2.03 with that ETag while fresh", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x etag=ab -> 2.03 etag=ab
		a GET ps/t?c=x etag=ab etag=cd -> 2.05 "1"
		a PUT ps/t?c=x ct=42 maxage=0 : 1 -> 2.04
		a GET ps/t?c=x etag=ab -> 2.05`},
	{says: "GET with Content-Format 40 gets its own payload and format back", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x ct=40 : mine -> 2.05 ct=40 "mine"`},

	// Observe.
	{says: "GET Observe 0 of an unknown topic: 4.04, nothing is subscribed", talk: `
		a GET ps/t?c=x observe=0 tkn=01 -> 4.04
		b PUT ps/t?c=y ct=42 : 1 -> 2.01 location=/ps/t
		a silent`},
	{says: "GET Observe 0 with wildcards: 4.00", talk: `a GET ps/#?c=x observe=0 -> 4.00`},
	{says: "GET Observe 0: 2.05, Observe 0, the last payload, Max-Age", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=0 "1"
		b PUT ps/t?c=y ct=42 maxage=100 : 2 -> 2.04
		a told CON 01 2.05 observe=1 ct=42 "2"
		b GET ps/t?c=y observe=0 tkn=02 -> 2.05 observe=0 maxage=100 "2"`},
	{says: "GET Observe 0 of what expired: 2.07, Observe 0, empty, and subscribed", talk: `
		a PUT ps/t?c=x ct=42 maxage=0 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=0 tkn=01 -> 2.07 observe=0
		m publishes t : 2
		a told CON 01 2.05 observe=1 ct=42 "2"`},
	{says: "GET Observe 0 that is not allowed: 4.03", given: `
		access.rule = [{permission = "deny", who = "all", action = "subscribe", topics = ["no/#"]}]`, talk: `
		a PUT ps/no/t?c=x ct=42 : 1 -> 2.01 location=/ps/no/t
		a GET ps/no/t?c=x observe=0 -> 4.03`},
	{says: "GET Observe 1: 2.05, the last payload, no Observe; nothing comes after it", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=0 "1"
		a GET ps/t?c=x observe=1 tkn=02 -> 2.05 "1"
		b PUT ps/t?c=y ct=42 : 2 -> 2.04
		a silent`},
	{says: "GET Observe 1 while not observing is answered like a GET", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=1 -> 2.05 "1"`},

	// Delete.
	{says: "DELETE of an unknown topic: 4.04", talk: `a DELETE ps/t?c=x -> 4.04`},
	{says: "DELETE: 2.02, empty; what is below goes, too, and nothing else", talk: `
		a PUT ps/a?c=x ct=42 : 1 -> 2.01 location=/ps/a
		a PUT ps/a/b?c=x ct=42 : 1 -> 2.01 location=/ps/a/b
		a PUT ps/ab?c=x ct=42 : 1 -> 2.01 location=/ps/ab
		a PUT ps/x/a?c=x ct=42 : 1 -> 2.01 location=/ps/x/a
		a DELETE ps/a?c=x -> 2.02
		a GET ps/a?c=x -> 4.04
		a GET ps/a/b?c=x -> 4.04
		a GET ps/ab?c=x -> 2.05 "1"
		a GET ps/x/a?c=x -> 2.05 "1"`},
	{says: "DELETE tells no observer, and ends no subscription", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=0 "1"
		b DELETE ps/t?c=y -> 2.02
		a silent
		b PUT ps/t?c=y ct=42 : 2 -> 2.01 location=/ps/t
		a told CON 01 2.05 observe=1 ct=42 "2"`},

	// MQTT and the store.
	{says: "a message from MQTT changes the store while somebody observes the topic", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=0 "1"
		m publishes t : 2
		a told CON 01 2.05 observe=1 ct=42 "2"
		b GET ps/t?c=y -> 2.05 "2"`},
	{says: "its time, too", talk: `
		a PUT ps/t?c=x ct=42 maxage=1 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=0 maxage=1 "1"
		wait 1.1s
		b GET ps/t?c=y -> 2.05
		m publishes t : 2
		a told CON 01 2.05 observe=1 ct=42 "2"
		b GET ps/t?c=y -> 2.05 maxage=1 "2"`},
	{says: "and does not while nobody does", talk: `
		a PUT ps/t?c=x ct=42 : 1 -> 2.01 location=/ps/t
		m publishes t : 2
		a GET ps/t?c=x -> 2.05 "1"
		m publishes unknown : 2
		a GET ps/unknown?c=x -> 4.04`},
	{says: "notifications: Content-Format 42 always, Observe from 1, no Max-Age", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a NON GET ps/t?c=x observe=0 tkn=01 -> 2.05 observe=0 "1"
		b PUT ps/t?c=y ct=50 maxage=100 : 2 -> 2.04
		a told NON 01 2.05 observe=1 ct=42 "2"
		b PUT ps/t?c=y ct=50 : 3 -> 2.04
		a told NON 01 2.05 observe=2 ct=42 "3"`},
}}
