package gateway

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluice/engine/directory"
	"sluice/engine/settings"
)

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

// TestDirectoryLookupInALargeDirectory: it is answered by another goroutine than the one that reads the socket.
func TestDirectoryLookupInALargeDirectory(t *testing.T) {
	w := newDirectoryWorld(t, settings.DialectAuto, directory.Config{})
	for i := range 30 {
		if got := w.device("a").ask(fmt.Sprintf("POST rd?ep=x%d&base=coap://h : %s", i, manyLinks(100))); !strings.HasPrefix(got, "2.01") {
			t.Fatal(got)
		}
	}
	const one = `"<coap://h/resource/7>;rt='temperature'"`
	w.talk([]step{
		{"c", "GET rd-lookup/res?ep=x29&href=coap://h/resource/7 observe=0 tkn=03", "2.05 observe ct=40 " + one},
		{"c", "GET rd-lookup/res?page=1", `4.00 "page needs count"`},
		{"c", "GET rd-lookup/ep?ep=x0 etag=0102030405060708", "2.05 ct=40 \"</rd/A>;base='coap://h';ep='x0';rt='core.rd-ep'\""},
	})
	d := w.device("c")
	tag := regexp.MustCompile(`etag=[0-9a-f]{16}`).FindString(d.ask("GET rd-lookup/ep?ep=x0"))
	if got := d.ask("GET rd-lookup/ep?ep=x0 " + tag); got != "2.03 "+tag {
		t.Error(got)
	}
	w.talk([]step{
		{"b", "POST rd?ep=y : </a>", "2.01 /rd/B"},
		{"b", "POST rd?ep=x29&base=coap://i : </resource/7>;rt=temperature", "2.01 /rd/C"},
		{"c", "told", "CON 03 2.05 observe ct=40"},
	})
}
