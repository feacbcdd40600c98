package emqx

import (
	"fmt"
	"path"
	"strings"
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

var whyRenegotiation = mistakes.New("a session is never negotiated again")

// dtlsHandlers are the keys of dtls_options; key is the prefix of their names here.
func dtlsHandlers(key string, of func(*settings.Settings) *settings.Listener) []handler {
	options := func(s *settings.Settings) *settings.TLSOptions {
		if of(s).DTLSOptions == nil {
			of(s).DTLSOptions = &settings.TLSOptions{}
		}
		return of(s).DTLSOptions
	}
	return []handler{
		{name: "verify", read: textual(key+"verify", func(s *settings.Settings) *settings.Verify { return &options(s).Verify })},
		{name: "fail_if_no_peer_cert", read: flag(key+"fail_if_no_peer_cert", func(s *settings.Settings) *bool { return &options(s).FailIfNoPeerCert })},
		{name: "cacertfile", read: filePath(key+"cacertfile", func(s *settings.Settings) *string { return &options(s).CACertFile })},
		{name: "certfile", read: filePath(key+"certfile", func(s *settings.Settings) *string { return &options(s).CertFile })},
		{name: "keyfile", read: filePath(key+"keyfile", func(s *settings.Settings) *string { return &options(s).KeyFile })},
		{name: "password", why: mistakes.Errorf("passwords are not written down; import the key under Certificates, or add %spassword by hand", key)},
		{name: "depth", read: integer(key+"depth", func(s *settings.Settings) *int { return fresh(&options(s).Depth) })},
		{name: "versions", read: texts(key+"versions", func(s *settings.Settings) *[]string { return &options(s).Versions })},
		{name: "ciphers", read: ciphers(key+"ciphers", func(s *settings.Settings) *[]string { return &options(s).Ciphers })},
		{name: "honor_cipher_order", read: flag(key+"honor_cipher_order", func(s *settings.Settings) *bool { return fresh(&options(s).HonorCipherOrder) })},
		{name: "reuse_sessions", read: flag(key+"reuse_sessions", func(s *settings.Settings) *bool { return fresh(&options(s).ReuseSessions) })},
		{name: "handshake_timeout", read: duration(key+"handshake_timeout", time.Millisecond, func(s *settings.Settings) *settings.Duration { return &options(s).HandshakeTimeout })},
		{name: "client_renegotiation", why: whyRenegotiation},
		{name: "secure_renegotiate", why: whyRenegotiation},
		{name: "hibernate_after", why: whyErlang},
		{name: "gc_after_handshake", why: whyErlang},
		{name: "log_level", why: whyErlang},
		{name: "dhfile", why: mistakes.New("suites with DHE, which it is for, are not spoken")},
		{name: "partial_chain", why: mistakes.New("a chain must end in an authority of cacertfile")},
		{name: "verify_peer_ext_key_usage", why: mistakes.New("the extended key usage of a client must be clientAuth")},
		{name: "ocsp", why: mistakes.New("revocation is kept under Certificates")},
		{name: "enable_crl_check", why: mistakes.New("revocation is kept under Certificates")},
		{name: "user_lookup_fun", why: mistakes.New("pre-shared keys are kept under Certificates")},
		{name: "managed_certs", why: mistakes.New("certificates are kept under Certificates; import them there")},
	}
}

// filePath reads the path of a file. One that is not absolute is seen from elsewhere here.
func filePath(key string, to func(*settings.Settings) *string) reader {
	return func(n *node) (change, error) {
		s, err := plain(n)
		switch {
		case err != nil:
			return change{}, err
		case strings.Contains(s, "-----BEGIN"):
			return change{}, mistakes.New("is not a path but what is in the file; save it as a file or import it under Certificates")
		case strings.Contains(s, "${"):
			return change{}, mistakes.New("has a variable of EMQX's surroundings; write the whole path")
		}
		c := change{as: fmt.Sprintf("%s = %q", key, s), set: func(all *settings.Settings) { *to(all) = s }}
		if s != "" && !path.IsAbs(s) && !strings.Contains(s, `:\`) && !strings.Contains(s, ":/") {
			c.adjusted = mistakes.New("is seen from the folder that Sluice is started in, not from that of EMQX")
		}
		return c, nil
	}
}

// ciphers reads names of cipher suites, of which those that are spoken are taken.
func ciphers(key string, to func(*settings.Settings) *[]string) reader {
	return func(n *node) (change, error) {
		names, err := plainList(n)
		if err != nil {
			return change{}, err
		}
		var spoken, dropped []string
		for _, name := range names {
			if iana, ok := settings.CipherSuite("coaps", name); ok {
				spoken = append(spoken, iana)
			} else {
				dropped = append(dropped, name)
			}
		}
		c := change{as: fmt.Sprintf("%s = %s", key, quotedList(spoken)), set: func(s *settings.Settings) { *to(s) = spoken }}
		switch {
		case len(names) == 0:
			c.as = "all suites that are spoken"
		case len(spoken) == 0:
			return change{}, mistakes.Errorf("none of %s is spoken; all suites that are stay on", strings.Join(dropped, ", "))
		case len(dropped) > 0:
			c.adjusted = mistakes.Errorf("%s not spoken", strings.Join(dropped, ", "))
		}
		return c, nil
	}
}
