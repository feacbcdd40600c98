package conformance

import "sluice/engine/settings"

// Payloads of EMQX 5 that stand in many rows.
const (
	missing = `4.00 "Missing token or clientid in connection mode"`
	invalid = `4.01 "Invalid token or clientid in connection mode"`
)

var emqx5Order = section{"5.3", "emqx5: dispatch and check order", settings.DialectEMQX5, []row{
	{says: "connectionless: what begins with ps is authenticated", given: account, talk: `
		a POST ps/t : 1 -> 4.01
		a GET ps/t observe=0 -> 4.01
		a POST ps/t?u=tom&p=secret : 1 -> 2.04`},
	{says: "connectionless: before its topic, method and Observe are looked at", given: account, talk: `
		a POST ps : 1 -> 4.01
		a PUT ps/t : 1 -> 4.01
		a GET ps/t -> 4.01
		a POST ps/%zz : 1 -> 4.01`},
	{says: "connectionless: anything else is not", given: account, talk: `
		a PUT mqtt/connection -> 2.04
		a GET mqtt/connection -> 4.05
		a GET foo -> 4.00`},
	{says: "connection mode: POST mqtt/connection needs no token", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"`},
	{says: "connection mode: everything else does, whatever the path and method", given: required, talk: `
		a GET - -> ` + missing + `
		a GET foo -> ` + missing + `
		a GET .well-known/core -> ` + missing + `
		a POST ps : 1 -> ` + missing + `
		a PUT ps/t : 1 -> ` + missing + `
		a GET mqtt/connection -> ` + missing + `
		a PUT mqtt/connection -> ` + missing + `
		a POST mqtt/t : 1 -> ` + missing + `
		a POST mqtt/connection/x?clientid=1 -> ` + missing},
	{says: "connection mode: then the token is checked", given: required, talk: `
		a POST ps : 1 -> ` + missing + `
		a POST ps?clientid=1&token=2 : 1 -> ` + invalid + `
		a PUT ps/t?clientid=1&token=2 : 1 -> ` + invalid},
	{says: "connection mode: a block of a body is taken after that only", given: required, talk: `
		a POST ps/t block1=0/1/16 : 0123456789abcdef -> ` + missing + `
		a POST ps/t?clientid=1&token=2 block1=0/1/16 : 0123456789abcdef -> ` + invalid},
	{says: "connectionless: a block of a body is taken after authentication only", given: account, talk: `
		a POST ps/t block1=0/1/16 : 0123456789abcdef -> 4.01`},
	{says: "blocks come before the path", talk: `
		a POST foo block1=0/1/16 : 0123456789abcdef -> 2.31 block1=0/1/16
		a POST foo block1=1/0/16 : end -> 4.00`},
	{says: "any other path, or none: 4.00, empty", talk: `
		a GET - -> 4.00
		a GET foo -> 4.00
		a POST foo/bar : 1 -> 4.00
		a GET .well-known/core -> 4.00
		a GET PS/t observe=0 -> 4.00`},
	{says: "mqtt/x other than connection: 4.00, empty", talk: `
		a GET mqtt -> 4.00
		a PUT mqtt/t : 1 -> 4.00
		a GET mqtt/t observe=0 -> 4.00
		a PUT mqtt/connection/ -> 4.00
		a PUT mqtt/connection/x -> 4.00`},
	{says: "GET mqtt/connection: 4.05, empty", talk: `
		a GET mqtt/connection -> 4.05
		a GET mqtt/connection observe=0 -> 4.05`},
	{says: "ps without topic: 4.00 invalid topic, for any method", talk: `
		a GET ps observe=0 -> 4.00 "invalid topic"
		a POST ps : 1 -> 4.00 "invalid topic"
		a PUT ps : 1 -> 4.00 "invalid topic"
		a DELETE ps -> 4.00 "invalid topic"`},
	{says: "PUT and DELETE of ps/t: 4.05, empty", talk: `
		a PUT ps/t : 1 -> 4.05
		a DELETE ps/t -> 4.05`},
	{says: "with a token, the same order follows in connection mode", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a GET foo?c=1&t=$T -> 4.00
		a GET mqtt/connection?c=1&t=$T -> 4.05
		a PUT mqtt/t?c=1&t=$T -> 4.00
		a POST ps?c=1&t=$T : 1 -> 4.00 "invalid topic"
		a PUT ps/t?c=1&t=$T : 1 -> 4.05`},
}}

var emqx5Replies = section{"5.4", "emqx5: replies", settings.DialectEMQX5, []row{
	{says: "connection created: 2.01 and a token, a decimal integer of 1 to 4294967295", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		gateway checks $T`},
	{says: "tokens differ", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		b POST mqtt/connection?clientid=2 -> 2.01 "$U"
		b PUT mqtt/connection?clientid=2&token=$T -> ` + invalid},
	{says: "heartbeat: 2.04, empty", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a PUT mqtt/connection?clientid=1&token=$T -> 2.04`},
	{says: "closed: 2.02, empty", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a DELETE mqtt/connection?clientid=1&token=$T -> 2.02`},
	{says: "published: 2.04, empty", talk: `a POST ps/t : 1 -> 2.04`},
	{says: "subscribed: 2.05 with Observe, empty", talk: `a GET ps/t observe=0 -> 2.05 observe=*`},
	{says: "unsubscribed: 2.07, empty", talk: `
		a GET ps/t observe=0 -> 2.05 observe=*
		a GET ps/t observe=1 -> 2.07`},
	{says: "unsubscribed from what was never subscribed: 2.07, empty", talk: `a GET ps/t observe=1 -> 2.07`},
	{says: "create without clientid", given: required, talk: `
		a POST mqtt/connection -> 4.00 "Login Failed: clientid is required"
		a POST mqtt/connection?username=u&password=p -> 4.00 "Login Failed: clientid is required"`},
	{says: "create with a wrong password", given: account, talk: `
		a POST mqtt/connection?clientid=1&username=tom&password=wrong -> 4.00 "Login Failed: bad_username_or_password"
		a POST mqtt/connection?clientid=1&username=tom -> 4.00 "Login Failed: bad_username_or_password"`},
	{says: "create by somebody unknown", given: account, talk: `
		a POST mqtt/connection?clientid=1&username=jim&password=secret -> 4.00 "Login Failed: not_authorized"
		a POST mqtt/connection?clientid=1 -> 4.00 "Login Failed: not_authorized"`},
	{says: "create with a client ID that cannot be one", given: `gateway.mountpoint = "${clientid}/"`, talk: `
		a POST mqtt/connection?clientid=# -> 4.00 "Login Failed: client_identifier_not_valid"`},
	{says: "create while the gateway has all the sessions it takes", given: `gateway.limits.max_sessions = 1`, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		b POST mqtt/connection?clientid=2 -> 4.00 "Login Failed: quota_exceeded"`},
	{says: "create while too many passwords wait to be checked", given: slowAccount + `gateway.limits.max_logins = 1`, talk: `
		a POST mqtt/connection?clientid=1&username=tom&password=secret
		b POST mqtt/connection?clientid=2&username=tom&password=secret -> 4.00 "Login Failed: server_busy"`},
	{says: "create refused with bad_clientid_or_password, banned, server_unavailable or bad_authentication_method",
		beside: "no authenticator of this gateway gives that reason"},
	{says: "create refused by a connect hook", beside: "there are no hooks"},
	{says: "create while the session registry is locked", beside: "the registry is in one process; a lock is never unavailable"},
	{says: "create again, same peer and client ID", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		a POST mqtt/connection?clientid=1 -> 4.00 "Bad Request: client has connected"`},
	{says: "create again, same peer and another client ID: the text names the one asked for", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		a POST mqtt/connection?clientid=2 -> 4.00 "Bad Request: channel has registered by: 2"`},
	{says: "create again, same peer and no client ID", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "*"
		a POST mqtt/connection -> 4.00 "Bad Request: invalid queries"`},
	{says: "connection mode, token or clientid missing", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t : 1 -> ` + missing + `
		a POST ps/t?clientid=1 : 1 -> ` + missing + `
		a POST ps/t?token=$T : 1 -> ` + missing},
	{says: "connection mode, clientid and token match no session", given: required, talk: `
		a POST mqtt/connection?clientid=1 -> 2.01 "$T"
		a POST ps/t?clientid=1&token=0 : 1 -> ` + invalid + `
		a POST ps/t?clientid=2&token=$T : 1 -> ` + invalid},
	{says: "GET ps without Observe, or with 2 and more", talk: `
		a GET ps/t -> 4.00 "invalid observe value"
		a GET ps/t observe=2 -> 4.00 "invalid observe value"
		a GET ps/t observe=16777215 -> 4.00 "invalid observe value"`},
	{says: "GET Observe 0 with an empty token", talk: `a GET ps/t observe=0 tkn= -> 4.00 "observe without token"`},
	{says: "publish or subscribe that is not allowed: 4.01, empty", given: denied, talk: `
		a POST ps/no/t : 1 -> 4.01
		a GET ps/no/t observe=0 -> 4.01
		a GET ps/# observe=0 -> 4.01`},
	{says: "connectionless, authentication refused: 4.01, empty", given: account, talk: `
		a POST ps/t?username=tom&password=wrong : 1 -> 4.01
		a GET ps/t observe=0 -> 4.01`},
	{says: "errors of blocks: 4.02, 4.08, 4.13, empty; 4.13 says with Size1 what would fit", given: `
		gateway.blockwise.max_block_size = 32
		gateway.blockwise.max_body_size = 32`, talk: `
		a POST ps/t block1=0/1/64 : @64 -> 4.02
		a POST ps/t block1=1/0/16 : 1 -> 4.08
		a POST ps/t block1=0/1/32 : @64[0:32] -> 2.31 block1=0/1/32
		a POST ps/t block1=1/0/32 : @64[32:64] -> 4.13 size1=32`},
	{says: "after a create that failed nothing is left at the address: its observations end", given: account, talk: `
		a GET ps/t?u=tom&p=secret observe=0 tkn=01 -> 2.05 observe=*
		a POST mqtt/connection?clientid=1 -> 4.00 "Login Failed: not_authorized"
		m publishes t q0 : 1
		a silent`,
		exempt: "A login that fails ends nothing else: who observes without a connection goes on."},
	{says: "after a create that failed another may succeed", given: account, talk: `
		a POST mqtt/connection -> 4.00 "Login Failed: clientid is required"
		a POST mqtt/connection?clientid=1 -> 4.00 "Login Failed: not_authorized"
		a POST mqtt/connection?clientid=1&u=tom&p=secret -> 2.01 "*"`},
}}
