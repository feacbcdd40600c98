package settings

import (
	"slices"
	"strings"
	"time"
)

// TLSOptions are dtls_options of a coaps listener and ssl_options of one of mqtts or wss, named as in EMQX. What is not
// set has the value of Listener.Secure.
type TLSOptions struct {
	// Verify says whether clients are asked for a certificate.
	Verify Verify `toml:"verify,omitempty"`
	// FailIfNoPeerCert refuses clients that have none, but for those with a pre-shared key.
	FailIfNoPeerCert bool `toml:"fail_if_no_peer_cert,omitempty"`
	// CACertFile holds the authorities whose clients are let in, in PEM form; empty: those that Sluice keeps.
	CACertFile string `toml:"cacertfile,omitempty"`
	// CertFile and KeyFile hold the server's certificate with its chain, and its key; without KeyFile, CertFile holds both.
	// Without both, the certificate is one that Sluice keeps.
	CertFile string `toml:"certfile,omitempty"`
	KeyFile  string `toml:"keyfile,omitempty"`
	// Password opens the key. It is text in a settings file only: Encode never writes it.
	Password string `toml:"password,omitempty"`
	// Certificate names the server certificate that Sluice keeps and this listener shows; empty: it chooses by the name that
	// the client asked for.
	Certificate string `toml:"certificate,omitempty"`
	// Versions and Ciphers are what is spoken; empty: all that is safe. Ciphers are names of IANA or OpenSSL.
	Versions []string `toml:"versions,omitempty"`
	Ciphers  []string `toml:"ciphers,omitempty"`
	// HonorCipherOrder takes the first of Ciphers that the client knows, and not the first of the client.
	HonorCipherOrder *bool `toml:"honor_cipher_order,omitempty"`
	// Depth is how many authorities may stand between a client's certificate and one that is trusted.
	Depth *int `toml:"depth,omitempty"`
	// HandshakeTimeout is how long a handshake may take.
	HandshakeTimeout Duration `toml:"handshake_timeout,omitzero"`
	// ReuseSessions lets clients take up an earlier session (RFC 5246, section 7.3).
	ReuseSessions *bool `toml:"reuse_sessions,omitempty"`
	// MaxHandshakes are under way at a time. For one more the oldest gives way if it has taken a second; else that one is not
	// answered.
	MaxHandshakes int `toml:"max_handshakes,omitzero"`
	// ConnectionID lets a client keep its session when its address changes (RFC 9146). DTLS only.
	ConnectionID *bool `toml:"connection_id,omitempty"`
}

// Verify says whether clients are asked for a certificate.
type Verify string

const (
	VerifyNone Verify = "verify_none"
	VerifyPeer Verify = "verify_peer"
)

const (
	versionDTLS10 = "dtlsv1"
	versionDTLS12 = "dtlsv1.2"
	versionTLS12  = "tlsv1.2"
	versionTLS13  = "tlsv1.3"
)

// outdatedTLS are versions that EMQX names and that are not spoken (RFC 8996).
var outdatedTLS = []string{"tlsv1", "tlsv1.1"}

// maxDepth is the deepest chain, the limit of EMQX.
const maxDepth = 255

// IsSecure reports whether listeners of a scheme need certificates or keys.
func IsSecure(scheme string) bool { return scheme == "coaps" || scheme == "mqtts" || scheme == "wss" }

// optionsTable names the table of a scheme's TLSOptions.
func optionsTable(scheme string) string {
	switch scheme {
	case "coaps":
		return "dtls_options"
	case "mqtts", "wss":
		return "ssl_options"
	}
	return ""
}

// Secure returns the options of a secure listener with a value for everything that has a default.
func (l Listener) Secure() TLSOptions {
	var o TLSOptions
	scheme, _, _ := strings.Cut(l.Bind, "://")
	if of := l.options(scheme); of != nil {
		o = of.clone()
	}
	if o.Verify == "" {
		o.Verify = VerifyNone
	}
	if len(o.Versions) == 0 {
		o.Versions = spokenVersions(scheme)
	}
	if o.HandshakeTimeout == 0 {
		o.HandshakeTimeout = Duration(15 * time.Second)
	}
	if o.MaxHandshakes == 0 {
		o.MaxHandshakes = 256
	}
	for _, flag := range []**bool{&o.HonorCipherOrder, &o.ReuseSessions, &o.ConnectionID} {
		if *flag == nil {
			*flag = new(true)
		}
	}
	if o.Depth == nil {
		o.Depth = new(10)
	}
	return o
}

// options are those that are set for a scheme, or nil.
func (l Listener) options(scheme string) *TLSOptions {
	switch optionsTable(scheme) {
	case "dtls_options":
		return l.DTLSOptions
	case "ssl_options":
		return l.SSLOptions
	}
	return nil
}

func spokenVersions(scheme string) []string {
	if scheme == "coaps" {
		return []string{versionDTLS12}
	}
	return []string{versionTLS12, versionTLS13}
}

// clone returns a copy that shares no list.
func (o TLSOptions) clone() TLSOptions {
	o.Versions, o.Ciphers = slices.Clone(o.Versions), slices.Clone(o.Ciphers)
	return o
}

// cloneTLS copies options that may be nil.
func cloneTLS(o *TLSOptions) *TLSOptions {
	if o == nil {
		return nil
	}
	return new(o.clone())
}

func (d *decoder) tlsOptions(path string, v any, to **TLSOptions, datagrams bool) {
	o := &TLSOptions{}
	*to = o
	fields := []field{
		{"verify", text(d, &o.Verify)},
		{"fail_if_no_peer_cert", d.boolean(&o.FailIfNoPeerCert)},
		{"cacertfile", text(d, &o.CACertFile)},
		{"certfile", text(d, &o.CertFile)},
		{"keyfile", text(d, &o.KeyFile)},
		{"password", text(d, &o.Password)},
		{"certificate", text(d, &o.Certificate)},
		{"versions", func(p string, v any) { d.texts(p, v, &o.Versions) }},
		{"ciphers", func(p string, v any) { d.texts(p, v, &o.Ciphers) }},
		{"honor_cipher_order", optional(&o.HonorCipherOrder, d.boolean)},
		{"depth", optional(&o.Depth, d.integer)},
		{"handshake_timeout", d.duration(&o.HandshakeTimeout)},
		{"reuse_sessions", optional(&o.ReuseSessions, d.boolean)},
		{"max_handshakes", d.integer(&o.MaxHandshakes)},
	}
	if datagrams {
		fields = append(fields, field{"connection_id", optional(&o.ConnectionID, d.boolean)})
	}
	d.table(path, v, fields...)
}

func (v *validator) tlsOptions(key, scheme string, o TLSOptions) {
	if o.Verify != "" {
		oneOf(v, key+".verify", o.Verify, VerifyNone, VerifyPeer)
	}
	if o.FailIfNoPeerCert && o.Verify != VerifyPeer {
		v.problem(key+".fail_if_no_peer_cert", "verify must be verify_peer when fail_if_no_peer_cert is true")
	}
	switch {
	case o.KeyFile != "" && o.CertFile == "":
		v.problem(key+".keyfile", "is given without a certfile")
	case o.Password != "" && o.CertFile == "":
		v.problem(key+".password", "is given without a certfile")
	case o.Certificate != "" && o.CertFile != "":
		v.problem(key+".certificate", "is given together with a certfile")
	}
	for _, one := range []struct{ name, value string }{
		{"cacertfile", o.CACertFile}, {"certfile", o.CertFile}, {"keyfile", o.KeyFile}, {"certificate", o.Certificate},
	} {
		if problem := textProblem(one.value); problem != nil {
			v.problem(key+"."+one.name, "%w", problem)
		}
	}
	v.versions(key+".versions", scheme, o.Versions)
	for i, name := range o.Ciphers {
		if _, spoken := CipherSuite(scheme, name); !spoken {
			v.problem(key+".ciphers", "[%d] is %q, which is not spoken", i, name)
		}
	}
	if o.Depth != nil && (*o.Depth < 0 || *o.Depth > maxDepth) {
		v.problem(key+".depth", "is %d", *o.Depth)
	}
	if o.HandshakeTimeout != 0 {
		v.duration(key+".handshake_timeout", o.HandshakeTimeout)
	}
	if o.MaxHandshakes < 0 || o.MaxHandshakes > 1_000_000 {
		v.problem(key+".max_handshakes", "is %d", o.MaxHandshakes)
	}
}

// versions may name one that is outdated, as settings of EMQX do, beside one that is spoken.
func (v *validator) versions(key, scheme string, versions []string) {
	spoken, outdated := spokenVersions(scheme), outdatedTLS
	if scheme == "coaps" {
		outdated = []string{versionDTLS10}
	}
	some := len(versions) == 0
	for i, version := range versions {
		some = some || slices.Contains(spoken, version)
		if !slices.Contains(spoken, version) && !slices.Contains(outdated, version) {
			v.problem(key, "[%d] is %q", i, version)
			return
		}
	}
	if !some {
		v.problem(key, "has %s, which is not spoken any more (RFC 8996)", strings.Join(versions, " and "))
	}
}

// withoutPassword returns what may be written down.
func (o *TLSOptions) withoutPassword() *TLSOptions {
	if o == nil || o.Password == "" {
		return o
	}
	kept := *o
	kept.Password = ""
	return &kept
}
