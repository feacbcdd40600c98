package gateway

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/directory"
	"sluice/engine/settings"
)

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
		answer, ok := d.answer(m)
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
		answer, ok := d.answer(m)
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
