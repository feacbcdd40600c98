package conformance

import "sluice/engine/settings"

// collection is where the topics of these rows are.
const collection = "gateway.ietf.collection = \"ps\"\n"

// room makes topic room and remembers its path below the collection, T, and that of its data, D.
const room = `
	a POST ps ct=606 : {0: "room", 2: "core.ps.data"} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}
`

var ietfResources = section{"1.2", "ietf: resources", settings.DialectIETF, []row{
	{says: "the broker is discovered as rt=core.ps", given: collection, talk: `
		a GET .well-known/core?rt=core.ps -> 2.05 ct=40 etc "*core.ps*"`},
	{says: "the collection is discovered as rt=core.ps.coll", given: collection, talk: `
		a GET .well-known/core?rt=core.ps.coll -> 2.05 ct=40 etc "*</ps>*core.ps.coll*"`},
	{says: "a topic is discovered as rt=core.ps.conf", given: collection, talk: room + `
		a GET .well-known/core?rt=core.ps.conf -> 2.05 ct=40 etc "*</ps/$T>*core.ps.conf*"`},
	{says: "the path of the collection is free", given: `gateway.ietf.collection = "topics/all"`, talk: `
		a GET .well-known/core?rt=core.ps.coll -> 2.05 ct=40 etc "*</topics/all>*core.ps.coll*"
		a POST topics/all ct=606 : {0: "room", 2: "core.ps.data"} -> 2.01 location=topics location=all location=* ct=606 etc {0: "room", 1: *, 2: "core.ps.data"}`},
	{says: "there may be several collections", beside: "a gateway has one"},
	{says: "a collection has GET, FETCH and POST", given: collection, talk: `
		a PUT ps ct=606 : {} -> 4.05
		a DELETE ps -> 4.05
		a PATCH ps ct=606 : {} -> 4.05
		a iPATCH ps ct=606 : {} -> 4.05`},
	{says: "a topic has GET, FETCH, POST, iPATCH and DELETE", given: collection, talk: room + `
		a PUT ps/$T ct=606 : {} -> 4.05
		a PATCH ps/$T ct=606 : {} -> 4.05`},
	{says: "a topic is a child of the collection, under an id that the broker chose", given: collection, talk: room + `
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}`},
	{says: "topic data has PUT, GET and DELETE", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		a POST $D : 1 -> 4.05
		a FETCH $D -> 4.05
		a PATCH $D : 1 -> 4.05
		a iPATCH $D : 1 -> 4.05`},
	{says: "topic data may have any path", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 1: "/ps/data/of/mine", 2: "core.ps.data"} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: "/ps/data/of/mine", 2: "core.ps.data"}
		a PUT ps/data/of/mine : 1 -> 2.01 etc
		a GET ps/data/of/mine -> 2.05 etc "1"`},
}}

var ietfProperties = section{"1.3", "ietf: topic properties", settings.DialectIETF, []row{
	{says: "keys are integers", given: collection, talk: `
		a POST ps ct=606 : {"topic-name": "room", "resource-type": "core.ps.data"} -> 4.00 etc
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", "x": 1} -> 4.00 etc`},
	{says: "what is not CBOR, or no map: 4.00", given: collection, talk: `
		a POST ps ct=606 : text -> 4.00 etc
		a POST ps ct=606 : [0, "room"] -> 4.00 etc
		a POST ps ct=606 -> 4.00 etc`},
	{says: "topic-name is needed, and is text", given: collection, talk: `
		a POST ps ct=606 : {2: "core.ps.data"} -> 4.00 etc
		a POST ps ct=606 : {0: 7, 2: "core.ps.data"} -> 4.00 etc`},
	{says: "topic-name is there once in a collection", given: collection, talk: room + `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data"} -> 4.00 etc`},
	{says: "topic-name is immutable", given: collection, talk: room + `
		a iPATCH ps/$T ct=606 : {0: "hall"} -> 4.00 etc
		a POST ps/$T ct=606 : {0: "hall", 1: "$D", 2: "core.ps.data"} -> 4.00 etc
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}`},
	{says: "topic-data is chosen by the broker when absent, and in all replies", given: collection, talk: room + `
		a POST ps/$T ct=606 : {0: "room", 2: "core.ps.data"} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}
		a iPATCH ps/$T ct=606 : {4: "x"} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "x"}`},
	{says: "topic-data may point to another host", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 1: "coap://example.org/x", 2: "core.ps.data"} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: "coap://example.org/x", 2: "core.ps.data"}
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: "coap://example.org/x", 2: "core.ps.data"}`},
	{says: "topic-data is immutable", given: collection, talk: room + `
		a iPATCH ps/$T ct=606 : {1: "/ps/data/elsewhere"} -> 4.00 etc`},
	{says: "resource-type is needed, and is text", given: collection, talk: `
		a POST ps ct=606 : {0: "room"} -> 4.00 etc
		a POST ps ct=606 : {0: "room", 2: 7} -> 4.00 etc`},
	{says: "resource-type is immutable", given: collection, talk: room + `
		a iPATCH ps/$T ct=606 : {2: "core.other"} -> 4.00 etc`},
	{says: "topic-content-format: what is published in another gets 4.15", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 3: 50} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 3: 50}
		a PUT $D ct=60 : 1 -> 4.15 etc
		a PUT $D ct=50 : 1 -> 2.01 etc
		a GET $D -> 2.05 ct=50 etc "1"`},
	{says: "topic-content-format is a number", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 3: "50"} -> 4.00 etc
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 3: -1} -> 4.00 etc`},
	{says: "topic-type is text", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 4: "temperature"} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: *, 2: "core.ps.data", 4: "temperature"}
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: *, 2: "core.ps.data", 4: "temperature"}
		a POST ps ct=606 : {0: "hall", 2: "core.ps.data", 4: 1} -> 4.00 etc`},
	{says: "expiration-date is a time with tag 1", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 5: 1(4102444800)} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: *, 2: "core.ps.data", 5: 1(4102444800)}
		a POST ps ct=606 : {0: "hall", 2: "core.ps.data", 5: "soon"} -> 4.00 etc`},
	{says: "expiration-date may have a fraction", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 5: 1(4102444800.5)} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: *, 2: "core.ps.data", 5: *}`},
	{says: "expiration-date: then the topic is deleted, and observers get 4.04", given: collection, talk: `
		gateway dates E 2s
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 5: 1($E)} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 5: 1($E)}
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		b told * 01 4.04 etc
		a GET ps/$T -> 4.04
		a GET $D -> 4.04`},
	{says: "max-subscribers is enforced: no more get 2.05 without Observe", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 6: 1} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 6: 1}
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		c GET $D observe=0 tkn=02 -> 2.05 etc "1"
		b GET $D observe=1 tkn=01 -> 2.05 etc "1"
		c GET $D observe=0 tkn=03 -> 2.05 observe=* etc "1"`},
	{says: "max-subscribers is a number", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 6: "many"} -> 4.00 etc`},
	{says: "observer-check is a number above 0", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 7: 0} -> 4.00 etc
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 7: 60} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: *, 2: "core.ps.data", 7: 60}`},
	{says: "observer-check: no more than so many seconds are between CON notifications", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 7: 1} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 7: 1}
		a PUT $D : 1 -> 2.01 etc
		b NON GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		wait 1.2s
		a PUT $D : 2 -> 2.04 etc
		b told CON 01 2.05 observe=* etc "*"`},
	{says: "initialize gives the data its first value", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 3: 50, 8: h'3231'} -> 2.01 location=ps location=* ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 3: 50, 8: h'3231'}
		a GET $D -> 2.05 ct=50 etc "21"
		a PUT $D ct=50 : 22 -> 2.04 etc`},
	{says: "initialize needs topic-content-format", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 8: h'3231'} -> 4.00 etc`},
	{says: "conf-filter, key 9 up to -20, is a parameter no more", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 9: [0]} -> 4.00 etc`},
}}

var ietfOperations = section{"1.4", "ietf: operations", settings.DialectIETF, []row{
	{says: "list: 2.05, ct 40, a link to each topic", given: collection, talk: room + `
		a POST ps ct=606 : {0: "hall", 2: "core.ps.data"} -> 2.01 location=ps location=$U ct=606 etc {0: "hall", 1: *, 2: "core.ps.data"}
		a GET ps -> 2.05 ct=40 etc "*</ps/$T>*"
		a GET ps -> 2.05 ct=40 etc "*</ps/$U>*"`},
	{says: "list of none: 2.05, ct 40, empty", given: collection, talk: `a GET ps -> 2.05 ct=40 etc ""`},
	{says: "GET collection?rt=core.ps.data: links to topic data", given: collection, talk: room + `
		a GET ps?rt=core.ps.data -> 2.05 ct=40 etc "*<$D>*core.ps.data*"`},
	{says: "other filters of RFC 6690, section 4.1", given: collection, talk: room + `
		a GET .well-known/core?rt=core.ps.c* -> 2.05 ct=40 etc "*</ps/$T>*"
		a GET .well-known/core?href=/ps/$T -> 2.05 ct=40 etc "</ps/$T>*"
		a GET .well-known/core?rt=core.none -> 2.05 ct=40 etc ""`},
	{says: "discovery over multicast is answered without errors", beside: "no multicast address is joined in a test"},
	{says: "filter: FETCH ct 606: topics that have every property with its value", given: collection, talk: `
		a POST ps ct=606 : {0: "one", 2: "core.ps.data", 3: 50, 4: "temperature"} -> 2.01 location=ps location=$T ct=606 etc {0: "one", 1: *, 2: "core.ps.data", 3: 50, 4: "temperature"}
		a POST ps ct=606 : {0: "two", 2: "core.ps.data", 3: 60, 4: "temperature"} -> 2.01 location=ps location=$U ct=606 etc {0: "two", 1: *, 2: "core.ps.data", 3: 60, 4: "temperature"}
		a FETCH ps ct=606 : {4: "temperature"} -> 2.05 ct=40 etc "*</ps/$T>*"
		a FETCH ps ct=606 : {4: "temperature"} -> 2.05 ct=40 etc "*</ps/$U>*"
		a FETCH ps ct=606 : {4: "temperature", 3: 60} -> 2.05 ct=40 etc "</ps/$U>*"
		a FETCH ps ct=606 : {4: "humidity"} -> 2.05 ct=40 etc ""
		a FETCH ps ct=606 : {6: 1} -> 2.05 ct=40 etc ""`},
	{says: "create: 2.01, Location-Path, ct 606 and a map with 0, 1 and 2", given: collection, talk: room},
	{says: "create with an unknown parameter: 4.00", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 100: 1} -> 4.00 etc`},
	{says: "create that is not allowed: 4.03", given: collection + `
		access.rule = [{permission = "deny", who = "all", action = "publish", topics = ["room"]}]`, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data"} -> 4.03 etc`},
	{says: "read configuration: 2.05, ct 606", given: collection, talk: room + `
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}`},
	{says: "read configuration of no topic: 4.04", given: collection, talk: `a GET ps/none -> 4.04 etc`},
	{says: "who may not subscribe sees neither the topic nor its data: 4.03, and it is not listed", given: collection + `
		access.rule = [{permission = "deny", who = "all", action = "subscribe", topics = ["room"]}]`, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		a GET ps/$T -> 4.03 etc
		a FETCH ps/$T ct=60 : [0] -> 4.03 etc
		a GET $D -> 4.03 etc
		a GET $D observe=0 -> 4.03 etc
		a GET ps -> 2.05 ct=40 etc ""`},
	{says: "read part: FETCH ct 60, an array of keys: those that are there", given: collection, talk: room + `
		a FETCH ps/$T ct=60 : [0, 2] -> 2.05 ct=606 etc {0: "room", 2: "core.ps.data"}
		a FETCH ps/$T ct=60 : [0, 4] -> 2.05 ct=606 etc {0: "room"}
		a FETCH ps/none ct=60 : [0] -> 4.04 etc`},
	{says: "replace configuration: POST ct 606: 2.04 and the whole map", given: collection, talk: room + `
		a POST ps/$T ct=606 : {0: "room", 1: "$D", 2: "core.ps.data", 4: "temperature", 6: 5} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "temperature", 6: 5}
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "temperature", 6: 5}`},
	{says: "replace configuration: what is left out goes back to its default", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 4: "x", 6: 5} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "x", 6: 5}
		a POST ps/$T ct=606 : {0: "room", 2: "core.ps.data", 4: "y"} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "y"}`},
	{says: "replace configuration of no topic: 4.04", given: collection, talk: `
		a POST ps/none ct=606 : {0: "room", 2: "core.ps.data"} -> 4.04 etc`},
	{says: "partial update: iPATCH ct 606: 2.04 and the whole map", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 4: "x", 6: 5} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "x", 6: 5}
		a iPATCH ps/$T ct=606 : {4: "y"} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "y", 6: 5}
		a iPATCH ps/none ct=606 : {4: "y"} -> 4.04 etc`},
	{says: "delete topic: 2.02; then 4.04, for its data, too, and again", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		a DELETE ps/$T -> 2.02 etc
		a GET ps/$T -> 4.04 etc
		a GET $D -> 4.04 etc
		a PUT $D : 1 -> 4.04 etc
		a DELETE ps/$T -> 4.04 etc
		a GET ps -> 2.05 ct=40 etc ""`},
	{says: "delete topic: every observer gets a last 4.04", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		c GET $D observe=0 tkn=02 -> 2.05 observe=* etc "1"
		a DELETE ps/$T -> 2.02 etc
		b told * 01 4.04 etc
		c told * 02 4.04 etc`},
	{says: "publish: 2.01 the first time, then 2.04", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		a PUT $D : 2 -> 2.04 etc
		a GET $D -> 2.05 etc "2"`},
	{says: "publish too fast: 4.29 with Max-Age", given: collection + "gateway.ietf.max_publish_rate = 1", talk: room + `
		a PUT $D : 1 -> 2.01 etc
		a PUT $D : 2 -> 4.29 maxage=* etc
		wait 1.1s
		a PUT $D : 3 -> 2.04 etc`},
	{says: "publish to no topic: 4.04", given: collection, talk: `a PUT ps/data/none : 1 -> 4.04 etc`},
	{says: "publish that is not allowed: 4.03", given: collection + `
		access.rule = [{permission = "deny", who = "client:x", action = "publish", topics = ["room"]}]`, talk: room + `
		a PUT $D?c=x : 1 -> 4.03 etc
		a PUT $D : 1 -> 2.01 etc`},
	{says: "subscribe: 2.05 with Observe and the last value; then a notification for each publish", given: collection, talk: room + `
		a PUT $D ct=50 : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=$A ct=50 etc "1"
		a PUT $D ct=50 : 2 -> 2.04 etc
		b told * 01 2.05 observe>$A ct=50 etc "2"`},
	{says: "unsubscribe with Observe 1: 2.05", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		b GET $D observe=1 tkn=01 -> 2.05 etc "1"
		a PUT $D : 2 -> 2.04 etc
		b silent`},
	{says: "unsubscribe with RST", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		a PUT $D : 2 -> 2.04 etc
		b hears * 01 2.05 observe=* etc "2"
		b resets
		b GET $D -> 2.05 etc "2"
		a PUT $D : 3 -> 2.04 etc
		b silent`},
	{says: "read the latest: 2.05, or 4.04", given: collection, talk: room + `
		a GET $D -> 4.04 etc
		a PUT $D ct=0 : 1 -> 2.01 etc
		b GET $D -> 2.05 ct=0 etc "1"`},
	{says: "delete data: 2.02, every observer gets a last 4.04, and again 4.04", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		a DELETE $D -> 2.02 etc
		b told * 01 4.04 etc
		a DELETE $D -> 4.04 etc`},
	{says: "the data of a topic is an MQTT topic", given: collection, talk: room + `
		m subscribes room
		a PUT $D : 1 -> 2.01 etc
		m gets room q* "1"
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		m publishes room : 2
		b told * 01 2.05 observe=* etc "2"
		a GET $D -> 2.05 etc "2"`},
}}

var ietfLifecycle = section{"1.4", "ietf: lifecycle of a topic", settings.DialectIETF, []row{
	{says: "half created: its configuration is read, changed and deleted", given: collection, talk: room + `
		a GET ps/$T -> 2.05 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}
		a iPATCH ps/$T ct=606 : {4: "x"} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 4: "x"}
		a DELETE ps/$T -> 2.02 etc`},
	{says: "half created: its data is published, but neither read nor observed", given: collection, talk: room + `
		a GET $D -> 4.04 etc
		a GET $D observe=0 -> 4.04 etc
		a PUT $D : 1 -> 2.01 etc`},
	{says: "fully created with the first publish", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		a GET $D -> 2.05 etc "1"
		a GET $D observe=0 -> 2.05 observe=* etc "1"`},
	{says: "half created again when its data is deleted: topic-data stays, initialize is not used again", given: collection, talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data", 3: 50, 8: h'31'} -> 2.01 location=ps location=$T ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 3: 50, 8: h'31'}
		a DELETE $D -> 2.02 etc
		a FETCH ps/$T ct=60 : [1] -> 2.05 ct=606 etc {1: "$D"}
		a GET $D -> 4.04 etc
		a PUT $D ct=50 : 2 -> 2.01 etc
		a GET $D -> 2.05 ct=50 etc "2"`},
	{says: "fewer max-subscribers: the observers beyond get a last 4.04", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		a iPATCH ps/$T ct=606 : {6: 0} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 6: 0}
		b told * 01 4.04 etc`},
	{says: "an expiration-date that comes earlier ends the topic then", given: collection, talk: room + `
		a PUT $D : 1 -> 2.01 etc
		b GET $D observe=0 tkn=01 -> 2.05 observe=* etc "1"
		gateway dates E 1s
		a iPATCH ps/$T ct=606 : {5: 1($E)} -> 2.04 ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data", 5: 1($E)}
		b told * 01 4.04 etc
		a GET ps/$T -> 4.04 etc`},
	{says: "notifications may be left out and may come twice", beside: "that is what a client has to bear"},
	{says: "a publisher that got 4.29 is quiet for Max-Age", beside: "that is what a client has to do"},
	{says: "auto has it at /pubsub", talk: `
		a GET .well-known/core?rt=core.ps.coll -> 2.05 ct=40 etc "*</pubsub>*core.ps.coll*"
		a POST pubsub ct=606 : {0: "room", 2: "core.ps.data"} -> 2.01 location=pubsub location=$T ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}
		a PUT $D : 1 -> 2.01 etc
		a GET $D -> 2.05 etc "1"`, dialect: settings.DialectAuto},
	{says: "auto has it at /ps by Content-Format 606", talk: `
		a POST ps ct=606 : {0: "room", 2: "core.ps.data"} -> 2.01 location=* location=* ct=606 etc {0: "room", 1: "$D", 2: "core.ps.data"}
		a PUT $D : 1 -> 2.01 etc`, dialect: settings.DialectAuto},
}}
