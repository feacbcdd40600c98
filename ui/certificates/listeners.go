package certificates

import (
	"net"
	"net/url"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/secure"
	"sluice/engine/settings"
	"sluice/ui/widget/format"
)

// listener is a secure listener as far as certificates go.
type listener struct {
	url, scheme string
	port        string // with a colon before
	auth        secure.ClientAuth
	certificate string // the name of the kept certificate that it shows; empty: the default
	ownFile     bool   // it shows one of a file
	ownCAs      bool   // it lets in whom the authorities of a file vouch for, and nobody else
	ciphers     []string
	open        bool
}

// secureListeners are the listeners of the settings that need certificates or keys.
func secureListeners(s settings.Settings, status engine.Status) []listener {
	var list []listener
	for _, l := range s.Listeners {
		scheme, _, _ := strings.Cut(l.Bind, "://")
		if !settings.IsSecure(scheme) {
			continue
		}
		o := l.Secure()
		found := listener{url: l.Bind, scheme: scheme, port: portOf(l.Bind), auth: clientAuth(o), certificate: o.Certificate,
			ownFile: o.CertFile != "", ownCAs: o.CACertFile != "", ciphers: o.Ciphers}
		if len(found.ciphers) == 0 {
			found.ciphers = settings.CipherSuites(scheme)
		}
		for _, bound := range status.Listeners {
			if bound.URL == l.Bind && bound.Err == nil && bound.Addr != "" {
				found.open, found.port = true, portOf(scheme+"://"+bound.Addr)
			}
		}
		list = append(list, found)
	}
	return list
}

func clientAuth(o settings.TLSOptions) secure.ClientAuth {
	switch {
	case o.Verify != settings.VerifyPeer:
		return secure.VerifyNone
	case o.FailIfNoPeerCert:
		return secure.RequireCert
	}
	return secure.VerifyIfGiven
}

// portOf is the port of a listener's URL with a colon before it.
func portOf(bind string) string {
	if u, err := url.Parse(bind); err == nil && u.Port() != "" {
		return ":" + u.Port()
	}
	return bind
}

// protocol is what secures a listener.
func (l listener) protocol() string {
	if l.scheme == "coaps" {
		return "DTLS"
	}
	return "TLS"
}

// words say what a listener does with its clients.
func (l listener) words() string {
	data := map[string]any{"Protocol": l.protocol(), "Port": l.port}
	switch {
	case !l.open:
		return lang.L("{{.Protocol}} on {{.Port}} is not open", data)
	case l.auth == secure.RequireCert:
		return lang.L("{{.Protocol}} on {{.Port}} checks clients, and refuses those without a certificate", data)
	case l.auth == secure.VerifyIfGiven:
		return lang.L("{{.Protocol}} on {{.Port}} checks the certificates of clients that have one", data)
	}
	return lang.L("{{.Protocol}} on {{.Port}} asks clients for no certificate", data)
}

// summary is the line beside the pane's title: one listener in full, and how many more there are.
func summary(list []listener) string {
	if len(list) == 0 {
		return lang.L("No secure listener yet")
	}
	shown := list[0]
	for _, l := range list {
		if l.scheme == "coaps" { // devices first
			shown = l
			break
		}
	}
	text := shown.words()
	if more := len(list) - 1; more > 0 {
		text += ", " + lang.N("{{.Count}} more secure listeners", more, map[string]any{"Count": format.Count(int64(more))})
	}
	return text
}

// all is what every listener does, a line each.
func all(list []listener) string {
	lines := make([]string, len(list))
	for i, l := range list {
		lines[i] = l.url + ": " + l.words()
	}
	return strings.Join(lines, "\n")
}

// defaultPort is that of coaps (RFC 7252, section 6.2).
const defaultPort = "5684"

// newCoAPS is the coaps listener that is offered where there is none: on the host of the CoAP listener. It is empty where
// there is one already.
func newCoAPS(s settings.Settings) string {
	host := "127.0.0.1"
	found := false
	for _, l := range s.Listeners {
		u, err := url.Parse(l.Bind)
		if err != nil {
			continue
		}
		switch u.Scheme {
		case "coaps":
			return ""
		case "coap":
			if !found {
				host, found = u.Hostname(), true
			}
		}
	}
	return "coaps://" + net.JoinHostPort(host, defaultPort)
}

// withCoAPS are the settings with a listener for bind that asks for a certificate and takes pre-shared keys too.
func withCoAPS(s settings.Settings, bind string) settings.Settings {
	s.Listeners = append(s.Listeners, settings.Listener{
		Bind:        bind,
		DTLSOptions: &settings.TLSOptions{Verify: settings.VerifyPeer, FailIfNoPeerCert: true},
	})
	return s
}

// hostOf is where a device reaches a listener: its host, or this machine's name where it listens on every address.
func hostOf(bind, port string) string {
	u, err := url.Parse(bind)
	if err != nil {
		return ""
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = machineName()
	}
	if port == ":"+defaultPort {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, strings.TrimPrefix(port, ":"))
}

// machineName is what devices call this machine.
func machineName() string {
	if names := pki.MachineNames(); len(names) > 0 {
		return names[0]
	}
	return "localhost"
}
