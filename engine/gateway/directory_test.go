package gateway

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/directory"
	"sluice/engine/settings"
)

// directoryWorld is a world with a resource directory. In its steps /rd/A is the location that was given out first, /rd/B
// the next, and $a the address of device a.
type directoryWorld struct {
	*world
	directory *directory.Directory
	locations []string
}

var givenLocation = regexp.MustCompile(`(/rd/|location=rd location=)([a-z2-7]{8})`)

func newDirectoryWorld(t testing.TB, d settings.Dialect, c directory.Config, options ...option) *directoryWorld {
	t.Helper()
	rd, err := directory.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rd.Close(); err != nil {
			t.Error(err)
		}
	})
	options = append(options, func(c *Config, _ *settings.Access) { c.Directory = rd })
	return &directoryWorld{world: newWorld(t, d, options...), directory: rd}
}

// talk is converse with the names of locations and addresses.
func (w *directoryWorld) talk(steps []step) {
	w.t.Helper()
	for _, s := range steps {
		d := w.device(s.device)
		var got string
		switch s.request {
		case "told":
			got = w.named(d.notification())
		case "silent":
			d.silent()
			continue
		default:
			got = w.named(d.ask(w.real(s.request)))
		}
		if got != s.answer {
			w.t.Errorf("%s: %s\n answer %s\n   want %s", s.device, s.request, got, s.answer)
		}
	}
}

// real puts locations and addresses in the place of their names.
func (w *directoryWorld) real(request string) string {
	for i, id := range w.locations {
		request = strings.ReplaceAll(request, fmt.Sprintf("rd/%c", 'A'+i), "rd/"+id)
	}
	for name, d := range w.devices {
		request = strings.ReplaceAll(request, "$"+name, d.conn.LocalAddr().String())
	}
	return request
}

// named puts names in the place of locations and addresses. ETags are left out.
func (w *directoryWorld) named(answer string) string {
	answer = regexp.MustCompile(` etag=[0-9a-f]{16}`).ReplaceAllString(answer, "")
	answer = givenLocation.ReplaceAllStringFunc(answer, func(found string) string {
		parts := givenLocation.FindStringSubmatch(found)
		for i, id := range w.locations {
			if id == parts[2] {
				return fmt.Sprintf("/rd/%c", 'A'+i)
			}
		}
		w.locations = append(w.locations, parts[2])
		return fmt.Sprintf("/rd/%c", 'A'+len(w.locations)-1)
	})
	for name, d := range w.devices {
		answer = strings.ReplaceAll(answer, d.conn.LocalAddr().String(), "$"+name)
	}
	return strings.ReplaceAll(answer, `\"`, "'")
}

// directoryRow is a conversation with the directory named after what RFC 9176 says.
type directoryRow struct {
	name    string
	config  directory.Config
	options []option
	steps   []step
}

func runDirectory(t *testing.T, rows []directoryRow) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			newDirectoryWorld(t, settings.DialectAuto, r.config, r.options...).talk(r.steps)
		})
	}
}

func TestDirectoryDiscovery(t *testing.T) {
	runDirectory(t, []directoryRow{
		{name: "4.3: the entry points by rt", steps: []step{
			{"a", "GET .well-known/core?rt=core.rd*", `2.05 etag=30c1b7b6 ct=40 "</rd>;rt='core.rd';ct=40,` +
				`</rd-lookup/ep>;rt='core.rd-lookup-ep';ct=40;obs,</rd-lookup/res>;rt='core.rd-lookup-res';ct=40;obs"`},
			{"a", "GET .well-known/core?rt=core.rd", `2.05 etag=65762906 ct=40 "</rd>;rt='core.rd';ct=40"`},
			{"a", "GET .well-known/core?rt=core.rd-lookup-res", `2.05 etag=9144bd5e ct=40 "</rd-lookup/res>;rt='core.rd-lookup-res';ct=40;obs"`},
			{"a", "GET .well-known/core?rt=core.rd* accept=40", `2.05 etag=30c1b7b6 ct=40 "</rd>;rt='core.rd';ct=40,` +
				`</rd-lookup/ep>;rt='core.rd-lookup-ep';ct=40;obs,</rd-lookup/res>;rt='core.rd-lookup-res';ct=40;obs"`},
			{"a", "GET .well-known/core accept=60", "4.06"},
			{"a", "GET .well-known/core?rt=core.rd etag=65762906", "2.03 etag=65762906"},
		}},
		{name: "what else the paths answer", steps: []step{
			{"a", "GET rd", "4.05"},
			{"a", "PUT rd?ep=x", "4.05"},
			{"a", "GET .well-known/rd", "4.05"},
			{"a", "POST rd-lookup/ep", "4.05"},
			{"a", "GET rd-lookup", "4.04"},
			{"a", "GET rd-lookup/gp", "4.04"},
			{"a", "GET rd/aaaaaaaa", "4.04"},
			{"a", "GET rd/aaaaaaaa/b", "4.04"},
		}},
	})
}

func TestDirectoryOnlyWhereEMQXDoesNotAnswer(t *testing.T) {
	for d, answer := range map[settings.Dialect]string{settings.DialectEMQX4: "4.04", settings.DialectEMQX5: "4.00"} {
		w := newDirectoryWorld(t, d, directory.Config{})
		w.talk([]step{
			{"a", "POST rd?ep=x : </a>", answer},
			{"a", "GET rd-lookup/ep", answer},
			{"a", "POST .well-known/rd?ep=x", answer},
		})
	}
	w := newWorld(t, settings.DialectAuto)
	w.converse([]step{{"a", "POST rd?ep=x : </a>", "4.04"}})
}

func TestDirectoryRegistration(t *testing.T) {
	const long = "0123456789012345678901234567890123456789012345678901234567890123" // 64
	runDirectory(t, []directoryRow{
		{name: "5: an endpoint registers its links, which lookups give", steps: []step{
			{"a", `POST rd?ep=node1 ct=40 : </sensors/temp>;rt=temperature-c;if=sensor,` +
				`<http://www.example.com/sensors/temp>;anchor="/sensors/temp";rel=describedby`, "2.01 /rd/A"},
			{"b", "GET rd-lookup/res?ep=node1", `2.05 ct=40 "<coap://$a/sensors/temp>;rt='temperature-c';if='sensor',` +
				`<http://www.example.com/sensors/temp>;anchor='coap://$a/sensors/temp';rel='describedby'"`},
			{"b", "GET rd-lookup/ep", `2.05 ct=40 "</rd/A>;base='coap://$a';ep='node1';rt='core.rd-ep'"`},
		}},
		{name: "5: the payload may have no format, and no links", steps: []step{
			{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
			{"a", "POST rd?ep=y", "2.01 /rd/B"},
			{"a", "GET rd-lookup/res", `2.05 ct=40 "<coap://$a/a>"`},
		}},
		{name: "5: registering is idempotent, and replaces", steps: []step{
			{"a", "POST rd?ep=x&d=s&et=t : </a>,</b>", "2.01 /rd/A"},
			{"a", "POST rd?ep=x&d=s&base=coap://h : </c>", "2.01 /rd/A"},
			{"a", "GET rd-lookup/res", `2.05 ct=40 "<coap://h/c>"`},
			{"a", "GET rd-lookup/ep", `2.05 ct=40 "</rd/A>;base='coap://h';ep='x';d='s';rt='core.rd-ep'"`},
			{"a", "POST rd?ep=x : </d>", "2.01 /rd/B"},
			{"a", "POST rd?ep=x&d=t : </e>", "2.01 /rd/C"},
			{"a", "GET rd-lookup/res?ep=x&count=2&page=1", `2.05 ct=40 "<coap://$a/e>"`},
		}},
		{name: "5: what ep and d may be", steps: []step{
			{"a", "POST rd : </a>", `4.00 "ep, the endpoint name, is missing"`},
			{"a", "POST rd?ep= : </a>", `4.00 "ep, the endpoint name, is missing"`},
			{"a", "POST rd?ep : </a>", `4.00 "ep, the endpoint name, is missing"`},
			{"a", "POST rd?ep=" + long + " : </a>", `4.00 "ep is longer than 63 bytes"`},
			{"a", "POST rd?ep=" + long[1:] + "&d=" + long[1:] + " : </a>", "2.01 /rd/A"},
			{"a", "POST rd?ep=x&d=" + long + " : </a>", `4.00 "d is longer than 63 bytes"`},
			{"a", "POST rd?ep=a\x7fb : </a>", `4.00 "ep has a control character"`},
			{"a", "POST rd?ep=a\u0081b : </a>", `4.00 "ep has a control character"`},
			{"a", "POST rd?ep=x&d=\x01 : </a>", `4.00 "d has a control character"`},
			{"a", "POST rd?ep=\xff : </a>", `4.00 "ep is not UTF-8"`},
			{"a", "POST rd?ep=x&ep=y : </a>", `4.00 "ep is given twice"`},
			{"a", "POST rd?ep=Küche : </a>", "2.01 /rd/B"},
			{"a", "GET rd-lookup/ep?ep=Küche", `2.05 ct=40 "</rd/B>;base='coap://$a';ep='Küche';rt='core.rd-ep'"`},
		}},
		{name: "5: lt is 1 to 4294967295", steps: []step{
			{"a", "POST rd?ep=x&lt=0 : </a>", `4.00 "lt is not a whole number from 1 to 4294967295"`},
			{"a", "POST rd?ep=x&lt=4294967296 : </a>", `4.00 "lt is not a whole number from 1 to 4294967295"`},
			{"a", "POST rd?ep=x&lt=-1 : </a>", `4.00 "lt is not a whole number from 1 to 4294967295"`},
			{"a", "POST rd?ep=x&lt= : </a>", `4.00 "lt is not a whole number from 1 to 4294967295"`},
			{"a", "POST rd?ep=x&lt=1&lt=2 : </a>", `4.00 "lt is given twice"`},
			{"a", "POST rd?ep=x&lt=4294967295 : </a>", "2.01 /rd/A"},
			{"a", "POST rd?ep=x&lt=1 : </a>", "2.01 /rd/A"},
		}},
		{name: "5: base is an absolute URI", steps: []step{
			{"a", "POST rd?ep=x&base=/a : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=h : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base= : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=urn:dev:x : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=coap:// : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=coap://h:99999 : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=coap://[::1 : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=coap://ü : </a>", `4.00 "base is not an absolute URI of the form scheme://authority"`},
			{"a", "POST rd?ep=x&base=coap://h#f : </a>", `4.00 "base has a fragment"`},
			{"a", "POST rd?ep=x&base=coap://h&base=coap://h : </a>", `4.00 "base is given twice"`},
			{"a", "POST rd?ep=x&base=coap+tcp://sh1.example.com:1234/p/ : </a>", "2.01 /rd/A"},
			{"a", "GET rd-lookup/res", `2.05 ct=40 "<coap+tcp://sh1.example.com:1234/a>"`},
		}},
		{name: "5: a base that is local to a link has no zone, and is of the link the request comes from", steps: []step{
			{"a", "POST rd?ep=x&base=coap://[fe80::1%25eth0] : </a>", `4.00 "base has a zone identifier"`},
			{"a", "POST rd?ep=x&base=coap://[fe80::1%eth0] : </a>", `4.00 "base has a zone identifier"`},
			{"a", "POST rd?ep=x&base=coap://[fe80::1] : </a>", `4.00 "base is local to a link that the request did not come from"`},
			{"a", "POST rd?ep=x&base=coap://169.254.1.1 : </a>", `4.00 "base is local to a link that the request did not come from"`},
		}},
		{name: "5: unknown parameters are endpoint attributes", steps: []step{
			{"a", "POST rd?ep=x&et=p&et=q&lwm2m=1.1&Q : </a>", "2.01 /rd/A"},
			{"a", "GET rd-lookup/ep?et=q", `2.05 ct=40 "</rd/A>;base='coap://$a';ep='x';et='p';et='q';lwm2m='1.1';Q;rt='core.rd-ep'"`},
			{"a", "POST rd?ep=x&a(b=c : </a>", `4.00 "'a(b' cannot be the name of an attribute"`},
			{"a", "POST rd?ep=x&rt=c : </a>", `4.00 "rt is not a registration parameter"`},
		}},
		{name: "5: other formats and broken documents", steps: []step{
			{"a", "POST rd?ep=x ct=60 : </a>", `4.15 "links are taken in application/link-format (40) only"`},
			{"a", "POST rd?ep=x : a", `4.00 "link format, byte 0: a link begins with <"`},
			{"a", "POST rd?ep=x : </a>;rt=\"", `4.00 "link format, byte 8: the quoted string does not end"`},
			{"a", "POST rd?ep=x : <a>", `4.00 "link 1: the target <a> is neither a URI nor begins with a single slash"`},
			{"a", `POST rd?ep=x : </a>;anchor="//h"`, `4.00 "link 1: the anchor '//h' is neither a URI nor begins with a single slash"`},
			{"a", `POST rd?ep=x : </a>;anchor=""`, "2.01 /rd/A"},
			{"a", "GET rd-lookup/res", `2.05 ct=40 "<coap://$a/a>;anchor='coap://$a'"`},
		}},
		{
			name: "more than there is room for", config: directory.Config{Limits: directory.Limits{
				Registrations: 2, Links: 2, RegistrationSize: 30, RegistrationsClient: 3,
			}}, steps: []step{
				{"a", "POST rd?ep=x : </a>,</b>,</c>", `4.13 "link format: more than 2 links"`},
				{"a", "POST rd?ep=x : </0123456789012345678901234567890>", `4.13 "link format: more than 30 bytes"`},
				{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
				{"a", "POST rd?ep=y : </a>", "2.01 /rd/B"},
				{"a", "POST rd?ep=z : </a>", `5.03 maxage=60 "the directory is full"`},
				{"a", "POST rd?ep=y : </a>,</b>", "2.01 /rd/B"},
				{"a", "DELETE rd/A", "2.02"},
				{"a", "POST rd?ep=z : </a>", "2.01 /rd/C"},
			},
		},
		{
			name: "more than a client may have", config: directory.Config{Limits: directory.Limits{RegistrationsClient: 1}},
			steps: []step{
				{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
				{"a", "POST rd?ep=y : </a>", `5.03 maxage=60 "the directory is full"`},
				{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"},
			},
		},
	})
}

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

func TestDirectoryLookup(t *testing.T) {
	lighting := []step{
		{"t", `POST rd?ep=lm_R2-4-015_wndw&base=coap://[2001:db8:4::1]&d=R2-4-015 : </light/left>;rt="tag:example.com,2020:light"`, "2.01 /rd/A"},
		{"t", `POST rd?ep=lm_R2-4-015_door&base=coap://[2001:db8:4::2]&d=R2-4-015 : </light/left>;rt="tag:example.com,2020:light",</light/right>;rt="x tag:example.com,2020:light"`, "2.01 /rd/B"},
		{"t", `POST rd?ep=ps_R2-4-015_door&base=coap://[2001:db8:4::3]&d=R2-4-015 : </ps>;rt="tag:example.com,2020:p-sensor";ct="40 50"`, "2.01 /rd/C"},
		{"t", `POST rd?ep=grp_R2-4-015&et=core.rd-group&base=coap://[ff05::1] : </light/left>;rt="tag:example.com,2020:light"`, "2.01 /rd/D"},
	}
	const (
		left1  = `<coap://[2001:db8:4::1]/light/left>;rt='tag:example.com,2020:light'`
		left2  = `<coap://[2001:db8:4::2]/light/left>;rt='tag:example.com,2020:light'`
		right2 = `<coap://[2001:db8:4::2]/light/right>;rt='x tag:example.com,2020:light'`
		sensor = `<coap://[2001:db8:4::3]/ps>;rt='tag:example.com,2020:p-sensor';ct='40 50'`
		group  = `<coap://[ff05::1]/light/left>;rt='tag:example.com,2020:light'`

		endpoint1 = `</rd/A>;base='coap://[2001:db8:4::1]';ep='lm_R2-4-015_wndw';d='R2-4-015';rt='core.rd-ep'`
		endpoint2 = `</rd/B>;base='coap://[2001:db8:4::2]';ep='lm_R2-4-015_door';d='R2-4-015';rt='core.rd-ep'`
		endpoint3 = `</rd/C>;base='coap://[2001:db8:4::3]';ep='ps_R2-4-015_door';d='R2-4-015';rt='core.rd-ep'`
		endpoint4 = `</rd/D>;base='coap://[ff05::1]';ep='grp_R2-4-015';et='core.rd-group';rt='core.rd-ep'`
	)
	result := func(links ...string) string {
		if len(links) == 0 {
			return "2.05 ct=40"
		}
		return `2.05 ct=40 "` + strings.Join(links, ",") + `"`
	}
	bad := func(name string) string {
		return `4.00 "` + name + ` is not one whole number from 0 to 4294967295"`
	}
	steps := []step{
		// 6.1, 6.2: all criteria, of links and of endpoints
		{"c", "GET rd-lookup/res", result(left1, left2, right2, sensor, group)},
		{"c", "GET rd-lookup/res?rt=tag:example.com,2020:light", result(left1, left2, right2, group)},
		{"c", "GET rd-lookup/res?rt=tag:example.com,2020:*&d=R2-4-015", result(left1, left2, right2, sensor)},
		{"c", "GET rd-lookup/res?rt=x", result(right2)},
		{"c", "GET rd-lookup/res?rt=x&ep=ps*", result()},
		{"c", "GET rd-lookup/res?ep=lm*", result(left1, left2, right2)},
		{"c", "GET rd-lookup/res?ct=50", result(sensor)},
		{"c", "GET rd-lookup/res?et=core.rd-group", result(group)},
		{"c", "GET rd-lookup/res?base=coap://[ff05::1]", result(group)},
		{"c", "GET rd-lookup/res?rt=core.rd-ep&ep=grp*", result(group)},
		{"c", "GET rd-lookup/res?lt=90000", result()},
		{"c", "GET rd-lookup/res?nothing=x", result()},
		// 6.2: href of a link is its URI, that of an endpoint its path or URI
		{"c", "GET rd-lookup/res?href=coap://[2001:db8:4::1]/light/left", result(left1)},
		{"c", "GET rd-lookup/res?href=coap://[2001:db8:4::2]/*", result(left2, right2)},
		{"c", "GET rd-lookup/res?href=coap://[2001:db8:4::2]*", result(left2, right2)},
		{"c", "GET rd-lookup/res?href=/light/left", result()},
		{"c", "GET rd-lookup/res?href=/rd/B", result(left2, right2)},
		{"c", "GET rd-lookup/res?href=coap://rd.example.com/rd/B", result(left2, right2)},
		{"c", "GET rd-lookup/ep?href=/rd/B", result(endpoint2)},
		{"c", "GET rd-lookup/ep?href=/rd/*", result(endpoint1, endpoint2, endpoint3, endpoint4)},
		{"c", "GET rd-lookup/ep?href=coap://rd.example.com/rd/B", result(endpoint2)},
		{"c", "GET rd-lookup/ep?href=coap://[2001:db8:4::1]/light/left", result(endpoint1)},
		// 6.3: endpoints, by their own attributes and by those of their links, each criterion by another link
		{"c", "GET rd-lookup/ep", result(endpoint1, endpoint2, endpoint3, endpoint4)},
		{"c", "GET rd-lookup/ep?et=core.rd-group", result(endpoint4)},
		{"c", "GET rd-lookup/ep?rt=tag:example.com,2020:light&d=R2-4-015", result(endpoint1, endpoint2)},
		{"c", "GET rd-lookup/ep?href=coap://[2001:db8:4::2]/light/left&rt=x", result(endpoint2)},
		{"c", "GET rd-lookup/res?href=coap://[2001:db8:4::2]/light/left&rt=x", result()},
		// 6.2: page and count
		{"c", "GET rd-lookup/res?count=2", result(left1, left2)},
		{"c", "GET rd-lookup/res?count=2&page=0", result(left1, left2)},
		{"c", "GET rd-lookup/res?page=1&count=2", result(right2, sensor)},
		{"c", "GET rd-lookup/res?page=2&count=2", result(group)},
		{"c", "GET rd-lookup/res?page=3&count=2", result()},
		{"c", "GET rd-lookup/res?count=0", result()},
		{"c", "GET rd-lookup/res?page=4294967295&count=4294967295", result()},
		{"c", "GET rd-lookup/ep?page=1&count=3&ep=*", result(endpoint4)},
		{"c", "GET rd-lookup/res?page=1", `4.00 "page needs count"`},
		{"c", "GET rd-lookup/res?count=x", bad("count")},
		{"c", "GET rd-lookup/res?count=1&count=2", bad("count")},
		{"c", "GET rd-lookup/res?page=-1&count=2", bad("page")},
		// 6.2: Accept
		{"c", "GET rd-lookup/res?rt=x accept=40", result(right2)},
		{"c", "GET rd-lookup/res?rt=x accept=50", "4.06"},
		{"c", "GET rd-lookup/ep accept=60", "4.06"},
	}
	newDirectoryWorld(t, settings.DialectAuto, directory.Config{}).talk(append(lighting, steps...))
}

func TestDirectoryETag(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{})
	w.talk([]step{{"a", "POST rd?ep=x : </a>", "2.01 /rd/A"}})
	d := w.device("a")
	tag := regexp.MustCompile(`etag=[0-9a-f]{16}`).FindString(d.ask("GET rd-lookup/res"))
	if got := d.ask("GET rd-lookup/res " + tag); got != "2.03 "+tag {
		t.Error(got)
	}
	w.talk([]step{{"a", "POST rd/A : </b>", "2.04"}, {"a", "GET rd-lookup/res " + tag, `2.05 ct=40 "<coap://$a/b>"`}})
}

func TestDirectoryObservation(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{})
	const light = "GET rd-lookup/res?rt=tag:example.org,2020:light observe=0 tkn=01"
	w.talk([]step{
		{"c", light, "2.05 observe ct=40"},
		{"a", `POST rd?ep=other : </west>;rt="x"`, "2.01 /rd/A"},
		{"a", `POST rd?ep=x&base=coap://[2001:db8:3::124] : </west>;rt="tag:example.org,2020:light",</south>;rt="tag:example.org,2020:light"`, "2.01 /rd/B"},
		{"c", "told", `CON 01 2.05 observe ct=40 "<coap://[2001:db8:3::124]/west>;rt='tag:example.org,2020:light',` +
			`<coap://[2001:db8:3::124]/south>;rt='tag:example.org,2020:light'"`},
		{"a", "POST rd/B?base=coap://h", "2.04"},
		{"c", "told", `CON 01 2.05 observe ct=40 "<coap://h/west>;rt='tag:example.org,2020:light',<coap://h/south>;rt='tag:example.org,2020:light'"`},
		{"a", "POST rd/B?lt=77", "2.04"},
		{"a", "DELETE rd/B", "2.02"},
		{"c", "told", "CON 01 2.05 observe ct=40"},
		{"c", strings.Replace(light, "observe=0", "observe=1", 1), "2.05 ct=40"},
		{"a", `POST rd?ep=y : </west>;rt="tag:example.org,2020:light"`, "2.01 /rd/C"},
	})
	if n := w.directory.Stats().Observers; n != 0 {
		t.Errorf("%d observers", n)
	}
	time.Sleep(300 * time.Millisecond)
	w.talk([]step{{"c", "silent", ""}})
}

// TestDirectoryObservationGathers: what changes in a burst is told once.
func TestDirectoryObservationGathers(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{})
	w.talk([]step{{"c", "GET rd-lookup/ep?page=0&count=1&ep=x* observe=0 tkn=02", "2.05 observe ct=40"}})
	for i := range 50 {
		w.device("a").ask(fmt.Sprintf("POST rd?ep=x%d&base=coap://h : </a>", i))
	}
	w.talk([]step{{"c", "told", "CON 02 2.05 observe ct=40 \"</rd/A>;base='coap://h';ep='x0';rt='core.rd-ep'\""}, {"c", "silent", ""}})
}

// fetcher stands for devices that are asked for their links.
type fetcher func(p *coap.Peer) (string, time.Duration, error)

func (f fetcher) FetchLinks(_ context.Context, p *coap.Peer) ([]byte, time.Duration, error) {
	document, maxAge, err := f(p)
	return []byte(document), maxAge, err
}

func TestDirectorySimpleRegistration(t *testing.T) {
	var asked int
	answer := func(document string, maxAge time.Duration, err error) directory.Config {
		return directory.Config{Fetcher: fetcher(func(*coap.Peer) (string, time.Duration, error) {
			asked++
			return document, maxAge, err
		})}
	}
	runDirectory(t, []directoryRow{
		{name: "5.1: the directory fetches, registers and answers", config: answer("</sen/temp>", time.Minute, nil), steps: []step{
			{"a", "POST .well-known/rd?lt=6000&ep=node1", "2.04"},
			{"b", "GET rd-lookup/res?ep=node1", `2.05 ct=40 "<coap://$a/sen/temp>"`},
			{"a", "POST .well-known/rd?lt=6000&ep=node1", "2.04"},
		}},
		{name: "5.1: what it cannot have", config: answer("</sen/temp>", 0, nil), steps: []step{
			{"a", "POST .well-known/rd", `4.00 "ep, the endpoint name, is missing"`},
			{"a", "POST .well-known/rd?ep=x&base=coap://h", `4.00 "base is not taken in a simple registration"`},
			{"a", "POST .well-known/rd?ep=x : </a>", `4.00 "a simple registration has no payload"`},
			{"a", "POST .well-known/rd?ep=x&lt=0", `4.00 "lt is not a whole number from 1 to 4294967295"`},
		}},
		{name: "5.1: a device that does not answer", config: answer("", 0, errors.New("no response came in time")), steps: []step{
			{"a", "POST .well-known/rd?ep=x", `5.04 "the device does not give /.well-known/core: no response came in time"`},
			{"a", "GET rd-lookup/ep", "2.05 ct=40"},
		}},
		{name: "5.1: a device whose links cannot be registered", config: answer("<a>", 0, nil), steps: []step{
			{"a", "POST .well-known/rd?ep=x", `4.00 "link 1: the target <a> is neither a URI nor begins with a single slash"`},
		}},
	})
	if asked != 3 {
		t.Errorf("asked %d times: links that are fresh are not fetched again", asked)
	}
}

// TestDirectoryAsksTheDevice: the directory gets /.well-known/core from where the request came from, and only then answers.
func TestDirectoryAsksTheDevice(t *testing.T) {
	for _, c := range []struct {
		code    codes.Code
		format  byte
		payload string
		answer  string
	}{
		{codes.Content, 40, "</sen/temp>;rt=x", "2.04"},
		{codes.NotFound, 40, "", `5.04 "the device does not give /.well-known/core: it answers 4.04"`},
		{codes.Content, 60, "\xa0", `5.04 "the device does not give /.well-known/core: it answers in Content-Format 60"`},
		{codes.Content, 40, "<sen>", `4.00 "link 1: the target <sen> is neither a URI nor begins with a single slash"`},
	} {
		w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{})
		d := w.device("a")
		m := d.send("POST .well-known/rd?ep=x&et=p")
		question, ok := d.read(patience, func(q *message.Message) bool { return q.Code == codes.GET })
		if !ok {
			t.Fatal("the device is not asked")
		}
		if path, _ := question.Options.Path(); path != "/.well-known/core" || question.Type != message.Confirmable {
			t.Errorf("asked for %s", path)
		}
		if accept, err := question.Options.Accept(); err != nil || accept != message.AppLinkFormat {
			t.Errorf("Accept %v %v", accept, err)
		}
		if len(d.inbox) > 0 {
			t.Errorf("answered %s before it asked", text(&d.inbox[0]))
		}
		d.write(message.Message{
			Type: message.Acknowledgement, Code: c.code, MessageID: question.MessageID, Token: question.Token,
			Options: message.Options{{ID: message.ContentFormat, Value: []byte{c.format}}}, Payload: []byte(c.payload),
		})
		answer, ok := d.read(patience, isAnswerTo(m))
		if got := text(&answer); !ok || got != c.answer {
			t.Errorf("%d.%02d %q: answer %s, want %s", c.code>>5, c.code&31, c.payload, got, c.answer)
		}
		if c.answer == "2.04" {
			w.talk([]step{
				{"b", "GET rd-lookup/res?et=p", `2.05 ct=40 "<coap://$a/sen/temp>;rt='x'"`},
				{"b", "GET rd-lookup/ep", `2.05 ct=40 "</rd/A>;base='coap://$a';ep='x';et='p';rt='core.rd-ep'"`},
			})
		}
	}
}

// TestDirectoryWaitsForTheDisk: a change is acknowledged when it is on disk, and not before.
func TestDirectoryWaitsForTheDisk(t *testing.T) {
	s := newMemoryStore()
	held := make(chan func(error), 1)
	s.holdWith(func(done func(error)) { held <- done })
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{Store: registrations{s}})
	d := w.device("a")
	for _, c := range []struct {
		request string
		err     error
		answer  string
	}{
		{"POST rd?ep=x : </a>", nil, "2.01 /rd/A"},
		{"POST rd?ep=y : </a>", errors.New("disk full"), "5.00"},
		{"POST rd/A", nil, "2.04"},
		{"DELETE rd/A", nil, "2.02"},
	} {
		m := d.send(w.real(c.request))
		done := <-held
		d.silent()
		if len(d.inbox) > 0 {
			t.Errorf("%s was answered before it was on disk", c.request)
		}
		done(c.err)
		answer, ok := d.read(patience, isAnswerTo(m))
		if got := w.named(text(&answer)); !ok || got != c.answer {
			t.Errorf("%s: answer %s, want %s", c.request, got, c.answer)
		}
	}
}

// registrations lets a memoryStore keep them.
type registrations struct{ *memoryStore }

func (r registrations) PutRegistration(location string, value []byte, done func(error)) {
	r.PutResource(location, value, done)
}

func (r registrations) DeleteRegistration(location string, done func(error)) {
	if done == nil {
		done = func(error) {}
	}
	r.DeleteResource(location, done)
}

func (r registrations) Registrations(fn func(location string, value []byte) error) error {
	return r.Resources(fn)
}

// FuzzDirectoryQuery sends queries to the paths of the directory.
func FuzzDirectoryQuery(f *testing.F) {
	for _, s := range []string{
		"ep=x&lt=1&d=s&base=coap://h&et=a", "ep=\x00", "base=coap://[fe80::1%25]", "page=1&count=99999999999", "href=coap://h/rd/*",
		"rt=*&&=&c=&u=&p=", "lt=-1", "username=a&token=1",
	} {
		f.Add(s, "</a>;rt=x")
	}
	w := newDirectoryWorld(f, settings.DialectAuto, directory.Config{Limits: directory.Limits{Registrations: 20}})
	f.Fuzz(func(t *testing.T, query, payload string) {
		w.t = t
		d := w.device("a")
		for _, target := range []struct {
			code codes.Code
			path string
		}{{codes.POST, "rd"}, {codes.GET, "rd-lookup/ep"}, {codes.GET, "rd-lookup/res"}, {codes.GET, ".well-known/core"}} {
			m := message.Message{Code: target.code, Type: message.NonConfirmable, MessageID: d.nextID, Token: message.Token{1}}
			d.nextID = d.nextID%65535 + 1
			m.Options = append(m.Options, segmentsOf(target.path)...)
			for entry := range strings.SplitSeq(query, "&") {
				m.Options = append(m.Options, message.Option{ID: message.URIQuery, Value: []byte(entry)})
			}
			if m.Payload = []byte(payload); len(query)+len(payload) > 1000 {
				return
			}
			d.write(m)
		}
		d.answersPing()
		d.inbox = nil
	})
}
