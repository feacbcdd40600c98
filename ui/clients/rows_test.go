package clients

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/engine"
	"sluice/engine/secure"
)

var noon = time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)

func sensor() engine.Client {
	return engine.Client{
		Key: "c/1", ID: "sensor-17", Username: "tom", Addr: "192.0.2.17:49320", Transport: "coap", Mode: "connection",
		Listener: "coap://0.0.0.0:5683", Connected: noon.Add(-131 * time.Minute), LastSeen: noon.Add(-9 * time.Second),
		Heartbeat: 30 * time.Second, In: 12402, Out: 12402, Retransmissions: 3, RoundTrip: 41 * time.Millisecond,
		Publishes: []string{"plant/line1/temp"},
	}
}

func meter() engine.Client {
	return engine.Client{
		Key: "mqtt/meter", ID: "meter", Addr: "127.0.0.1:1900", Transport: "mqtt", Mode: "MQTT 5", Listener: "mqtt://127.0.0.1:1883",
		Connected: noon.Add(-8 * time.Second), LastSeen: noon.Add(-100 * time.Second), Heartbeat: time.Minute, Late: true,
		Subscribes: []string{"plant/#"},
	}
}

func TestRowTexts(t *testing.T) {
	row := buildRow(sensor(), noon)
	for name, c := range map[string]struct{ got, want string }{
		"connected": {row.connected, "2h 11m"},
		"last seen": {row.lastSeen, "9 s"},
		"in":        {row.in, "12,402"},
		"heartbeat": {row.heartbeat, "30 s"},
		"trip":      {row.roundTrip, "41 ms"},
		"state":     {row.state(), "connected"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", name, c.got, c.want)
		}
	}
	late := buildRow(meter(), noon)
	if late.state() != "late" || late.user != "—" || late.roundTrip != "—" {
		t.Errorf("late row: %q %q %q", late.state(), late.user, late.roundTrip)
	}
}

func TestFilterLooksAtWhatAUserKnows(t *testing.T) {
	clients := []engine.Client{sensor(), meter()}
	for filter, want := range map[string][]string{
		"": {"sensor-17", "meter"}, "SENSOR": {"sensor-17"}, "192.0": {"sensor-17"}, "tom": {"sensor-17"},
		"line1": {"sensor-17"}, "plant": {"sensor-17", "meter"}, " mqtt ": {"meter"}, "nobody": {},
	} {
		got := []string{}
		for _, r := range buildRows(clients, filter, noon) {
			got = append(got, r.client.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("filter %q shows %v, want %v", filter, got, want)
		}
	}
}

func TestSummaryCountsLateClients(t *testing.T) {
	for _, c := range []struct {
		clients []engine.Client
		want    string
	}{
		{nil, "none connected"},
		{[]engine.Client{sensor()}, "1 connected"},
		{[]engine.Client{sensor(), meter()}, "2 connected, 1 late on its heartbeat"},
	} {
		if got := summary(c.clients); got != c.want {
			t.Errorf("summary %q, want %q", got, c.want)
		}
	}
}

func TestFacts(t *testing.T) {
	facts := func(c engine.Client) string { return buildRow(c, noon).asText(noon) }
	for _, want := range []string{"Client ID: sensor-17\n", "Address: 192.0.2.17:49320\n", "Heartbeat: 30 s, next due in 21 s\n",
		"Retransmissions: 3 of 12,402 (0.02 %)\n", "Round trip: 41 ms\n"} {
		if got := facts(sensor()); !strings.Contains(got, want) {
			t.Errorf("facts lack %q:\n%s", want, got)
		}
	}
	got := facts(meter())
	if !strings.Contains(got, "overdue for 40 s") {
		t.Errorf("a late client is overdue:\n%s", got)
	}
	if strings.Contains(got, "Round trip") || strings.Contains(got, "Retransmissions") {
		t.Errorf("an MQTT client has no CoAP facts:\n%s", got)
	}
}

func TestFactsSayHowAClientIsSecured(t *testing.T) {
	secured := func(i secure.Identity) string {
		c := sensor()
		c.Identity = i
		return buildRow(c, noon).asText(noon)
	}
	certificate := secure.Identity{Subject: "CN=sensor-17,O=Plant", CommonName: "sensor-17", Fingerprint: "9d", Version: "DTLS 1.2", CipherSuite: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"}
	key := secure.Identity{PSK: "sensor-18", Version: "DTLS 1.2", CipherSuite: "TLS_PSK_WITH_AES_128_CCM_8"}
	for _, c := range []struct {
		identity secure.Identity
		column   string
		facts    []string
	}{
		{certificate, "CN=sensor-17", []string{"Peer certificate: CN=sensor-17, O=Plant\n", "Secured by: DTLS 1.2\n", "Cipher: ECDHE_ECDSA_AES_128_CCM_8\n"}},
		{key, "PSK sensor-18", []string{"PSK identity: sensor-18\n", "Cipher: PSK_AES_128_CCM_8\n"}},
		{secure.Identity{Version: "DTLS 1.2"}, "—", []string{"Peer certificate: none shown\n"}},
	} {
		text := secured(c.identity)
		for _, want := range c.facts {
			if !strings.Contains(text, want) {
				t.Errorf("%v: no %q in\n%s", c.identity, want, text)
			}
		}
		if row := buildRow(engine.Client{Identity: c.identity}, noon); row.identity != c.column {
			t.Errorf("column %q, want %q", row.identity, c.column)
		}
	}
	if text := secured(secure.Identity{}); strings.Contains(text, "certificate") || strings.Contains(text, "Cipher") {
		t.Errorf("without DTLS:\n%s", text)
	}
}

func TestFilterByIdentity(t *testing.T) {
	a, b := sensor(), meter()
	a.Identity, b.Identity = secure.Identity{Subject: "CN=lamp,O=Acme"}, secure.Identity{PSK: "key-7"}
	for filter, want := range map[string]string{"acme": "sensor-17", "key-7": "meter"} {
		if rows := buildRows([]engine.Client{a, b}, filter, noon); len(rows) != 1 || rows[0].client.ID != want {
			t.Errorf("%s: %d rows", filter, len(rows))
		}
	}
}

func TestCopyAsJSON(t *testing.T) {
	var back map[string]any
	if err := json.Unmarshal([]byte(buildRow(sensor(), noon).asJSON()), &back); err != nil {
		t.Fatal(err)
	}
	if back["clientid"] != "sensor-17" || back["heartbeat"] != 30.0 {
		t.Errorf("JSON is %v", back)
	}
}

func TestAddressesSortByNumber(t *testing.T) {
	addrs := []string{"192.0.2.100:1", "192.0.2.9:2", "192.0.2.9:1", "[::1]:5"}
	slices.SortFunc(addrs, compareAddr)
	if want := []string{"192.0.2.9:1", "192.0.2.9:2", "192.0.2.100:1", "[::1]:5"}; !slices.Equal(addrs, want) {
		t.Errorf("sorted %v, want %v", addrs, want)
	}
}

func TestRatesAreKeptForTheClientsLookedAtLast(t *testing.T) {
	r := newRates()
	c := sensor()
	if got := r.sample(noon, c); len(got) != 0 {
		t.Errorf("one reading is no rate: %v", got)
	}
	c.In += 20
	if got := r.sample(noon.Add(time.Second), c); !slices.Equal(got, []float64{20}) {
		t.Errorf("rate %v, want 20", got)
	}
	for i := range ratesKept {
		other := c
		other.Key = string(rune('a' + i))
		r.sample(noon.Add(time.Duration(2+i)*time.Second), other)
	}
	if len(r.clients) != ratesKept || r.clients[c.Key] != nil {
		t.Errorf("%d clients kept, the oldest still: %v", len(r.clients), r.clients[c.Key] != nil)
	}
}

// The rates of a client are known before it is selected, for as long as it is there, and of so many clients.
func TestRatesOfAll(t *testing.T) {
	r := newRates()
	all := make([]engine.Client, ratesKept+10)
	for i := range all {
		all[i].Key = fmt.Sprint(i)
	}
	last := &all[len(all)-1]
	for second := range 3 {
		for i := range all {
			all[i].In = uint64(second * i)
		}
		now := noon.Add(time.Duration(second) * time.Second)
		r.sampleAll(now, all)
		r.sample(now, *last) // is selected
		if len(r.clients) != ratesKept {
			t.Fatalf("the rates of %d clients are kept", len(r.clients))
		}
	}
	now := noon.Add(3 * time.Second)
	if got := r.clients[last.Key]; got == nil || !slices.Equal(got.Values(), []float64{ratesKept + 9, ratesKept + 9}) {
		t.Errorf("the rates of the client that is selected are %v", got)
	}
	known := 0
	for i := range all {
		if rate := r.clients[all[i].Key]; rate != nil && i < ratesKept && slices.Equal(rate.Values(), []float64{float64(i), float64(i)}) {
			known++
		}
	}
	if known != ratesKept-1 {
		t.Errorf("the rates of %d clients are known", known)
	}
	if r.sampleAll(now, all[:1]); len(r.clients) > 1 {
		t.Errorf("the rates of %d clients are kept, one is there", len(r.clients))
	}
}
