//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDirectory: a device registers with libcoap's client, others find it, observe, and find it still after a restart.
func TestDirectory(t *testing.T) {
	needs(t, "coap-client-notls")
	state := filepath.Join(t.TempDir(), "sluice.db")
	rd := serveApart(t, "", "--state", state)
	must(t, shell(t, rd.libcoap("get", "/.well-known/core?rt=core.rd")) == `</rd>;rt="core.rd";ct=40`, "the directory is not discovered")

	observer := start(t, nil, "coap-client-notls", "-s", "60", rd.url("/rd-lookup/ep?ep=lamp*"))
	var links []string
	for _, name := range strings.Fields("left middle right") {
		links = append(links, `</light/`+name+`>;rt="tag:example.com,2020:light";if="switch"`)
	}
	document := filepath.Join(t.TempDir(), "links")
	if err := os.WriteFile(document, []byte(strings.Join(links, ",")), 0o600); err != nil {
		t.Fatal(err)
	}
	// A block size of 64 makes the registration and the lookup go block-wise.
	created := shell(t, rd.libcoap("post", "/rd?ep=lamp1&d=hall&lt=300&base=coap://[2001:db8::7]", "-v", "6", "-b", "64", "-t", "40", "-f", document))
	location := regexp.MustCompile(`Location-Path:rd, Location-Path:([a-z2-7]+)`).FindStringSubmatch(created)
	must(t, location != nil, "no location in:\n%s", created)
	observer.sees(t, `</rd/`+location[1]+`>;base="coap://[2001:db8::7]";ep="lamp1";d="hall";rt="core.rd-ep"`)

	found := shell(t, rd.libcoap("get", "/rd-lookup/res?rt=tag:example.com,2020:light", "-b", "64"))
	must(t, found == strings.ReplaceAll(strings.Join(links, ","), "</", "<coap://[2001:db8::7]/"), "found %s", found)

	must(t, rd.interrupt(t) == nil, "it did not end well")
	rd = serveApart(t, "", "--state", state)
	after := shell(t, rd.libcoap("get", "/rd-lookup/res?ep=lamp1&count=1"))
	must(t, after == `<coap://[2001:db8::7]/light/left>;rt="tag:example.com,2020:light";if="switch"`, "after a restart: %s", after)
	shell(t, rd.libcoap("post", "/rd/"+location[1]+"?base=coap://[2001:db8::8]"))
	must(t, shell(t, rd.libcoap("get", "/rd-lookup/res?href=coap://[2001:db8::8]/light/left")) != "", "the update did not arrive")
	shell(t, rd.libcoap("delete", "/rd/"+location[1]))
	must(t, shell(t, rd.libcoap("get", "/rd-lookup/ep")) == "", "the removal did not arrive")
}

// libcoap is a line that sends one request with libcoap's client.
func (a *apart) libcoap(method, path string, options ...string) string {
	return "coap-client-notls -B 10 -m " + method + " " + strings.Join(options, " ") + " '" + a.url(path) + "'"
}

func TestDirectorySimpleRegistration(t *testing.T) {
	needs(t, "coap-client-notls")
	nodeModule(t, "coap")
	rd := serveApart(t, "")
	device := start(t, nil, "node", "testdata/node-simple-registration.js", rd.coap)
	device.sees(t, "asked for /.well-known/core in application/link-format\nregistered 2.04 from ")
	port := regexp.MustCompile(`from (\d+)\n`).FindStringSubmatch(device.output.String())[1]
	found := shell(t, rd.libcoap("get", "/rd-lookup/res?ep=simple&count=1&page=99"))
	must(t, found == `<coap://127.0.0.1:`+port+`/sensors/99>;rt="temperature";if="sensor"`, "found %s", found)
	// Its links are fresh for two minutes, so it is not asked again.
	device.sees(t, "refreshed 2.04 from "+port+"\n")
	must(t, strings.Count(device.output.String(), "asked") == 1, "it was asked again")
}
