package request

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/collection"
)

const offered = `</sensors/temp>;rt="temperature";ct=50;obs,</sensors/light>;if="sensor",</fw/image/block>,<coap://192.0.2.9/else>;rt=core.rd,<coap://192.0.2.9/there>`

// lines writes the side's lines of what was found.
func (b *bench) lines() []string {
	var lines []string
	for _, row := range b.found.rows(b.side) {
		lines = append(lines, strings.TrimRight(strings.Repeat("  ", row.depth)+row.title+" "+row.detail, " "))
	}
	return lines
}

func TestResourcesAreATree(t *testing.T) {
	b := newBench(t)
	b.takeServer(serverOf("coap://192.0.2.1", codes.Content, []byte(offered), nil))
	want := []string{
		"Discovered",
		"coap://192.0.2.1 5",
		"  /fw/image/block",
		"  /sensors",
		"    /light if=sensor",
		"    /temp rt=temperature ct=50 obs",
		"  coap://192.0.2.9",
		"    /else rt=core.rd",
		"    /there",
	}
	if got := b.lines(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	picture(t, b, "discovered")
	rows := b.found.rows(b.side)
	rows[5].do()
	if b.draft.Target != "coap://192.0.2.1/sensors/temp" || b.draft.Verb != collection.GET || b.draft.Options[0] != (collection.Option{Name: "Accept", Value: "50"}) {
		t.Errorf("%s", b.draft)
	}
	rows[3].do()
	if got := b.lines(); len(got) != len(want)-2 {
		t.Errorf("closed: %q", got)
	}
}

func TestServersThatOfferNothingSayWhy(t *testing.T) {
	for _, c := range []struct {
		code    codes.Code
		payload string
		err     error
		problem string
	}{
		{codes.NotFound, "", nil, "4.04 Not Found"},
		{codes.Content, "<unclosed", nil, "unclosed"},
		{codes.Content, "", errors.New("the block is missing"), "the block is missing"},
		{codes.Content, "", nil, ""},
	} {
		if s := serverOf("coap://h", c.code, []byte(c.payload), c.err); c.problem == "" && s.problem != "" || c.problem != "" && s.problem == "" {
			t.Errorf("%+v: %q", c, s.problem)
		}
	}
}

func TestTheGatewayIsAskedWhatItOffers(t *testing.T) {
	b := newBench(t)
	b.Show("###\nGET coap://" + b.gateway + "/ps/a\n")
	b.discoverServer()
	b.settle()
	if len(b.found.servers) != 1 || len(b.found.servers[0].resources) == 0 || b.answer.shown.badge != "2.05 Content" {
		t.Fatalf("%+v", b.found.servers)
	}
	if b.draft.Target != "coap://"+b.gateway+"/ps/a" {
		t.Errorf("the draft became %s", b.draft.Target)
	}
}

func TestAGroupIsAskedUntilItIsCancelled(t *testing.T) {
	b := newBench(t)
	b.discoverGroup(b.gateway, "")
	b.until("nobody is listed", func() bool { return len(b.found.servers) == 1 })
	if got := b.found.servers[0]; got.base != "coap://"+b.gateway || len(got.resources) == 0 {
		t.Errorf("%+v", got)
	}
	b.send()
	b.settle()
	if b.running != nil || len(b.notices) != 0 {
		t.Errorf("%v, %+v", b.running, b.notices)
	}
}

// What is a resource and has others below it is opened by a click on its name, and shown or hidden by one on its mark.
func TestALevelThatIsAResourceOpensAndCloses(t *testing.T) {
	b := newBench(t)
	b.takeServer(serverOf("coap://192.0.2.1", codes.Content, []byte(`</ps>,</ps/a>,</ps/b>`), nil))
	b.window.Canvas().Focus(b.side.list)
	b.side.list.goTo(len(b.side.rows) - 3)
	for _, c := range []struct {
		do    func()
		lines int
	}{
		{func() { b.press(fyne.KeyLeft) }, 3},
		{func() { b.press(fyne.KeyRight) }, 5},
		{func() { b.items()["/ps"].Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 10)}) }, 3},
		{func() { b.items()["/ps"].Tapped(&fyne.PointEvent{Position: fyne.NewPos(20, 10)}) }, 5},
		{func() { b.items()["/ps"].Tapped(&fyne.PointEvent{Position: fyne.NewPos(60, 10)}) }, 5},
	} {
		c.do()
		if got := b.lines(); len(got) != c.lines {
			t.Errorf("%q", got)
		}
	}
	if b.draft.Target != "coap://192.0.2.1/ps" {
		t.Errorf("a click on the name opens %s", b.draft.Target)
	}
}

// What was discovered comes into view below a long list of what is saved.
func TestWhatWasDiscoveredIsSeen(t *testing.T) {
	b := newBench(t)
	for _, book := range b.library.books {
		b.side.opened[book.key] = true
	}
	b.takeServer(serverOf("coap://192.0.2.1", codes.Content, []byte(strings.Repeat("</a>,", 60)+"</b>"), nil))
	if _, there := b.items()["coap://192.0.2.1"]; !there {
		t.Error("the server is not in view")
	}
}

func TestWhatBecameOfAskingAGroup(t *testing.T) {
	newBench(t)
	for _, c := range []struct {
		servers int
		err     error
		badge   string
		problem string
	}{
		{2, nil, "Done", ""},
		{0, nil, "No answer", "No server answered at 224.0.1.187:5683"},
		{1, context.Canceled, "Cancelled", ""},
		{0, client.ErrNoNetwork, "Failed", "Connect to the network"},
		{0, errors.New("no buffer space"), "Failed", "no buffer space"},
	} {
		s := (&asked{client.AllNodesIPv4, c.servers}).sum(time.Now(), c.err)
		if s.badge != c.badge || !strings.Contains(s.problem, c.problem) || (c.problem == "") != (s.problem == "") {
			t.Errorf("%d, %v: %q, %q", c.servers, c.err, s.badge, s.problem)
		}
	}
}

// A server of the link is named with the interface that leads there.
func TestAResourceOfALinkLocalServerCanBeRead(t *testing.T) {
	b := newBench(t)
	b.takeServer(serverOf("coap://[fe80::1%eth0]:5683", codes.Content, []byte(`</time>`), nil))
	b.found.rows(b.side)[2].do()
	if err := b.problem(); err != nil || b.draft.Target != "coap://[fe80::1%eth0]:5683/time" {
		t.Errorf("%s: %v", b.draft.Target, err)
	}
}
