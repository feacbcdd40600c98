package engine

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	pahopackets "github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
	pion "github.com/pion/dtls/v3"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/pki"
	"sluice/engine/secure"
	"sluice/engine/settings"
)

// secureBench is an engine with a coaps listener that lets in who has a certificate of its authority, or a key.
type secureBench struct {
	*Engine
	t    *testing.T
	keys *pki.Keeper
}

func newSecureBench(t *testing.T, change func(a *settings.Access)) *secureBench {
	t.Helper()
	keys, err := pki.OpenKeeper(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.SetUp(""); err != nil {
		t.Fatal(err)
	}
	s := settings.Default()
	verify := &settings.TLSOptions{Verify: settings.VerifyPeer}
	s.Listeners = []settings.Listener{
		{Bind: "coaps://127.0.0.1:0", Dialect: settings.DialectAuto, DTLSOptions: verify},
		{Bind: "mqtts://127.0.0.1:0", SSLOptions: verify},
	}
	change(&s.Access)
	e, err := New(Config{Settings: s, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &secureBench{e, t, keys}
}

func (b *secureBench) dial(options ...pion.ClientOption) *device {
	b.t.Helper()
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.t.Fatal(err)
	}
	to, err := net.ResolveUDPAddr("udp", b.Status().Listeners[0].Addr)
	if err != nil {
		b.t.Fatal(err)
	}
	conn, err := pion.ClientWithOptions(udp, to, options...)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	b.t.Cleanup(func() { _, _ = conn.Close(), udp.Close() })
	if err := conn.HandshakeContext(ctx); err != nil {
		b.t.Fatal(err)
	}
	return &device{t: b.t, conn: conn}
}

// certified is a device with a certificate.
func (b *secureBench) certified(commonName string) *device {
	b.t.Helper()
	return b.dial(pion.WithInsecureSkipVerify(true), pion.WithCertificates(b.issue(commonName)))
}

func (b *secureBench) issue(commonName string) tls.Certificate {
	b.t.Helper()
	entry, err := b.keys.Issue(pki.Request{Name: commonName, Kind: pki.Client, Lifetime: time.Hour})
	if err != nil {
		b.t.Fatal(err)
	}
	files, err := b.keys.Export(entry.ID, pki.PEM, pki.ExportOptions{})
	if err != nil {
		b.t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(files[0].Data, files[1].Data)
	if err != nil {
		b.t.Fatal(err)
	}
	return pair
}

// keyed is a device with a pre-shared key.
func (b *secureBench) keyed(identity, clientID string) *device {
	b.t.Helper()
	key := []byte("0123456789abcdef")
	if err := b.keys.AddPSK(identity, key, clientID); err != nil {
		b.t.Fatal(err)
	}
	return b.dial(
		pion.WithPSK(func([]byte) ([]byte, error) { return key, nil }), pion.WithPSKIdentityHint([]byte(identity)),
		pion.WithCipherSuites(pion.TLS_PSK_WITH_AES_128_CCM_8),
	)
}

func (b *secureBench) expect(d *device, query string, want codes.Code) {
	b.t.Helper()
	if got := d.ask(codes.POST, "/ps/t", query, -1, "1"); got.Code != want {
		b.t.Errorf("?%s is answered %v, want %v", query, got.Code, want)
	}
}

// Rules see what was proved: the certificate's name and the pre-shared key, in connections and without.
func TestRulesSeeWhatWasProved(t *testing.T) {
	b := newSecureBench(t, func(a *settings.Access) {
		a.Rules = []settings.Rule{
			{Permission: settings.Deny, Who: "cn:lamp-9", Action: settings.AllAction, Topics: []string{"#"}},
			{Permission: settings.Allow, Who: "all", Action: settings.AllAction, Topics: []string{"cn/${cert_common_name}", "key/${psk_identity}"}},
			{Permission: settings.Deny, Who: "all", Action: settings.AllAction, Topics: []string{"cn/#", "key/#"}},
		}
	})
	lamp, denied, sensor := b.certified("lamp-3"), b.certified("lamp-9"), b.keyed("sensor-1", "")
	for _, tt := range []struct {
		device *device
		path   string
		want   codes.Code
	}{
		{lamp, "/ps/cn/lamp-3", codes.Changed}, {lamp, "/ps/cn/lamp-4", codes.Unauthorized}, {lamp, "/ps/key/", codes.Unauthorized},
		{denied, "/ps/cn/lamp-9", codes.Unauthorized}, {denied, "/ps/x", codes.Unauthorized},
		{sensor, "/ps/key/sensor-1", codes.Changed}, {sensor, "/ps/key/lamp-3", codes.Unauthorized}, {sensor, "/ps/x", codes.Changed},
	} {
		if got := tt.device.ask(codes.POST, tt.path, "", -1, "1"); got.Code != tt.want {
			t.Errorf("%s is answered %v, want %v", tt.path, got.Code, tt.want)
		}
	}
	created := lamp.ask(codes.POST, "/mqtt/connection", "clientid=a", -1, "")
	if got := lamp.ask(codes.POST, "/ps/cn/lamp-3", "clientid=a token="+string(created.Payload), -1, "1"); got.Code != codes.Changed {
		t.Errorf("with a token: %v", got.Code)
	}
}

// The client ID has to be the common name, because a setting or rules say so.
func TestTheClientIDIsTheCommonName(t *testing.T) {
	for name, change := range map[string]func(a *settings.Access){
		"setting, by which who gives none has it": func(a *settings.Access) { a.ClientID = settings.CommonNameClientID },
		"rules": func(a *settings.Access) {
			a.Rules = []settings.Rule{
				{Permission: settings.Allow, Who: "client:${cert_common_name}", Action: settings.Connect},
				{Permission: settings.Deny, Who: "all", Action: settings.Connect},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newSecureBench(t, change)
			d := b.certified("lamp-3")
			b.expect(d, "clientid=lamp-3", codes.Changed)
			b.expect(d, "clientid=lamp-4", codes.Unauthorized)
			if b.Settings().Access.ClientID == settings.CommonNameClientID {
				b.expect(d, "", codes.Changed)
				if clients := b.Clients(); len(clients) != 1 || clients[0].ID != "lamp-3" {
					t.Errorf("clients %+v", clients)
				}
			} else {
				b.expect(d, "", codes.Unauthorized)
			}
			if got := d.ask(codes.PUT, "/mqtt/t", "c=lamp-3", -1, "1"); got.Code != codes.Changed {
				t.Errorf("EMQX 4's way: %v", got.Code)
			}
			if got := d.ask(codes.PUT, "/mqtt/t", "c=lamp-4", -1, "1"); got.Code != codes.Unauthorized {
				t.Errorf("EMQX 4's way, another: %v", got.Code)
			}
			if got := d.ask(codes.POST, "/mqtt/connection", "clientid=lamp-4", -1, ""); got.Code != codes.BadRequest || !strings.HasSuffix(string(got.Payload), "not_authorized") {
				t.Errorf("connecting is answered %v %q", got.Code, got.Payload)
			}
			if got := d.ask(codes.POST, "/mqtt/connection", "clientid=lamp-3", -1, ""); got.Code != codes.Created {
				t.Errorf("connecting is answered %v %q", got.Code, got.Payload)
			}
			if a := b.May(Question{ClientID: "lamp-4", Identity: secure.Identity{CommonName: "lamp-3", Fingerprint: "ab"}, Action: settings.Connect}); a.Allowed {
				t.Errorf("May says %+v", a)
			}
		})
	}
}

// A pre-shared key that is bound to a client ID lets no other come; that it is bound later ends who lives.
func TestKeysAreBoundToClientIDs(t *testing.T) {
	b := newSecureBench(t, func(*settings.Access) {})
	d := b.keyed("sensor-1", "s1")
	b.expect(d, "clientid=s1", codes.Changed)
	b.expect(d, "clientid=s2", codes.Unauthorized)
	b.expect(d, "", codes.Changed) // as s1

	free := b.keyed("sensor-2", "")
	if got := free.ask(codes.GET, "/ps/t", "clientid=any", 0, ""); got.Code != codes.Content {
		t.Fatalf("observing is answered %v", got.Code)
	}
	if err := b.keys.BindPSK("sensor-2", "s2"); err != nil {
		t.Fatal(err)
	}
	if last := free.next(); last.Code != codes.Unauthorized {
		t.Errorf("the observer is told %v", last.Code)
	}
	b.expect(free, "clientid=s2", codes.Changed)
}

// A registration belongs to what was proved when it was made, wherever that comes from.
func TestARegistrationBelongsToTheCertificate(t *testing.T) {
	b := newSecureBench(t, func(*settings.Access) {})
	register := func(d *device, want codes.Code) {
		t.Helper()
		if got := d.ask(codes.POST, "/rd", "ep=lamp", -1, ""); got.Code != want {
			t.Errorf("registering is answered %v %q, want %v", got.Code, got.Payload, want)
		}
	}
	register(b.certified("lamp-3"), codes.Created)
	register(b.certified("lamp-9"), codes.Forbidden)
	register(b.keyed("lamp-3", ""), codes.Forbidden)
	register(b.certified("lamp-3"), codes.Created)
}

// Over MQTT the same holds, and what changes ends who lives.
func TestMQTTClientsAreKnownByTheirCertificates(t *testing.T) {
	b := newSecureBench(t, func(a *settings.Access) {
		a.ClientID = settings.CommonNameClientID
		a.Rules = []settings.Rule{
			{Permission: settings.Allow, Who: "cn:lamp-3", Action: settings.Subscribe, Topics: []string{"to/${cert_common_name}"}},
			{Permission: settings.Deny, Who: "all", Action: settings.Subscribe, Topics: []string{"to/#"}},
		}
	})
	certificate := b.issue("lamp-3")
	assigned := ""
	connect := func(clientID string) (*paho.Client, error) {
		t.Helper()
		conn, err := tls.Dial("tcp", b.Status().Listeners[1].Addr, &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{certificate}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		c := paho.NewClient(paho.ClientConfig{Conn: pahopackets.NewThreadSafeConn(conn)}) // a packet takes several records
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		ack, err := c.Connect(ctx, &paho.Connect{ClientID: clientID, CleanStart: true, KeepAlive: 30})
		if err == nil {
			assigned = ack.Properties.AssignedClientID
		}
		return c, err
	}
	if _, err := connect("lamp-4"); err == nil {
		t.Error("another client ID gets in")
	}
	if _, err := connect(""); err != nil || assigned != "lamp-3" {
		t.Errorf("who gives no client ID gets %q, %v", assigned, err)
	}
	c, err := connect("lamp-3")
	if err != nil || assigned != "" {
		t.Fatal(assigned, err)
	}
	subscribe := func(topic string) error {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_, err := c.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: topic}}})
		return err
	}
	if err := subscribe("to/lamp-3"); err != nil {
		t.Error(err)
	}
	if subscribe("to/lamp-4") == nil {
		t.Error("subscribed to what is another's")
	}
	if err := b.SetRules([]settings.Rule{{Permission: settings.Deny, Who: "cn:lamp-3", Action: settings.Connect}}); err != nil {
		t.Fatal(err)
	}
	await(t, "the client is gone", func() bool { return len(b.Clients()) == 0 })
	if _, err := connect("lamp-3"); err == nil {
		t.Error("who may not connect gets in")
	}
}
