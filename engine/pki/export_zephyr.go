package pki

import (
	"fmt"
	"strings"
)

// credential is one that a device adds.
type credential struct {
	kind string // of enum tls_credential_type
	name string // of the array
	size string // in C
}

// zephyr writes DER, which needs no Base64 on the device. Only a chain, which is one credential of several certificates,
// has to be PEM.
func (e *exporter) zephyr() []File {
	use := []string{"It needs CONFIG_TLS_CREDENTIALS=y and CONFIG_NET_SOCKETS_SOCKOPT_TLS=y."}
	if len(e.own) > 1 {
		use = append(use, "The certificate has a chain, so it is PEM, which needs CONFIG_MBEDTLS_PEM_CERTIFICATE_FORMAT=y.")
	}
	data := zephyrSource(e.o, e.about(use...), func(s *source) []credential {
		var credentials []credential
		add := func(kind, name string) {
			credentials = append(credentials, credential{kind, name, fmt.Sprintf("sizeof(%s_%s)", s.id, name)})
		}
		if e.authority != nil {
			s.array("ca_certificate", e.authority.Raw)
			add("TLS_CREDENTIAL_CA_CERTIFICATE", "ca_certificate")
		}
		if e.key == nil {
			return credentials
		}
		if len(e.own) > 1 {
			s.text("certificate", string(certificatesPEM(e.own...)))
		} else {
			s.array("certificate", e.own[0].Raw)
		}
		add("TLS_CREDENTIAL_SERVER_CERTIFICATE", "certificate")
		s.array("private_key", e.key)
		add("TLS_CREDENTIAL_PRIVATE_KEY", "private_key")
		return credentials
	})
	return []File{{e.file + "-zephyr.c", data, e.key != nil}}
}

func pskZephyr(identity string, key []byte, o ExportOptions) []File {
	use := "It needs CONFIG_TLS_CREDENTIALS=y, CONFIG_NET_SOCKETS_SOCKOPT_TLS=y and a PSK cipher suite in Mbed TLS."
	data := zephyrSource(o, aboutPSK(identity, use), func(s *source) []credential {
		s.array("psk", key)
		s.text("psk_identity", identity)
		return []credential{
			{"TLS_CREDENTIAL_PSK", "psk", fmt.Sprintf("sizeof(%s_psk)", s.id)},
			{"TLS_CREDENTIAL_PSK_ID", "psk_identity", fmt.Sprintf("sizeof(%s_psk_identity) - 1", s.id)},
		}
	})
	return []File{{fileName(o.Name) + "-zephyr.c", data, true}}
}

// zephyrSource writes the arrays that body makes, and a function that adds them.
func zephyrSource(o ExportOptions, about []string, body func(*source) []credential) []byte {
	s := &source{id: identifier(o.Name)}
	tag := strings.ToUpper(s.id) + "_SEC_TAG"
	s.comment(append(about,
		fmt.Sprintf("Call %s_add_credentials() once, then give the socket the tag:", s.id),
		"",
		fmt.Sprintf("sec_tag_t tags[] = { %s };", tag),
		"zsock_setsockopt(sock, SOL_TLS, TLS_SEC_TAG_LIST, tags, sizeof(tags));")...)
	s.line("#include <zephyr/net/tls_credentials.h>")
	s.line("")
	s.line("#ifndef %s", tag)
	s.line("#define %s %d", tag, max(o.SecTag, 1))
	s.line("#endif")
	credentials := body(s)
	s.line("")
	s.line("int %s_add_credentials(void);", s.id)
	s.line("")
	s.line("/* Returns 0, or the error of tls_credential_add(): -EEXIST if they were added before. */")
	s.line("int %s_add_credentials(void)", s.id)
	s.line("{")
	s.line("\tint err = 0;")
	for _, c := range credentials {
		s.line("")
		s.line("\terr = tls_credential_add(%s, %s,", tag, c.kind)
		s.line("\t\t\t\t %s_%s, %s);", s.id, c.name, c.size)
		s.line("\tif (err < 0) {")
		s.line("\t\treturn err;")
		s.line("\t}")
	}
	s.line("")
	s.line("\treturn err;")
	s.line("}")
	return s.Bytes()
}
