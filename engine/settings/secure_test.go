package settings

import (
	"crypto/tls"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSecureListeners(t *testing.T) {
	s := decode(t, `
[[listener]]
bind = "coaps://:5684"
max_connections = 3
recbuf = 1024
[listener.dtls_options]
verify = "verify_peer"
fail_if_no_peer_cert = true
cacertfile = "ca.pem"
certfile = "cert.pem"
keyfile = "key.pem"
password = "secret"
versions = ["dtlsv1.2", "dtlsv1"]
ciphers = ["PSK-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"]
honor_cipher_order = false
depth = 0
handshake_timeout = "5s"
reuse_sessions = false
max_handshakes = 7
connection_id = false
[[listener]]
bind = "mqtts://:8883"
ssl_options = {certificate = "mine", versions = ["tlsv1.3"], ciphers = ["ECDHE-ECDSA-AES128-GCM-SHA256"]}
[[listener]]
bind = "wss://:8084"
`)
	want := TLSOptions{
		Verify: VerifyPeer, FailIfNoPeerCert: true, CACertFile: "ca.pem", CertFile: "cert.pem", KeyFile: "key.pem", Password: "secret",
		Versions: []string{"dtlsv1.2", "dtlsv1"}, Ciphers: []string{"PSK-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
		HonorCipherOrder: new(false), Depth: new(0), HandshakeTimeout: Duration(5 * time.Second), ReuseSessions: new(false),
		MaxHandshakes: 7, ConnectionID: new(false),
	}
	if got := s.Listeners[0].Secure(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := s.Listeners[0].Secure().CipherSuites("coaps"); !reflect.DeepEqual(got, []string{"TLS_PSK_WITH_AES_128_CCM_8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"}) {
		t.Errorf("cipher suites %v", got)
	}
	if o := s.Listeners[1].Secure(); o.Certificate != "mine" || o.Verify != VerifyNone || !reflect.DeepEqual(o.Versions, []string{"tlsv1.3"}) {
		t.Errorf("got %+v", o)
	}
	if o := s.Listeners[2].Secure(); len(o.Versions) != 2 || o.HandshakeTimeout.Std() != 15*time.Second || !*o.ReuseSessions || *o.Depth != 10 || o.MaxHandshakes != 256 {
		t.Errorf("got %+v", o)
	}

	text := string(Encode(s))
	if strings.Contains(text, "secret") || s.Listeners[0].DTLSOptions.Password != "secret" {
		t.Errorf("the password is written down, or lost: %s", text)
	}
	s.Listeners[0].DTLSOptions.Password = ""
	again, err := Decode("again", []byte(text), Default())
	if err != nil || !reflect.DeepEqual(again.Listeners, s.Listeners) {
		t.Errorf("%v: got %+v from\n%s", err, again.Listeners, text)
	}
	c := s.Clone()
	c.Listeners[0].DTLSOptions.Ciphers[0] = ""
	c.Listeners[1].SSLOptions.Certificate = ""
	if s.Listeners[0].DTLSOptions.Ciphers[0] == "" || s.Listeners[1].SSLOptions.Certificate == "" {
		t.Error("a clone shares its options")
	}
}

func TestRefusedSecureOptions(t *testing.T) {
	const dtls, ssl = "listener[0].dtls_options", "listener[0].ssl_options"
	for _, tt := range []struct{ scheme, options, key, problem string }{
		{"coaps", "verify = 'peer'", dtls + ".verify", `is "peer"`},
		{"coaps", "fail_if_no_peer_cert = true", dtls + ".fail_if_no_peer_cert", "verify must be verify_peer when fail_if_no_peer_cert is true"},
		{"coaps", "keyfile = 'k'", dtls + ".keyfile", "is given without a certfile"},
		{"coaps", "password = 'k'", dtls + ".password", "is given without a certfile"},
		{"coaps", "certfile = 'k'\ncertificate = 'c'", dtls + ".certificate", "is given together with a certfile"},
		{"coaps", "versions = ['dtlsv1']", dtls + ".versions", "has dtlsv1, which is not spoken any more (RFC 8996)"},
		{"coaps", "versions = ['tlsv1.2']", dtls + ".versions", `[0] is "tlsv1.2"`},
		{"coaps", "ciphers = ['PSK-AES128-CCM8', 'RC4-MD5']", dtls + ".ciphers", `[1] is "RC4-MD5", which is not spoken`},
		{"coaps", "depth = 256", dtls + ".depth", "is 256"},
		{"coaps", "handshake_timeout = '1ms'", dtls + ".handshake_timeout", "is 1ms"},
		{"coaps", "max_handshakes = -1", dtls + ".max_handshakes", "is -1"},
		{"coaps", "reuse_sessions = 1", dtls + ".reuse_sessions", "is an integer"},
		{"mqtts", "versions = ['tlsv1', 'tlsv1.1']", ssl + ".versions", "has tlsv1 and tlsv1.1, which is not spoken any more (RFC 8996)"},
		{"wss", "ciphers = ['PSK-AES128-CCM8']", ssl + ".ciphers", `[0] is "PSK-AES128-CCM8", which is not spoken`},
		{"mqtt", "verify = 'verify_none'", ssl, "is set on a mqtt listener"},
		{"coap", "verify = 'verify_none'", dtls, "is set on a coap listener"},
	} {
		table, _, _ := strings.Cut(strings.TrimPrefix(tt.key, "listener[0]."), ".")
		_, err := Decode("f", []byte("[[listener]]\nbind = '"+tt.scheme+"://h:1'\n[listener."+table+"]\n"+tt.options), Default())
		all, _ := err.(Errors)
		if len(all) != 1 || all[0].Key != tt.key || all[0].Problem.Error() != tt.problem || all[0].Allowed == "" || all[0].Line < 3 {
			t.Errorf("%s %s: %v", tt.scheme, tt.options, err)
		}
	}
}

func TestOptionsOfDatagramsOnly(t *testing.T) {
	for document, want := range map[string]string{
		"[[listener]]\nbind = 'coaps://h:1'\nmulticast = ['*']":                      "multicast: is set on a coaps listener",
		"[[listener]]\nbind = 'coaps://h:1'\nhealth_check = {request = 'x'}":         "health_check: is set on a coaps listener",
		"[[listener]]\nbind = 'coap://h:1'\n[[listener]]\nbind = 'coaps://h:1'":      "is the address of listener[0] already",
		"[[listener]]\nbind = 'mqtts://h:1'\nssl_options = {connection_id = true}":   "unknown key",
		"[[listener]]\nbind = 'mqtts://h:1'\n[[listener]]\nbind = 'coap+tcp://h:1'":  "is the address of listener[0] already",
		"[[listener]]\nbind = 'wss://h:1'\ndialect = 'auto'":                         "is set on a wss listener",
		"[[listener]]\nbind = 'coaps+ws://h:1'":                                      "CoAP over TLS is not spoken",
		"[[listener]]\nbind = 'coaps://h:1'\ndtls_options = {password = ['hunter']}": "password: is a list",
	} {
		if _, err := Decode("f", []byte(document), Default()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter") {
			t.Errorf("%q: %v", document, err)
		}
	}
}

func TestCipherNames(t *testing.T) {
	for _, tt := range []struct{ scheme, name, want string }{
		{"coaps", "ECDHE-ECDSA-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"},
		{"coaps", "ECDHE-ECDSA-AES128-CCM", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"},
		{"coaps", "ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
		{"coaps", "ECDHE-PSK-AES128-CBC-SHA256", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"},
		{"coaps", "PSK-CHACHA20-POLY1305", "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"},
		{"coaps", "RSA-PSK-AES256-GCM-SHA384", ""},
		{"coaps", "", ""},
		{"coaps", " psk-aes128-ccm8", "TLS_PSK_WITH_AES_128_CCM_8"},
		{"coaps", "TLS_PSK_WITH_AES_128_GCM_SHA256", "TLS_PSK_WITH_AES_128_GCM_SHA256"},
		{"coaps", "TLS_AES_128_GCM_SHA256", ""},
		{"mqtts", "ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"},
		{"mqtts", "ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"},
		{"wss", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"},
		{"wss", "DHE-DSS-AES256-SHA", ""},
	} {
		if got, spoken := CipherSuite(tt.scheme, tt.name); got != tt.want || spoken != (tt.want != "") {
			t.Errorf("%s %s: %q", tt.scheme, tt.name, got)
		}
	}
	if got := CipherSuites("mqtts"); len(got) != len(tls.CipherSuites()) {
		t.Errorf("got %v", got)
	}
}
