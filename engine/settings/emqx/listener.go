package emqx

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

var whyErlang = mistakes.New("is of the Erlang that EMQX runs on")

// dropListeners makes room for the listeners of the file: those for CoAP over UDP and DTLS go, once.
func (i *importer) dropListeners() {
	if i.dropped {
		return
	}
	i.dropped = true
	i.settings.Listeners = slices.DeleteFunc(i.settings.Listeners, func(l settings.Listener) bool {
		return strings.HasPrefix(l.Bind, "coap://") || strings.HasPrefix(l.Bind, "coaps://")
	})
}

// listeners takes listeners.udp.NAME and listeners.dtls.NAME.
func (i *importer) listeners(n *node) {
	if n.kind != object {
		i.skip(n, "is not an object")
		return
	}
	for _, m := range n.fields {
		scheme := map[string]string{"udp": "coap", "dtls": "coaps"}[m.name]
		switch {
		case scheme == "":
			i.skip(m.value, "is neither udp nor dtls, which alone listeners of CoAP are in EMQX")
		case m.value.kind != object:
			i.skip(m.value, "is not an object")
		default:
			for _, named := range m.value.fields {
				i.listener(named.value, scheme)
			}
		}
	}
}

// listener takes one listener, if it is one that runs.
func (i *importer) listener(n *node, scheme string) {
	if n.kind != object {
		i.skip(n, "is not an object")
		return
	}
	if i.off {
		i.skip(n, "gateway.coap.enable is false")
		return
	}
	if m := n.field("enable"); m != nil {
		if on, err := readFlag(m); err == nil && !on {
			i.skip(n, "its enable is false")
			return
		}
	}
	bind := n.field("bind")
	if bind == nil {
		i.skip(n, "has no bind")
		return
	}
	at, ok := i.bind(bind, scheme, settings.DialectEMQX5)
	if !ok {
		i.skip(n, "its bind is not taken")
		return
	}
	i.members(n, i.listenerHandlers(at, scheme))
}

// bind adds a listener and returns its index.
func (i *importer) bind(n *node, scheme string, dialect settings.Dialect) (at int, ok bool) {
	i.dropListeners()
	at = len(i.settings.Listeners)
	text, err := plain(n)
	address := bindAddress(text)
	c := change{as: fmt.Sprintf("listener[%d].bind = \"%s://%s\"", at, scheme, address)}
	c.set = func(s *settings.Settings) {
		s.Listeners = append(s.Listeners, settings.Listener{Bind: scheme + "://" + address, Dialect: dialect})
	}
	return at, i.take(n, c, err)
}

// bindAddress makes HOST:PORT of how EMQX writes an address: a port alone is on all IPv4 addresses, and IPv6 addresses may
// be without brackets.
func bindAddress(s string) string {
	if _, err := strconv.ParseUint(s, 10, 16); err == nil {
		return "0.0.0.0:" + s
	}
	if at := strings.LastIndexByte(s, ':'); at == 0 {
		return "0.0.0.0" + s
	} else if at > 0 && strings.Contains(s[:at], ":") && s[0] != '[' {
		return net.JoinHostPort(s[:at], s[at+1:])
	}
	return s
}

func (i *importer) listenerHandlers(at int, scheme string) []handler {
	key := func(name string) string { return fmt.Sprintf("listener[%d].%s", at, name) }
	of := func(s *settings.Settings) *settings.Listener { return &s.Listeners[at] }
	handlers := []handler{
		{name: "enable", read: func(*node) (change, error) { return change{as: "a listener that is there"}, nil }},
		{name: "bind", walk: func(*node) {}},
		{name: "max_connections", read: bounded(key("max_connections"), func(s *settings.Settings) *int { return &of(s).MaxConnections })},
		{name: "max_conn_rate", read: bounded(key("max_conn_rate"), func(s *settings.Settings) *int { return &of(s).MaxConnRate })},
		{name: "enable_authn", read: flag(key("enable_authn"), func(s *settings.Settings) *bool { return fresh(&of(s).EnableAuthn) })},
		{name: "mountpoint", read: textual(key("mountpoint"), func(s *settings.Settings) *string { return fresh(&of(s).Mountpoint) })},
		{name: "access_rules", read: texts(key("access_rules"), func(s *settings.Settings) *[]string { return &of(s).AccessRules })},
		{name: "health_check", walk: func(n *node) { i.members(n, healthHandlers(key("health_check."), of)) }},
		{name: "udp_options", walk: func(n *node) { i.members(n, udpHandlers(key, of)) }},
		{name: "acceptors", why: mistakes.New("is of the Erlang that EMQX runs on; dtls_options.max_handshakes bounds the handshakes under way")},
		{name: "authentication", why: whyAuthentication},
	}
	if scheme == "coaps" {
		handlers = append(handlers, handler{name: "dtls_options", walk: func(n *node) { i.members(n, dtlsHandlers(key("dtls_options."), of)) }})
	}
	return handlers
}

// fresh makes a value that need not be there.
func fresh[T any](to **T) *T {
	*to = new(T)
	return *to
}

func healthHandlers(key string, of func(*settings.Settings) *settings.Listener) []handler {
	return []handler{
		{name: "request", read: textual(key+"request", func(s *settings.Settings) *string { return &of(s).HealthCheck.Request })},
		{name: "reply", read: textual(key+"reply", func(s *settings.Settings) *string { return &of(s).HealthCheck.Reply })},
	}
}

func udpHandlers(key func(string) string, of func(*settings.Settings) *settings.Listener) []handler {
	return []handler{
		{name: "recbuf", read: size(key("recbuf"), func(s *settings.Settings) *settings.Size { return &of(s).ReceiveBuffer })},
		{name: "sndbuf", read: size(key("sndbuf"), func(s *settings.Settings) *settings.Size { return &of(s).SendBuffer })},
		{name: "active_n", why: whyErlang},
		{name: "buffer", why: whyErlang},
		{name: "reuseaddr", why: mistakes.New("an address is one listener's alone")},
	}
}

// ratePerSecond is how EMQX may write a number a second.
var ratePerSecond = regexp.MustCompile(`^([0-9]+)\s*/\s*(?:1)?s$`)

// bounded reads a number that may be infinity, which is 0 here.
func bounded(key string, to func(*settings.Settings) *int) reader {
	return func(n *node) (change, error) {
		s, err := plain(n)
		if err != nil {
			return change{}, err
		}
		if s == "infinity" {
			return change{as: key + " = 0", adjusted: mistakes.New("0 is no limit"), set: func(all *settings.Settings) { *to(all) = 0 }}, nil
		}
		if rate := ratePerSecond.FindStringSubmatch(s); rate != nil {
			n = &node{key: n.key, line: n.line, text: rate[1]}
		}
		c, err := integer(key, to)(n)
		if err == nil && strings.HasSuffix(c.as, " = 0") {
			return change{}, mistakes.New("is 0, which would be no limit")
		}
		return c, err
	}
}

// texts reads a list of texts.
func texts(key string, to func(*settings.Settings) *[]string) reader {
	return func(n *node) (change, error) {
		all, err := plainList(n)
		return change{as: fmt.Sprintf("%s = %s", key, quotedList(all)), set: func(s *settings.Settings) { *to(s) = all }}, err
	}
}

// plainList reads a list of texts, or one text with commas, as EMQX does.
func plainList(n *node) ([]string, error) {
	if n.kind == scalar {
		var all []string
		for one := range strings.SplitSeq(n.text, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
		return all, nil
	}
	if n.kind == object {
		return nil, mistakes.New("is an object and not a list")
	}
	var all []string
	for _, item := range n.items {
		text, err := plain(item)
		if err != nil {
			return nil, mistakes.New("has an object or a list in it")
		}
		all = append(all, text)
	}
	return all, nil
}

func quotedList(all []string) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = strconv.Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
