package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

// coapClient writes the line first, for the window, then the files that it names.
func (e *exporter) coapClient() []File {
	files := e.pem()
	var options []string
	if e.key != nil && mayBe(e.Chain[0], x509.ExtKeyUsageClientAuth) {
		options = append(options, "-c "+shellQuote(e.file+".pem")+" -j "+shellQuote(e.file+".key"))
	}
	if e.authority != nil {
		options = append(options, "-R ca.pem")
	}
	line := File{Name: e.file + "-coap-client.sh", Data: coapClientLine(options, e.o)}
	return append([]File{line}, files...)
}

// pskCoAPClient writes a line that holds the key: coap-client reads it from nowhere else.
func pskCoAPClient(identity string, key []byte, o ExportOptions) ([]File, error) {
	if bytes.IndexByte(key, 0) >= 0 || strings.Contains(identity, "\x00") {
		return nil, mistakes.New("a key or identity with a zero byte cannot stand on a command line: use another format, or a key that is generated")
	}
	options := []string{"-u " + shellQuote(identity), "-k " + shellQuote(string(key))}
	return []File{{fileName(o.Name) + "-coap-client.sh", coapClientLine(options, o), true}}, nil
}

func coapClientLine(options []string, o ExportOptions) []byte {
	parts := append([]string{"coap-client-openssl -m get"}, options...)
	parts = append(parts, shellQuote(target(o)))
	return []byte(strings.Join(parts, " \\\n  ") + "\n")
}

// target is the URI to get. A path with spaces or the like is quoted for the URI by who has it.
func target(o ExportOptions) string {
	host := o.Host
	if host == "" {
		host = "localhost"
	}
	if strings.Count(host, ":") > 1 && net.ParseIP(host) != nil {
		host = "[" + host + "]"
	}
	path := o.Path
	if path == "" {
		path = "/.well-known/core"
	}
	return "coaps://" + host + "/" + strings.TrimPrefix(path, "/")
}

// shellQuote quotes for a shell of POSIX, and what is not text for bash and zsh, since POSIX has no way to write that.
func shellQuote(text string) string {
	plain, printable := text != "", true
	for _, r := range text {
		plain = plain && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_./:@%+=,-", r))
		printable = printable && r != utf8.RuneError && unicode.IsPrint(r)
	}
	switch {
	case plain:
		return text
	case printable:
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}
