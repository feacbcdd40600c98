package gateway

import (
	"testing"

	"sluice/engine/settings"
)

// Connection mode of EMQX 5: sections 5.3 to 5.8 of the behaviour of EMQX 5.
func TestEMQX5ConnectionMode(t *testing.T) {
	const create = "POST mqtt/connection?clientid=123&username=admin&password=public"
	required := []option{connectionRequired}
	run(t, settings.DialectEMQX5, []row{
		{"create, heartbeat, close", required, []step{
			{"a", create, "2.01 token"},
			{"a", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
			{"a", "DELETE mqtt/connection?clientid=123&token=$T", "2.02"},
			{"a", "PUT mqtt/connection?clientid=123&token=$T", `4.01 "Invalid token or clientid in connection mode"`},
		}},
		{"short names", required, []step{
			{"a", "POST mqtt/connection?c=123&u=admin&p=public", "2.01 token"},
			{"a", "PUT mqtt/connection?c=123&t=$T", "2.04"},
			{"a", "POST ps/x?c=123&t=$T : 1", "2.04"},
		}},
		{"the alias wins over the long name", required, []step{
			{"a", "POST mqtt/connection?c=123&clientid=456", "2.01 token"},
			{"a", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
		}},
		{"of duplicates the last counts", required, []step{
			{"a", "POST mqtt/connection?clientid=1&clientid=2", "2.01 token"},
			{"a", "PUT mqtt/connection?clientid=2&token=$T", "2.04"},
		}},
		{"username and password are optional", required, []step{{"a", "POST mqtt/connection?clientid=1", "2.01 token"}}},
		{"an entry without = or with two is dropped", required, []step{
			{"a", "POST mqtt/connection?clientid", `4.00 "Login Failed: clientid is required"`},
			{"a", "POST mqtt/connection?clientid=a=b", `4.00 "Login Failed: clientid is required"`},
		}},
		{"create without clientid", required, []step{
			{"a", "POST mqtt/connection", `4.00 "Login Failed: clientid is required"`},
			{"a", "POST mqtt/connection?username=a", `4.00 "Login Failed: clientid is required"`},
		}},
		{"create again from the same address", required, []step{
			{"a", create, "2.01 token"},
			{"a", create, `4.00 "Bad Request: client has connected"`},
			{"a", "POST mqtt/connection?clientid=other", `4.00 "Bad Request: channel has registered by: other"`},
			{"a", "POST mqtt/connection", `4.00 "Bad Request: invalid queries"`},
		}},
		{"create again from another address", required, []step{
			{"a", create, "2.01 token"},
			{"b", create, `4.00 "Bad Request: client has connected"`},
		}},
		{"without token or clientid everything else is refused, whatever the path", required, []step{
			{"a", "POST ps/x : 1", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "POST ps/x?token=1 : 1", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "POST ps/x?clientid=1 : 1", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "GET .well-known/core", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "DELETE mqtt/connection", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "GET mqtt/connection", `4.00 "Missing token or clientid in connection mode"`},
		}},
		{"a token or clientid of no session", required, []step{
			{"a", create, "2.01 token"},
			{"a", "POST ps/x?clientid=123&token=0 : 1", `4.01 "Invalid token or clientid in connection mode"`},
			{"a", "POST ps/x?clientid=9&token=$T : 1", `4.01 "Invalid token or clientid in connection mode"`},
			{"a", "POST ps/x?clientid=123&token=0$T : 1", `4.01 "Invalid token or clientid in connection mode"`},
			{"b", "POST ps/x?clientid=123&token=1 : 1", `4.01 "Invalid token or clientid in connection mode"`},
		}},
		{"close of an unknown session from a new address", required, []step{
			{"a", "DELETE mqtt/connection?clientid=9&token=9", "2.02"},
		}},
		{"close with a wrong token", required, []step{
			{"a", create, "2.01 token"},
			{"b", "DELETE mqtt/connection?clientid=123&token=9", `4.01 "Invalid token or clientid in connection mode"`},
			{"a", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
		}},
		{"paths and methods with a good token", required, []step{
			{"a", create, "2.01 token"},
			{"a", "GET mqtt/connection?clientid=123&token=$T", "4.05"},
			{"a", "GET mqtt/other?clientid=123&token=$T", "4.00"},
			{"a", "GET mqtt?clientid=123&token=$T", "4.00"},
			{"a", "GET other?clientid=123&token=$T", "4.00"},
			{"a", "GET -?clientid=123&token=$T", "4.00"},
			{"a", "POST ps?clientid=123&token=$T", `4.00 "invalid topic"`},
			{"a", "PUT ps/x?clientid=123&token=$T", "4.05"},
			{"a", "DELETE ps/x?clientid=123&token=$T", "4.05"},
			{"a", "FETCH ps/x?clientid=123&token=$T", "4.05"},
		}},
		{"observe, told, unsubscribe", required, []step{
			{"a", create, "2.01 token"},
			{"a", "GET ps/coap/+?clientid=123&token=$T observe=0 tkn=01", "2.05 observe"},
			{"a", "publish coap/x : hello", `NON 01 2.05 observe "hello"`},
			{"a", "publish coap/x q1 : hello", `CON 01 2.05 observe "hello"`},
			{"a", "GET ps/coap/+?clientid=123&token=$T observe=1 tkn=02", "2.07"},
			{"a", "publish coap/x : hello", "-"},
			{"a", "GET ps/never?clientid=123&token=$T observe=1", "2.07"},
		}},
		{"the newest token of a renewed observation is used", required, []step{
			{"a", create, "2.01 token"},
			{"a", "GET ps/x?clientid=123&token=$T observe=0 tkn=01", "2.05 observe"},
			{"a", "GET ps/x?clientid=123&token=$T observe=0 tkn=02", "2.05 observe"},
			{"a", "publish x : 1", `NON 02 2.05 observe "1"`},
			{"a", "publish other : 1", "-"},
		}},
		{"the address moves with a right token and not with a wrong one", required, []step{
			{"a", create, "2.01 token"},
			{"a", "GET ps/x?clientid=123&token=$T observe=0 tkn=01", "2.05 observe"},
			{"b", "POST ps/y?clientid=123&token=7 : 1", `4.01 "Invalid token or clientid in connection mode"`},
			{"a", "publish x : 1", `NON 01 2.05 observe "1"`},
			{"b", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
			{"b", "publish x : 2", `NON 01 2.05 observe "2"`},
			{"a", "publish z : 3", "-"},
			{"b", "GET ps/x?clientid=123&token=$T observe=1 tkn=05", "2.07"},
		}},
		{"overlapping filters each get their own notification", required, []step{
			{"a", create, "2.01 token"},
			{"a", "GET ps/x/#?clientid=123&token=$T observe=0 tkn=01", "2.05 observe"},
			{"a", "GET ps/+/y?clientid=123&token=$T observe=0 tkn=02", "2.05 observe"},
			{"a", "publish x/z : 1", `NON 01 2.05 observe "1"`},
			{"a", "publish w/y : 2", `NON 02 2.05 observe "2"`},
		}},
		{"a closed session's observations end", required, []step{
			{"a", create, "2.01 token"},
			{"a", "GET ps/x?clientid=123&token=$T observe=0 tkn=01", "2.05 observe"},
			{"a", "DELETE mqtt/connection?clientid=123&token=$T", "2.02"},
			{"a", "publish x : 1", "-"},
		}},
		{"a denied topic", []option{connectionRequired, deny("no/#")}, []step{
			{"a", create, "2.01 token"},
			{"a", "POST ps/no/x?clientid=123&token=$T : 1", "4.01"},
			{"a", "GET ps/no/x?clientid=123&token=$T observe=0", "4.01"},
			{"a", "POST ps/yes?clientid=123&token=$T : 1", "2.04"},
		}},
		{"refused credentials", []option{connectionRequired, users}, []step{
			{"a", "POST mqtt/connection?clientid=123&username=admin&password=wrong", `4.00 "Login Failed: bad_username_or_password"`},
			{"a", "POST mqtt/connection?clientid=123&username=who&password=public", `4.00 "Login Failed: not_authorized"`},
			{"a", "POST mqtt/connection?clientid=123", `4.00 "Login Failed: not_authorized"`},
			{"a", create, "2.01 token"},
			{"a", "POST ps/x?clientid=123&token=$T : authenticated at create only", "2.04"},
		}},
	})
}
