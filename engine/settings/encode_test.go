package settings

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEncodeDecodeRoundTrip(t *testing.T) {
	changed := Default()
	changed.Gateway.ConnectionRequired = true
	changed.Gateway.Heartbeat = Duration(90 * time.Second)
	changed.Gateway.IdleTimeout = Duration(1500 * time.Millisecond)
	changed.Gateway.Mountpoint = "a \"quoted\" \\ ${clientid}/"
	changed.Gateway.ObserveRetained, changed.Gateway.ResetEndsObserve = true, false
	changed.Gateway.VerifyAddresses = VerifyAlways
	changed.Gateway.Leisure = Duration(time.Second)
	changed.Gateway.NodeName = "é"
	changed.Gateway.Limits = Limits{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22}
	changed.Gateway.Transmission = Transmission{Duration(time.Second), 1.25, 2, Duration(time.Minute), 7}
	changed.Gateway.Proxy = Proxy{false, true, []string{"coap://*"}, true, true, "é.pem", Duration(time.Minute), 1, 2, 3}
	changed.Gateway.EMQX4 = EMQX4{InternalServerError, true}
	changed.Gateway.IETF = IETF{"a/ps", 5, 1 << 20, 10}
	changed.Gateway.Blockwise = Blockwise{MaxBlockSize: 64, MaxBodySize: 1000, ExchangeLifetime: Duration(2 * time.Hour)}
	changed.Listeners = []Listener{
		{
			Bind: "coap://:5683", Dialect: DialectEMQX5, EnableAuthn: new(bool), Mountpoint: new(string), MaxConnections: 1, MaxConnRate: 2,
			AccessRules: []string{"deny fe80::/10"}, HealthCheck: HealthCheck{"ping", ""}, ReceiveBuffer: 1 << 10, SendBuffer: 3,
			Multicast: []string{"*"},
		},
		{Bind: "ws://[::1]:1"},
	}
	changed.Access = Access{
		ClientID: CommonNameClientID,
		Users:    []User{{Username: "é", Hash: argonHash, ClientAttrs: map[string]string{"tenant": "é"}}},
		Rules:    []Rule{{Deny, "all", AllAction, []string{"#", "$SYS/+"}}, {Allow, "user:x", Publish, []string{"a"}}, {Deny, "cn:x", Connect, nil}},
	}
	for name, s := range map[string]Settings{"default": Default(), "changed": changed} {
		t.Run(name, func(t *testing.T) {
			text := Encode(s)
			base := Default()
			base.Access = Access{}
			got, err := Decode("encoded", text, base)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			// An empty list and none are the same.
			if len(got.Access.Users) == 0 {
				got.Access.Users = nil
			}
			if !reflect.DeepEqual(got, s) {
				t.Errorf("got  %+v\nwant %+v\nfrom %s", got, s, text)
			}
		})
	}
}

func TestEncodeNeverWritesPasswords(t *testing.T) {
	s := Default()
	s.Access.Users = []User{{Username: "a", Password: "hunter2", Hash: argonHash}, {Username: "b", Password: "hunter2"}}
	text := string(Encode(s))
	if strings.Contains(text, "hunter2") || strings.Contains(text, "password") {
		t.Error(text)
	}
	if s.Access.Users[0].Password == "" {
		t.Error("Encode changed the settings it was given")
	}
}

func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 247 * time.Second: "247s", 5 * time.Minute: "5m", 24 * time.Hour: "24h",
		90 * time.Second: "90s", 1500 * time.Millisecond: "1.5s", 10 * time.Millisecond: "10ms",
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
	}
	for s, want := range map[Size]string{0: "0", 1: "1", 1000: "1000", 1024: "1KB", 4 << 20: "4MB", 1 << 30: "1GB", 1536: "1536"} {
		if got := s.String(); got != want {
			t.Errorf("%d is written %s, want %s", s, got, want)
		}
	}
	for _, s := range []string{"", "MB", "-1", "1.5MB", "1TB", "0x10", "99999999999"} {
		if n, err := parseSize(s); err == nil {
			t.Errorf("%q is read as %d", s, n)
		}
	}
}
