package conformance

import "sluice/engine/settings"

var emqx5Publish = section{"5.7", "emqx5: publish", settings.DialectEMQX5, []row{
	{says: "authorization sees the topic without mountpoint", given: `
		gateway.mountpoint = "mp/"
		access.rule = [{permission = "deny", who = "all", action = "publish", topics = ["no", "mp/yes"]}]`, talk: `
		a POST ps/no : 1 -> 4.01
		a POST ps/yes : 1 -> 2.04`},
	{says: "with include_mountpoint it sees the mounted topic", beside: "there is no such setting"},
	{says: "the mountpoint is put before the topic as it is", given: `gateway.mountpoint = "coap"`, talk: `
		m subscribes #
		a POST ps/t?q=0 : 1 -> 2.04
		m gets coapt q0 "1"`},
	{says: "the message has qos, payload, retain and expiry of the request", talk: `
		m subscribes t
		a POST ps/t?qos=2&retain=true&expiry=100 : payload -> 2.04
		m gets t q2 retain expiry=100 "payload"`},
	{says: "the message comes from the client ID: a rule may name it", given: `
		access.rule = [{permission = "deny", who = "client:dev", action = "publish", topics = ["t"]}]`, talk: `
		a POST ps/t?clientid=dev : 1 -> 4.01
		a POST ps/t?clientid=other : 1 -> 2.04`},
	{says: "2.04 whether anybody subscribed or not", talk: `
		a POST ps/nobody : 1 -> 2.04
		a POST ps/nobody?qos=2 : 1 -> 2.04`},
	{says: "an empty payload with retain clears the retained message", talk: `
		a POST ps/t?retain=true : 1 -> 2.04
		a POST ps/t?retain=true -> 2.04
		m subscribes t
		m gets nothing`},
	{says: "an empty payload is published", talk: `
		m subscribes t
		a POST ps/t?q=0 -> 2.04
		m gets t q0 ""`},
}}

var emqx5Access = section{"5.9", "emqx5: authentication and authorization", settings.DialectEMQX5, []row{
	{says: "MySQL, MongoDB, PostgreSQL, Redis, HTTP and JWT authenticate", beside: "users are in the settings; there are no outside authenticators"},
	{says: "a listener may do without: enable_authn = false", given: account + `
		listener = [
			{bind = "coap://127.0.0.1:0", dialect = "emqx5"},
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", enable_authn = false},
			{bind = "mqtt://127.0.0.1:0"}]`, talk: `
		a POST ps/t : 1 -> 4.01
		b@1 POST ps/t : 1 -> 2.04
		b@1 POST mqtt/connection?clientid=1 -> 2.01 "*"`},
	{says: "no authenticator, profile legacy: everybody is let in", talk: `
		a POST ps/t?username=any&password=thing : 1 -> 2.04
		a POST mqtt/connection?clientid=1 -> 2.01 "*"`},
	{says: "no authenticator, profile hardened: nobody is", given: `access.anonymous = false`, talk: `
		a POST ps/t?username=any&password=thing : 1 -> 4.01
		a POST mqtt/connection?clientid=1 -> 4.00 "Login Failed: not_authorized"`},
	{says: "connection mode authenticates at create only", given: required + account, talk: `
		a POST mqtt/connection?clientid=1&username=tom&password=secret -> 2.01 "$T"
		a POST ps/t?clientid=1&token=$T : 1 -> 2.04
		a POST ps/t?clientid=1&token=$T&username=tom&password=wrong : 1 -> 2.04`},
	{says: "connectionless: every request under ps is judged on its own", given: account, talk: `
		a POST ps/t?username=tom&password=secret : 1 -> 2.04
		a POST ps/t : 1 -> 4.01
		a GET ps/t?username=tom&password=secret observe=0 tkn=01 -> 2.05 observe=*
		a GET ps/t observe=1 -> 4.01`},
	{says: "connectionless: the request's client ID and username are who asks", given: `
		access.rule = [
			{permission = "deny", who = "client:dev", action = "all", topics = ["t"]},
			{permission = "deny", who = "user:tom", action = "all", topics = ["u"]}]`, talk: `
		a POST ps/t?clientid=dev : 1 -> 4.01
		a POST ps/t : 1 -> 2.04
		a POST ps/u?username=tom : 1 -> 4.01
		a POST ps/u : 1 -> 2.04`},
	{says: "connectionless: without a client ID the peer has a name of the gateway's choice", given: `gateway.mountpoint = "${clientid}/"`, talk: `
		m subscribes #
		a POST ps/t?qos=0 : 1 -> 2.04
		m gets */t q0 "1"`},
	{says: "a DTLS certificate's subject is known to the rules", elsewhere: "gateway.TestProvedIdentities"},
	{says: "${clientid} and ${username} of the mountpoint are those of the request", given: `
		gateway.mountpoint = "${clientid}/${username}/"`, talk: `
		m subscribes #
		a POST ps/t?clientid=c&username=u&q=0 : 1 -> 2.04
		m gets c/u/t q0 "1"
		a POST ps/t?clientid=d&username=v&q=0 : 2 -> 2.04
		m gets d/v/t q0 "2"`},
	{says: "a mountpoint of a listener stands before that of the gateway", given: `
		gateway.mountpoint = "all/"
		listener = [
			{bind = "coap://127.0.0.1:0", dialect = "emqx5"},
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", mountpoint = "own/"},
			{bind = "mqtt://127.0.0.1:0"}]`, talk: `
		m subscribes #
		a POST ps/t?q=0 : 1 -> 2.04
		m gets all/t q0 "1"
		b@1 POST ps/t?q=0 : 2 -> 2.04
		m gets own/t q0 "2"`},
}}
