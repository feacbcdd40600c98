package gateway

import (
	"testing"

	"sluice/engine/settings"
)

func TestAuto(t *testing.T) {
	run(t, settings.DialectAuto, []row{
		{"the published examples, each from an address of its own", nil, []step{
			{"1", "PUT mqtt/topic1?c=client1&u=emqx&p=public : hello,EMQX Cloud", "2.04"},
			{"2", "GET mqtt/topic1?c=client1&u=emqx&p=public observe=0 tkn=01", "2.05 observe=0"},
			{"2", "publish topic1 : hello from MQTT", `CON 01 2.05 observe=1 ct=42 "hello from MQTT"`},
			{"3", `PUT ps/coap/test?c=client1&u=tom&p=secret ct=50 : {"msg":"Hello, CoAP"}`, "2.01 location=/ps/coap/test"},
			{"4", "GET ps/coap/test?c=client1&u=tom&p=secret", `2.05 "{\"msg\":\"Hello, CoAP\"}"`},
			{"5", "GET ps/coap/observe?c=client1&u=tom&p=secret observe=0 tkn=746f6b656e", "2.05 observe=0"},
			{"5", "publish coap/observe : first", `CON 746f6b656e 2.05 observe=1 ct=42 "first"`},
			{"6", "POST mqtt/connection?clientid=123&username=admin&password=public", "2.01 token"},
			{"7", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
			{"8", "POST ps/coap/test?clientid=123&token=$T : Hi, this is libcoap", "2.04"},
			{"9", "POST ps/coap/test : Hi, this is libcoap", "2.04"},
			{"10", "GET ps/coap/test observe=0 tkn=6f6273746f6b656e", "2.05 observe"},
			{"10", "publish coap/test : told", `NON 6f6273746f6b656e 2.05 observe "told"`},
			{"11", "DELETE mqtt/connection?clientid=123&token=$T", "2.02"},
			{"12", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
		}},
		{"a session's observations go where its token comes from", nil, []step{
			{"a", "POST mqtt/connection?clientid=123", "2.01 token"},
			{"a", "GET ps/x?clientid=123&token=$T observe=0 tkn=01", "2.05 observe"},
			{"b", "POST ps/y?clientid=123&token=1 : a wrong token moves nothing", "2.04"},
			{"a", "publish x : 1", `NON 01 2.05 observe "1"`},
			{"c", "POST ps/y?clientid=123&token=$T : 1", "2.04"},
			{"c", "publish x : 2", `NON 01 2.05 observe "2"`},
			{"d", "DELETE mqtt/connection?clientid=123&token=$T", "2.02"},
			{"d", "publish x : 3", "-"},
		}},
		{"what a connectionless client observes goes on in its connection", nil, []step{
			{"a", "GET ps/x observe=0 tkn=01", "2.05 observe"},
			{"a", "POST mqtt/connection?clientid=123", "2.01 token"},
			{"a", "publish x : 1", `NON 01 2.05 observe "1"`},
			{"b", "GET ps/y observe=0 tkn=02", "2.05 observe"},
			{"b", "PUT mqtt/connection?clientid=123&token=$T", "2.04"},
			{"b", "publish x : 2", `NON 01 2.05 observe "2"`},
			{"b", "publish y : 2", `NON 02 2.05 observe "2"`},
		}},
		{"reading the last value, in either form", nil, []step{
			{"a", "GET ps/t", "4.04"},
			{"a", "GET ps/t?c=x", "4.04"},
			{"a", "publish t : from MQTT", "-"},
			{"a", "GET ps/t", `2.05 "from MQTT"`},
			{"a", "GET ps/t?c=x", `2.05 "from MQTT"`},
			{"a", "PUT ps/t?c=x maxage=100 : resource", "2.01 location=/ps/t"},
			{"a", "GET ps/t", `2.05 maxage=100 "resource"`},
			{"a", "publish t : newer", "-"},
			{"a", "GET ps/t?c=x", `2.05 maxage=100 "newer"`},
			{"a", "DELETE ps/t?c=x", "2.02"},
			{"a", "GET ps/t", "4.04"},
			{"a", "GET ps/+", "4.00"},
		}},
		{"PUT under /ps publishes, DELETE deletes a resource", nil, []step{
			{"a", "GET ps/t observe=0 tkn=01", "2.05 observe"},
			{"b", "NON PUT ps/t : 1", "2.04"},
			{"a", "told", `NON 01 2.05 observe "1"`},
			{"b", "DELETE ps/t", "4.04"},
			{"b", "PUT ps/t?c=x : 1", "2.01 location=/ps/t"},
			{"b", "DELETE ps/t", "2.02"},
		}},
		{"observing what nobody wrote yet waits", nil, []step{
			{"a", "GET ps/t?c=x observe=0 tkn=01", "2.05 observe=0"},
			{"b", "PUT ps/t?c=y : 1", "2.01 location=/ps/t"},
			{"a", "told", `CON 01 2.05 observe=1 ct=42 "1"`},
		}},
		{"a new observer gets the retained value", nil, []step{
			{"p", "publish t retain : kept", "-"},
			{"p", "publish u/1 retain : one", "-"},
			{"p", "publish u/2 retain : two", "-"},
			{"a", "GET ps/t observe=0 tkn=01", `2.05 observe "kept"`},
			{"b", "GET mqtt/t?c=x observe=0 tkn=01", `2.05 observe=0 "kept"`},
			{"c", "GET ps/t?c=x observe=0 tkn=01", `2.05 observe=0 "kept"`},
			{"d", "GET ps/u/+ observe=0 tkn=01", "2.05 observe"},
			{"d", "told", `NON 01 2.05 observe "one"`},
			{"d", "told", `NON 01 2.05 observe "two"`},
		}},
		{"all observers of one query mode session are told", nil, []step{
			{"a", "GET mqtt/t?c=x observe=0 tkn=01", "2.05 observe=0"},
			{"b", "GET mqtt/t?c=x observe=0 tkn=02", "2.05 observe=0"},
			{"a", "publish t : 1", `CON 01 2.05 observe=1 ct=42 "1"`},
			{"b", "told", `CON 02 2.05 observe=1 ct=42 "1"`},
		}},
		{"observing needs no token", nil, []step{{"a", "GET ps/t observe=0 tkn=", "2.05 observe"}}},
		{"discovery lists what anybody may read", []option{deny("no/#")}, []step{
			{"a", "PUT ps/t?c=x ct=50 : 1", "2.01 location=/ps/t"},
			{"a", "PUT ps/a%20b?c=x : 1", "2.01 location=/ps/a%20b"},
			{"a", "GET .well-known/core?href=/ps/t", `2.05 etag=99d8fc9d ct=40 "</ps/t>;rt=\"core.ps.data\";ct=50;obs;title=\"t\""`},
			{"a", "GET .well-known/core?href=/m*", `2.05 etag=1ba2b7fc ct=40 "</mqtt>"`},
		}},
		{"names of the other generation", nil, []step{
			{"a", "PUT mqtt/t?clientid=x : 1", "2.04"},
			{"a", "POST mqtt/t?c=x : 1", "2.04"},
			{"a", "PUT mqtt/t : 1", "4.00"},
			{"a", "POST ps/t?c=x&q=0 : GEN-B knows no q", "2.04"},
			{"a", "POST ps/t?c=x : 1", "2.01 location=/ps/t"},
		}},
		{"other paths", nil, []step{
			{"a", "GET -", "4.04"},
			{"a", "GET foo", "4.04"},
			{"a", "GET mqtt/connection", "4.05"},
			{"a", "POST ps : 1", `4.00 "invalid topic"`},
			{"a", "FETCH ps/x", "4.04"},
		}},
		{"connection mode", []option{connectionRequired}, []step{
			{"a", "POST ps/x : 1", `4.00 "Missing token or clientid in connection mode"`},
			{"a", "PUT mqtt/t?c=x : 1", "2.04"},
			{"a", "POST mqtt/connection?clientid=1", "2.01 token"},
			{"a", "POST ps/x?clientid=1&token=$T : 1", "2.04"},
			{"b", "POST ps/x?clientid=1&token=1 : 1", `4.01 "Invalid token or clientid in connection mode"`},
		}},
		{"accounts", []option{users}, []step{
			{"a", "POST ps/x : 1", "4.01"},
			{"a", "PUT mqtt/x?c=a : 1", "4.01"},
			{"a", "POST mqtt/connection?clientid=1&username=admin&password=public", "2.01 token"},
			{"b", "POST ps/x?clientid=1&token=$T : the token is enough", "2.04"},
			{"b", "POST ps/x?clientid=1&token=1 : this one is not", "4.01"},
			{"b", "GET .well-known/core", `2.05 etag=91456ad8 ct=40 "</mqtt>,</ps>,</pubsub>;rt=\"core.ps core.ps.coll\";ct=40"`},
		}},
	})
}
