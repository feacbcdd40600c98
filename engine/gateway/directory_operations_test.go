package gateway

import (
	"fmt"
	"strings"
	"testing"

	"sluice/engine/directory"
	"sluice/engine/settings"
)

func TestDirectoryOperations(t *testing.T) {
	const twice = `POST rd?ep=endpoint1&lt=500&base=coap://local-proxy-old.example.com : </sensors/temp>;rt=temperature-c;if=sensor,` +
		`<http://www.example.com/sensors/temp>;anchor="/sensors/temp";rel=describedby`
	runDirectory(t, []directoryRow{
		{name: "5.3.1: an update moves the base", steps: []step{
			{"a", twice, "2.01 /rd/A"},
			{"a", "GET rd-lookup/res?ep=endpoint1", `2.05 ct=40 "<coap://local-proxy-old.example.com/sensors/temp>;rt='temperature-c';if='sensor',` +
				`<http://www.example.com/sensors/temp>;anchor='coap://local-proxy-old.example.com/sensors/temp';rel='describedby'"`},
			{"a", "POST rd/A?base=coaps://new.example.com", "2.04"},
			{"a", "GET rd-lookup/res?ep=endpoint1", `2.05 ct=40 "<coaps://new.example.com/sensors/temp>;rt='temperature-c';if='sensor',` +
				`<http://www.example.com/sensors/temp>;anchor='coaps://new.example.com/sensors/temp';rel='describedby'"`},
			{"b", "POST rd/A", "2.04"},
			{"a", "GET rd-lookup/ep", `2.05 ct=40 "</rd/A>;base='coaps://new.example.com';ep='endpoint1';rt='core.rd-ep'"`},
		}},
		{name: "5.3.1: without a base the device is followed to another port", steps: []step{
			{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
			{"b", "POST rd/A", "2.04"},
			{"c", "GET rd-lookup/res", `2.05 ct=40 "<coap://$b/a>"`},
		}},
		{name: "5.3.1: attributes of the same name are overridden, the others stay", steps: []step{
			{"a", "POST rd?ep=x&et=p&et=q&b=U : </a>", "2.01 /rd/A"},
			{"a", "POST rd/A?et=r&lt=60", "2.04"},
			{"a", "GET rd-lookup/ep", `2.05 ct=40 "</rd/A>;base='coap://$a';ep='x';b='U';et='r';rt='core.rd-ep'"`},
		}},
		{name: "5.3.1: what an update cannot change", steps: []step{
			{"a", "POST rd?ep=x&d=s : </a>", "2.01 /rd/A"},
			{"a", "POST rd/A?ep=y", `4.00 "ep and d cannot be changed"`},
			{"a", "POST rd/A?d=y", `4.00 "ep and d cannot be changed"`},
			{"a", "POST rd/A?ep=x&d=s", "2.04"},
			{"a", "POST rd/A?lt=0", `4.00 "lt is not a whole number from 1 to 4294967295"`},
			{"a", "POST rd/A?base=x", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd/B", "4.04"},
		}},
		{name: "an update with a body replaces the links", steps: []step{
			{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
			{"a", "POST rd/A ct=40 : </b>", "2.04"},
			{"a", "POST rd/A ct=0 : </c>", `4.15 "links are taken in application/link-format (40) only"`},
			{"a", "POST rd/A : c", `4.00 "link format, byte 0: a link begins with <"`},
			{"a", "GET rd-lookup/res", `2.05 ct=40 "<coap://$a/b>"`},
		}},
		{name: "5.3.2: removal", steps: []step{
			{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
			{"a", "DELETE rd/A", "2.02"},
			{"a", "DELETE rd/A", "4.04"},
			{"a", "POST rd/A", "4.04"},
			{"a", "GET rd-lookup/ep", "2.05 ct=40"},
		}},
		{name: "5.3.3: the links as they were registered", steps: []step{
			{"a", `POST rd?ep=x : </a>;rt=x,</b>;anchor="/a"`, "2.01 /rd/A"},
			{"b", "GET rd/A", `2.05 ct=40 "</a>;rt='x',</b>;anchor='/a'"`},
			{"b", "GET rd/A accept=60", "4.06"},
			{"b", "PUT rd/A : </c>", "4.05"},
		}},
		{name: "5: more than a datagram, in blocks", steps: []step{
			{"a", "POST rd?ep=x : " + manyLinks(60), "2.01 /rd/A"},
			{"a", "GET rd-lookup/res?href=coap://$a/resource/59", `2.05 ct=40 "<coap://$a/resource/59>;rt='temperature'"`},
		}},
	})
}

func manyLinks(n int) string {
	var links []string
	for i := range n {
		links = append(links, fmt.Sprintf("</resource/%d>;rt=temperature", i))
	}
	return strings.Join(links, ",")
}

func TestDirectoryOwners(t *testing.T) {
	runDirectory(t, []directoryRow{
		{name: "7.5: a name belongs to the user who came first", options: []option{twoUsers}, steps: []step{
			{"a", "POST rd?ep=x&username=tom&password=1 : </a>", "2.01 /rd/A"},
			{"b", "POST rd?ep=x&username=ann&password=2 : </b>", `4.03 "the endpoint name belongs to another client"`},
			{"b", "POST rd/A?username=ann&password=2", `4.03 "the endpoint name belongs to another client"`},
			{"b", "DELETE rd/A?username=ann&password=2", `4.03 "the endpoint name belongs to another client"`},
			{"b", "DELETE rd/A", `4.03 "the endpoint name belongs to another client"`},
			{"b", "POST rd?ep=x&d=other&username=ann&password=2 : </b>", "2.01 /rd/B"},
			{"b", "POST rd/A?c=me&u=tom&p=1", "2.04"},
			{"b", "POST rd/A?username=tom&password=3", "4.01"},
			{"b", "DELETE rd/A?username=tom&password=1", "2.02"},
			{"b", "POST rd?ep=x&username=ann&password=2 : </b>", "2.01 /rd/C"},
		}},
		{name: "7.5: credentials are neither attributes nor criteria", options: []option{twoUsers}, steps: []step{
			{"a", "POST rd?ep=x&clientid=i&username=tom&password=1&p=2&u=3 : </a>;u=K", "2.01 /rd/A"},
			{"a", "GET rd-lookup/ep?clientid=i&username=tom&password=1&p=2", `2.05 ct=40 "</rd/A>;base='coap://$a';ep='x';p=2;u=3;rt='core.rd-ep'"`},
			{"a", "GET rd-lookup/res?u=K&c=i&u=tom&p=1", `2.05 ct=40 "<coap://$a/a>;u='K'"`},
			{"a", "GET rd-lookup/res?u=M&c=i&u=tom&p=1", `2.05 ct=40 "<coap://$a/a>;u='K'"`},
			{"a", "GET rd-lookup/res?u=M", "2.05 ct=40"},
			{"a", "GET rd-lookup/res?u=K", `2.05 ct=40 "<coap://$a/a>;u='K'"`},
		}},
		{name: "7.5: or to the connection, wherever it is", steps: []step{
			{"a", "POST mqtt/connection?clientid=dev", "2.01 token"},
			{"a", "POST rd?ep=x&clientid=dev&token=$T : </a>", "2.01 /rd/A"},
			{"b", "POST rd/A", `4.03 "the endpoint name belongs to another client"`},
			{"b", "POST rd/A?clientid=dev&token=1", `4.01 "Invalid token or clientid in connection mode"`},
			{"b", "POST rd/A?clientid=dev&token=$T", "2.04"},
			{"c", "GET rd-lookup/res", `2.05 ct=40 "<coap://$b/a>"`},
		}},
		{name: "7.5: or to nobody", config: directory.Config{Open: true}, options: []option{twoUsers}, steps: []step{
			{"a", "POST rd?ep=x&username=tom&password=1 : </a>", "2.01 /rd/A"},
			{"b", "POST rd?ep=x : </b>", "2.01 /rd/A"},
		}},
		{name: "accounts", options: []option{users}, steps: []step{
			{"a", "POST rd?ep=x : </a>", "4.01"},
			{"a", "GET rd-lookup/ep", "4.01"},
			{"a", "POST rd?ep=x&username=admin&password=public : </a>", "2.01 /rd/A"},
			{"a", "GET rd-lookup/ep?username=admin&password=public", `2.05 ct=40 "</rd/A>;base='coap://$a';ep='x';rt='core.rd-ep'"`},
			{"a", "GET .well-known/core?rt=core.rd", `2.05 etag=65762906 ct=40 "</rd>;rt='core.rd';ct=40"`},
			{"a", "GET .well-known/core?rt=core.rd&username=admin&password=wrong", "4.01"},
		}},
		{name: "the access rules decide about rd/NAME", options: []option{rule(settings.Publish, "rd/locked"), rule(settings.Subscribe, "rd/hidden")}, steps: []step{
			{"a", "POST rd?ep=locked : </a>", `4.03 "the access rules do not allow this endpoint name"`},
			{"a", "POST rd?ep=hidden : </a>", "2.01 /rd/A"},
			{"a", "POST rd?ep=open : </b>", "2.01 /rd/B"},
			{"a", "POST rd?ep=# : </c>", "2.01 /rd/C"},
			{"a", "GET rd-lookup/res", `2.05 ct=40 "<coap://$a/b>,<coap://$a/c>"`},
			{"a", "GET rd-lookup/res?ep=hidden", "2.05 ct=40"},
		}},
	})
}

func twoUsers(_ *Config, a *settings.Access) {
	a.Users = append(a.Users, settings.User{Username: "tom", Password: "1"}, settings.User{Username: "ann", Password: "2"})
}

func rule(action settings.Action, topic string) option {
	return func(_ *Config, a *settings.Access) {
		a.Rules = append(a.Rules, settings.Rule{Permission: settings.Deny, Who: "all", Action: action, Topics: []string{topic}})
	}
}
