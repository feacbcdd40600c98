package conformance

import "sluice/engine/settings"

var emqx5Connectionless = section{"5.11", "emqx5: connectionless mode", settings.DialectEMQX5, []row{
	{says: "an address and port is a session", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		b GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		gateway counts 2
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		b told NON 01 2.05 observe=* "1"`},
	{says: "no token is needed or checked", talk: `
		a POST ps/t : 1 -> 2.04
		a POST ps/t?clientid=1&token=wrong : 1 -> 2.04
		a PUT mqtt/connection?clientid=1&token=wrong -> 2.04`},
	{says: "POST mqtt/connection registers a client and gives a token", talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		gateway checks $T
		gateway knows 1`},
	{says: "unsubscribe comes from the same peer", talk: `
		a GET ps/t observe=0 tkn=01 -> 2.05 observe=*
		b GET ps/t observe=1 tkn=01 -> 2.07
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		a GET ps/t observe=1 tkn=01 -> 2.07
		m publishes t q0 : 2
		a silent`},
	{says: "a new port is a new session: the old one is not told apart by its client ID", talk: `
		a GET ps/t?clientid=1 observe=0 tkn=01 -> 2.05 observe=*
		b POST ps/u?clientid=1 : 1 -> 2.04
		m publishes t q0 : 1
		a told NON 01 2.05 observe=* "1"
		b silent`},
}}

var emqx5Management = section{"5.12", "emqx5: HTTP API and events", settings.DialectEMQX5, []row{
	{says: "GET /gateways/coap/clients lists clients, with filters and pages", beside: "there is no HTTP API; the window lists clients"},
	{says: "DELETE /gateways/coap/clients/{id} ends one", beside: "there is no HTTP API; the window does, see kicked in 5.5"},
	{says: "/gateways/coap/clients/{id}/subscriptions lists, makes and ends subscriptions", beside: "there is no HTTP API; the window lists observers"},
	{says: "/gateways/coap/clients/{id}/request asks a device", beside: "there is no HTTP API; the window has a client"},
	{says: "a connection that is created and closed is an event below $SYS", given: required, talk: `
		m subscribes $SYS/brokers/+/gateway/coap/clients/+/connected
		m2 subscribes $SYS/brokers/+/gateway/coap/clients/+/disconnected
		a POST mqtt/connection?clientid=1&username=u -> 2.01 "$T"
		m gets $SYS/brokers/sluice@127.0.0.1/gateway/coap/clients/1/connected q0 "*"
		m2 gets nothing
		a DELETE mqtt/connection?clientid=1&token=$T -> 2.02
		m2 gets $SYS/brokers/sluice@127.0.0.1/gateway/coap/clients/1/disconnected q0 "*"`},
	{says: "packets, bytes, clients, sessions, messages and drops are counted", beside: "the metrics of EMQX are not there; the window counts"},
}}

var emqx5Drafts = section{"5.13", "emqx5: the new pub/sub draft", settings.DialectEMQX5, []row{
	{says: "there are no topic configurations, no discovery, no create, read or delete of topics", talk: `
		a GET .well-known/core?rt=core.ps.coll -> 4.00
		a GET .well-known/core -> 4.00
		a POST ps ct=606 : {0: "room", 2: "core.ps.data"} -> 4.00 "invalid topic"
		a GET ps/t -> 4.00 "invalid observe value"
		a DELETE ps/t -> 4.05`},
}}

var emqx5Listeners = section{"4", "emqx5: settings of listeners", settings.DialectEMQX5, []row{
	{says: "max_connections bounds the peers of a listener", given: `
		listener = [
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", max_connections = 2},
			{bind = "mqtt://127.0.0.1:0"}]`, talk: `
		a GET ps/t observe=0 -> 2.05 observe=*
		b GET ps/t observe=0 -> 2.05 observe=*
		c GET ps/t observe=0 -> 5.03 maxage=*
		a POST ps/t : 1 -> 2.04`},
	{says: "max_conn_rate bounds the new peers of a second", given: `
		listener = [
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", max_conn_rate = 2},
			{bind = "mqtt://127.0.0.1:0"}]`, talk: `
		a POST ps/t : 1 -> 2.04
		b POST ps/t : 1 -> 2.04
		c POST ps/t : 1 -> 5.03 maxage=*
		a POST ps/t : 1 -> 2.04`},
	{says: "access_rules deny", given: `
		listener = [
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", access_rules = ["allow 127.0.0.1", "deny all"]},
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", access_rules = ["allow 192.0.2.0/24", "deny all"]},
			{bind = "mqtt://127.0.0.1:0"}]`, talk: `
		a POST ps/t : 1 -> 2.04
		b@1 POST ps/t : 1 -> silence
		b@1 raw 40000007 -> silence`},
	{says: "health_check: a datagram equal to request is answered by reply, nothing else happens", given: `
		listener = [
			{bind = "coap://127.0.0.1:0", dialect = "emqx5", health_check = {request = "PING", reply = "PE\u0000\u0007"}},
			{bind = "mqtt://127.0.0.1:0"}]`, talk: `
		a raw 50494e47 -> NON 2.05
		a raw 50494e4748 -> nothing
		gateway counts 0`},
	{says: "${client_attrs.X} of the mountpoint is the user's attribute", given: `
		gateway.mountpoint = "${client_attrs.site}/"
		access.user = [{username = "tom", hash = "` + secretHash + `", client_attrs = {site = "north"}}]`, talk: `
		m subscribes #
		a POST ps/t?username=tom&password=secret&q=0 : 1 -> 2.04
		m gets north/t q0 "1"`},
}}
