package request

import (
	"errors"
	"strings"
	"testing"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/collection"
)

const offered = `</sensors/temp>;rt="temperature";ct=50;obs,</sensors/light>;if="sensor",</fw/image/block>,<coap://192.0.2.9/else>;rt=core.rd`

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
		"coap://192.0.2.1 4",
		"  /fw/image/block",
		"  /sensors",
		"    /light if=sensor",
		"    /temp rt=temperature ct=50 obs",
		"  coap://192.0.2.9/else rt=core.rd",
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
