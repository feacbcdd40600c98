package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

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
