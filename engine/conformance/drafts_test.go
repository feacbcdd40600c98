package conformance

import "sluice/engine/settings"

var draftsBefore = section{"1.5", "auto: the pub/sub drafts before -12", settings.DialectAuto, []row{
	{says: "discovery: the entry is rt=core.ps", talk: `
		a GET .well-known/core?rt=core.ps -> 2.05 ct=40 etc "*core.ps*"`},
	{says: "discovery: GET ct 40 of a topic with a filter: 2.05, ct 40, links below it", talk: `
		a PUT ps/a/b?c=x ct=50 : 1 -> 2.01 location=/ps/a/b
		a GET ps/a?rt=* ct=40 -> 2.05 ct=40 etc "*</ps/a/b>*"`,
		exempt: "A GET of a topic reads it; discovery is at /.well-known/core."},
	{says: "create: POST ct 40 with one link and its ct: 2.01 with Location-Path", talk: `
		a POST ps/?c=x ct=40 : <topic1>;ct=50 -> 2.01 location=/ps/topic1
		a POST ps/topic1?c=x ct=40 : <sub>;ct=50 -> 2.01 location=/ps/topic1/sub`},
	{says: "create: ct 40 makes a parent", talk: `
		a POST ps/?c=x ct=40 : <parent>;ct=40 -> 2.01 location=/ps/parent
		a POST ps/parent?c=x ct=40 : <t>;ct=0 -> 2.01 location=/ps/parent/t`},
	{says: "create with no ct, many, or several links: 4.00", talk: `
		a POST ps/?c=x ct=40 : <t> -> 4.00
		a POST ps/?c=x ct=40 : <t>;ct=0;ct=50 -> 4.00
		a POST ps/?c=x ct=40 : <t>;ct=0,<u>;ct=0 -> 4.00`},
	{says: "create: a name has no slash: 4.00", talk: `
		a POST ps/?c=x ct=40 : <a/b>;ct=0 -> 4.00`},
	{says: "create: Max-Age is how long the topic lives", talk: `
		a POST ps/?c=x ct=40 maxage=1 : <t>;ct=50 -> 2.01 location=/ps/t
		wait 1.2s
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t`,
		exempt: "An entry of EMQX 4 stays until it is deleted."},
	{says: "who is not known: 4.01", given: account, talk: `
		a POST ps/?c=x ct=40 : <t>;ct=50 -> 4.01
		a PUT ps/t?c=x ct=50 : 1 -> 4.01
		a GET ps/t?c=x -> 4.01
		a DELETE ps/t?c=x -> 4.01`},
	{says: "publish too fast: 4.29 with Max-Age", given: `gateway.limits.max_requests_per_second_per_peer = 1`, talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a PUT ps/t?c=x ct=50 : 2 -> 4.29 maxage=*`},
	{says: "publish: PUT, or POST, to a topic: 2.04", talk: `
		a POST ps/?c=x ct=40 : <t>;ct=50 -> 2.01 location=/ps/t
		a PUT ps/t?c=x ct=50 : 1 -> 2.04
		a POST ps/t?c=x ct=50 : 2 -> 2.04
		a GET ps/t?c=x -> 2.05 "2"`},
	{says: "publish in another format than the topic was created with: 4.00", talk: `
		a POST ps/?c=x ct=40 : <t>;ct=50 -> 2.01 location=/ps/t
		a PUT ps/t?c=x ct=42 : 1 -> 4.00`},
	{says: "publish to no topic with PUT creates it: 2.01", talk: `
		a PUT ps/a/b?c=x ct=50 : 1 -> 2.01 location=/ps/a/b`},
	{says: "the Location-Path has an option for each segment", talk: `
		a PUT ps/a/b?c=x ct=50 : 1 -> 2.01 location=ps location=a location=b`,
		exempt: "EMQX 4 gives the whole path as one option, and its devices read that."},
	{says: "publish to no topic with POST: 4.04", talk: `
		a POST ps/t?c=x ct=50 : 1 -> 4.04`,
		exempt: "EMQX 4 creates it, as with PUT."},
	{says: "subscribe: 2.05 with Observe and the last value", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		b GET ps/t?c=y observe=0 tkn=01 -> 2.05 observe=* "1"
		a PUT ps/t?c=x ct=50 : 2 -> 2.04
		b told CON 01 2.05 observe=* ct=42 "2"`},
	{says: "subscribe or read with Accept of another format: 4.15", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x accept=0 -> 4.15`,
		exempt: "EMQX takes no notice of Accept, and its notifications say 42 whatever the payload is."},
	{says: "unsubscribe: 2.05", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		b GET ps/t?c=y observe=0 tkn=01 -> 2.05 observe=* "1"
		b GET ps/t?c=y observe=1 tkn=01 -> 2.05 "1"
		a PUT ps/t?c=x ct=50 : 2 -> 2.04
		b silent`},
	{says: "read: 2.05; 4.04 of no topic", talk: `
		a GET ps/t?c=x -> 4.04
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 2.05 "1"`},
	{says: "read of a topic that has no value: 4.04, or 2.07 up to -06", talk: `
		a POST ps/?c=x ct=40 : <t>;ct=50 -> 2.01 location=/ps/t
		a GET ps/t?c=x -> 4.04`,
		exempt: "EMQX 4 answers 2.05 with an empty payload."},
	{says: "remove: 2.02, what is below goes, too", talk: `
		a PUT ps/a?c=x ct=50 : 1 -> 2.01 location=/ps/a
		a PUT ps/a/b?c=x ct=50 : 1 -> 2.01 location=/ps/a/b
		a DELETE ps/a?c=x -> 2.02
		a GET ps/a/b?c=x -> 4.04
		a DELETE ps/a?c=x -> 4.04`},
	{says: "remove: observers get a last 4.04", talk: `
		a PUT ps/t?c=x ct=50 : 1 -> 2.01 location=/ps/t
		b GET ps/t?c=y observe=0 tkn=01 -> 2.05 observe=* "1"
		a DELETE ps/t?c=x -> 2.02
		b told CON 01 4.04 etc`,
		exempt: "An observer of EMQX 4 observes an MQTT topic, which is there after the value is gone."},
	{says: "responses have what remains of Max-Age", talk: `
		a PUT ps/t?c=x ct=50 maxage=100 : 1 -> 2.01 location=/ps/t
		wait 1.1s
		a GET ps/t?c=x -> 2.05 maxage<100 "1"`},
	{says: "notifications have the publisher's Max-Age", talk: `
		a PUT ps/t?c=x ct=50 maxage=100 : 1 -> 2.01 location=/ps/t
		b GET ps/t?c=y observe=0 tkn=01 -> 2.05 observe=* maxage=100 "1"
		a PUT ps/t?c=x ct=50 maxage=100 : 2 -> 2.04
		b told CON 01 2.05 observe=* ct=42 maxage=100 "2"`,
		exempt: "Notifications of EMQX 4 have none."},
}}
