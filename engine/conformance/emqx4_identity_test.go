package conformance

import "sluice/engine/settings"

// secretHash is quickly compared with the password secret.
const secretHash = "$2a$04$MKxE3/qZ4So5/jXGoOyTce4oBQ0AUadNeKjCvrsVRMrwJoOZ2Z1BC"

// account lets in user tom with password secret, and nobody else.
const account = `
	access.anonymous = false
	access.user = [{username = "tom", hash = "` + secretHash + `"}]
`

// slowAccount does the same, and takes its time to check the password.
const slowAccount = `
	access.anonymous = false
	access.user = [{username = "tom", password = "secret"}]
`

// denied refuses devices what is below no, and lets everything else pass.
const denied = `access.rule = [
	{permission = "allow", who = "client:m", action = "all", topics = ["#"]},
	{permission = "deny", who = "all", action = "all", topics = ["no/#"]}]
`

var emqx4Identity = section{"3.2", "emqx4: identity and authentication", settings.DialectEMQX4, []row{
	{says: "c, u and p are what follows their first =", talk: `
		a GET mqtt?c=a=b -> 2.05
		gateway knows a=b`},
	{says: "u and p, too", given: `
		access.anonymous = false
		access.user = [{username = "t=m", hash = "$2a$04$nu6PnIzLidckWdFx3O8Eu.9Szrk/dbYmu4hRHYN36Gg6Dx4BGyx9a"}]`, talk: `
		a GET mqtt?c=x&u=t=m&p=s=c=t -> 2.05
		a GET mqtt?c=x&u=t=m&p=s -> 4.01`},
	{says: "of several the last counts", given: account, talk: `
		a GET mqtt?c=first&u=x&p=y&c=last&u=tom&p=secret -> 2.05
		gateway knows last`},
	{says: "other items are ignored", talk: `
		a GET mqtt?plain&c=x&d=1&clientid=y&cc=z -> 2.05
		gateway knows x`},
	{says: "values are not percent-decoded once more", talk: `
		a GET mqtt?c=%41 -> 2.05
		gateway knows %41`},
	{says: "without c: 4.00, empty, for every method in MQTT mode", talk: `
		a GET mqtt/t -> 4.00
		a GET mqtt/t observe=0 -> 4.00
		a PUT mqtt/t?u=u&p=p : 1 -> 4.00
		a POST mqtt/t : 1 -> 4.00
		a DELETE mqtt/t -> 4.00`},
	{says: "without c: 4.00, empty, for every method in PubSub mode", talk: `
		a GET ps/t -> 4.00
		a GET ps/t observe=0 -> 4.00
		a PUT ps/t?u=u&p=p ct=42 : 1 -> 4.00
		a POST ps/ ct=40 : <t>;ct=42 -> 4.00
		a DELETE ps/t -> 4.00`},
	{says: "c may be empty", talk: `a GET mqtt?c= -> 2.05`},
	{says: "u and p may be left out", talk: `
		a PUT mqtt/t?c=x : 1 -> 2.04
		a PUT mqtt/t?c=x&u=u : 1 -> 2.04`},
	{says: "client ID, username and password are one session, whatever the socket", talk: `
		a GET mqtt?c=x&u=u&p=p -> 2.05
		b GET mqtt?c=x&u=u&p=p -> 2.05
		gateway counts 1
		b GET mqtt?c=y&u=u&p=p -> 2.05
		gateway counts 2`},
	{says: "making a session authenticates", given: account, talk: `
		a PUT mqtt/t?c=x&u=tom&p=secret : 1 -> 2.04
		b PUT mqtt/t?c=x&u=tom&p=wrong : 1 -> 4.01
		b PUT mqtt/t?c=x : 1 -> 4.01`},
	{says: "a new session ends an MQTT client of the same client ID", talk: `
		m subscribes t
		a GET mqtt?c=m -> 2.05
		m goes`},
	{says: "another username or password makes a new session, which ends the old one", talk: `
		a GET mqtt/t?c=x&p=1 observe=0 tkn=01 -> 2.05 observe=0
		b GET mqtt?c=x&p=2 -> 2.05
		gateway counts 1
		b PUT mqtt/t?c=x&p=2 : 1 -> 2.04
		a silent`},
	{says: "authentication fails: 4.01, as documented", given: account, talk: `
		a GET mqtt?c=x&u=tom&p=wrong -> 4.01
		a PUT ps/t?c=x&u=nobody&p=secret ct=42 : 1 -> 4.01`},
	{says: "authentication fails: 5.00 by a setting, as 4.0 to 4.4 answer",
		given: account + `gateway.emqx4.authentication_failure = "5.00"`, talk: `
		a GET mqtt?c=x&u=tom&p=wrong -> 5.00
		a PUT ps/t?c=x&u=nobody&p=secret ct=42 : 1 -> 5.00`},
	{says: "a session that observes nothing ends at a check every 20 s, one that observes does not",
		elsewhere: "gateway.TestQuerySessionsEndWithoutSubscriptions"},
	{says: "a GET is enough to make the session", talk: `
		a GET mqtt/some/topic?c=x -> 2.05
		gateway knows x`},
	{says: "who may not publish: 4.03, empty", given: denied, talk: `
		a PUT mqtt/no/t?c=x : 1 -> 4.03
		a PUT ps/no/t?c=x ct=42 : 1 -> 4.03`},
	{says: "who may not subscribe: 4.03, empty", given: denied, talk: `
		a GET mqtt/no/t?c=x observe=0 -> 4.03
		a GET mqtt/#?c=x observe=0 -> 4.03`},
	{says: "an observer whose session is ended is not told", talk: `
		a GET mqtt/t?c=x observe=0 tkn=01 -> 2.05 observe=0
		gateway kicks x
		m publishes t : 1
		a silent`},
}}

var emqx4Topics = section{"3.3", "emqx4: topic from path", settings.DialectEMQX4, []row{
	{says: "the segments, joined with /", talk: `
		m subscribes #
		a PUT mqtt/a/b/c?c=x : 1 -> 2.04
		m gets a/b/c q0 "1"`},
	{says: "an empty last segment is dropped", talk: `
		m subscribes #
		a PUT mqtt/a/?c=x : 1 -> 2.04
		m gets a q0 "1"
		a PUT ps/b/?c=x ct=42 : 2 -> 2.01 location=/ps/b
		m gets b q0 "2"`},
	{says: "an empty first segment is kept", talk: `
		m subscribes #
		a PUT mqtt//abc?c=x : 1 -> 2.04
		m gets /abc q0 "1"`},
	{says: "empty segments within are kept", talk: `
		m subscribes #
		a PUT mqtt/a//b?c=x : 1 -> 2.04
		m gets a//b q0 "1"`},
	{says: "nothing is percent-decoded a second time", talk: `
		m subscribes #
		a PUT mqtt/a%2Fb?c=x : 1 -> 2.04
		m gets a%2Fb q0 "1"
		a PUT mqtt?c=x path=c/d : 2 -> 2.04
		m gets c/d q0 "2"`},
	{says: "wildcards are those that come out of percent-decoding", talk: `
		a GET mqtt/+/z?c=x observe=0 tkn=01 -> 2.05 observe=0
		a GET mqtt/%2B/z?c=x observe=0 tkn=02 -> 2.05 observe=0
		m publishes a/z : 1
		a told CON 01 2.05 observe=1 ct=42 "1"
		a silent`},
	{says: "topics are not validated: bytes that are no UTF-8, or zero", talk: `
		a PUT mqtt?c=x opt11=61ff : 1 -> 2.04
		a PUT mqtt?c=x opt11=6100 : 1 -> 2.04`,
		exempt: "Such a topic would make every MQTT subscriber close its connection (MQTT 5, section 1.5.4): 4.00."},
	{says: "topics are not validated: $SYS", talk: `a PUT mqtt/$SYS/x?c=x : 1 -> 2.04`,
		exempt: "Topics below `$SYS` are the broker's own; a device that publishes there is refused like one without permission."},
}}
