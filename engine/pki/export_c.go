package pki

import (
	"bytes"
	"fmt"
	"strings"
)

// source is a file of C that is being written.
type source struct {
	bytes.Buffer
	id string // what all its names begin with
}

func (s *source) line(format string, args ...any) { fmt.Fprintf(s, format+"\n", args...) }

// comment writes a block comment.
func (s *source) comment(lines ...string) {
	s.line("/*")
	for _, line := range lines {
		s.line("%s", strings.TrimRight(" * "+inComment(line), " "))
	}
	s.line(" */")
}

// counted writes bytes and their number.
func (s *source) counted(name string, data []byte) {
	s.array(name, data)
	s.line("static const unsigned int %s_%s_len = %d;", s.id, name, len(data))
}

// array writes bytes.
func (s *source) array(name string, data []byte) {
	const perLine = 12
	s.line("")
	s.line("static const unsigned char %s_%s[] = {", s.id, name)
	for i, b := range data {
		switch {
		case i%perLine == 0:
			fmt.Fprintf(s, "    0x%02x,", b)
		default:
			fmt.Fprintf(s, " 0x%02x,", b)
		}
		if i%perLine == perLine-1 || i == len(data)-1 {
			s.line("")
		}
	}
	s.line("};")
}

// text writes a string over as many lines as it has.
func (s *source) text(name, text string) {
	s.line("")
	s.line("static const char %s_%s[] =", s.id, name)
	for rest := text; rest != ""; {
		line, after, cut := strings.Cut(rest, "\n")
		end := ""
		if cut {
			line += "\n"
		}
		if after == "" {
			end = ";"
		}
		s.line("    %s%s", cString(line), end)
		rest = after
	}
}

// header writes a header around what body writes.
func header(name string, about []string, body func(*source)) []byte {
	s := &source{id: identifier(name)}
	guard := strings.ToUpper(s.id) + "_CREDENTIALS_H"
	s.comment(about...)
	s.line("#ifndef %s", guard)
	s.line("#define %s", guard)
	body(s)
	s.line("")
	s.line("#endif /* %s */", guard)
	return s.Bytes()
}

// about says what a file is of, and until when.
func (e *exporter) about(use ...string) []string {
	lines := []string{"Credentials of " + e.o.Name + ", valid until " + date(e.Chain[0].NotAfter) + "."}
	if e.key != nil {
		lines = append(lines, "This file holds a private key: keep it to yourself.")
	}
	return append(lines, use...)
}

func aboutPSK(identity string, use ...string) []string {
	return append([]string{"Pre-shared key of " + identity + ".", "This file holds the key: keep it to yourself."}, use...)
}

func (e *exporter) cHeader() []File {
	data := header(e.o.Name, e.about("Certificates are DER (X.509), the private key is DER (PKCS #8)."), func(s *source) {
		for i, cert := range e.own {
			name := "certificate"
			if i > 0 {
				name = fmt.Sprintf("issuer_%d", i)
			}
			s.counted(name, cert.Raw)
		}
		if e.key != nil {
			s.counted("private_key", e.key)
		}
		if e.authority != nil {
			s.counted("ca_certificate", e.authority.Raw)
		}
	})
	return []File{{e.file + ".h", data, e.key != nil}}
}

func pskHeader(identity string, key []byte, o ExportOptions) []File {
	data := header(o.Name, aboutPSK(identity), func(s *source) {
		s.counted("psk_identity", []byte(identity))
		s.counted("psk", key)
	})
	return []File{{fileName(o.Name) + ".h", data, true}}
}

// mbedTLS writes strings that sizeof counts with the NUL at their end, as Mbed TLS wants PEM.
func (e *exporter) mbedTLS() []File {
	id := identifier(e.o.Name)
	use := []string{""}
	if e.own != nil {
		use = append(use, fmt.Sprintf("mbedtls_x509_crt_parse(&own, (const unsigned char *)%s_certificate, sizeof(%s_certificate));", id, id))
	}
	if e.key != nil {
		use = append(use, fmt.Sprintf("mbedtls_pk_parse_key(&key, (const unsigned char *)%s_private_key, sizeof(%s_private_key), NULL, 0, rng, rng_context);", id, id))
	}
	if e.authority != nil {
		use = append(use, fmt.Sprintf("mbedtls_x509_crt_parse(&ca, (const unsigned char *)%s_ca_certificate, sizeof(%s_ca_certificate));", id, id))
	}
	data := header(e.o.Name, e.about(use...), func(s *source) {
		if e.own != nil {
			s.text("certificate", string(certificatesPEM(e.own...)))
		}
		if e.key != nil {
			s.text("private_key", string(keyToPEM(e.key)))
		}
		if e.authority != nil {
			s.text("ca_certificate", string(certificatesPEM(e.authority)))
		}
	})
	return []File{{e.file + "-mbedtls.h", data, e.key != nil}}
}

func pskMbedTLS(identity string, key []byte, o ExportOptions) []File {
	id := identifier(o.Name)
	use := fmt.Sprintf("mbedtls_ssl_conf_psk(&config, %s_psk, sizeof(%s_psk), (const unsigned char *)%s_psk_identity, sizeof(%s_psk_identity) - 1);", id, id, id, id)
	data := header(o.Name, aboutPSK(identity, "", use), func(s *source) {
		s.text("psk_identity", identity)
		s.array("psk", key)
	})
	return []File{{fileName(o.Name) + "-mbedtls.h", data, true}}
}
