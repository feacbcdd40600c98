package emqx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sluice/engine/settings"
)

var bindKey = regexp.MustCompile(`^coap\.bind\.(udp|dtls)\.[A-Za-z0-9_]+$`)

// plugin takes the keys of an emqx_coap.conf. Its options of DTLS are those of all DTLS listeners.
func (i *importer) plugin(pairs []*node) {
	last := map[string]int{}
	for at, p := range pairs {
		last[p.key] = at
	}
	options := &node{kind: object}
	var rest, binds []*node
	for at, p := range pairs {
		name, isOption := strings.CutPrefix(p.key, "coap.dtls.")
		switch {
		case last[p.key] != at:
			i.skip(p, "is written again further down")
		case isOption && slices.Contains([]string{"verify", "keyfile", "certfile", "cacertfile", "fail_if_no_peer_cert", "ciphers"}, name):
			options.fields = append(options.fields, &member{name, p})
		case bindKey.MatchString(p.key), p.key == "coap.port", p.key == "coap.dtls.port":
			binds = append(binds, p)
		default:
			rest = append(rest, p)
		}
	}
	secured := i.pluginListeners(binds, len(options.fields) > 0)
	for _, at := range secured {
		of := func(s *settings.Settings) *settings.Listener { return &s.Listeners[at] }
		i.members(options, dtlsHandlers(fmt.Sprintf("listener[%d].dtls_options.", at), of))
	}
	if len(secured) == 0 {
		for _, m := range options.fields {
			i.skip(m.value, "there is no listener coap.bind.dtls.N for it")
		}
	}
	for _, p := range rest {
		i.pluginKey(p)
	}
}

// pluginListeners adds the listeners and returns the indices of those for DTLS. Those EMQX starts only if it has an option
// of DTLS.
func (i *importer) pluginListeners(binds []*node, options bool) (secured []int) {
	for _, p := range binds {
		dtls := strings.HasPrefix(p.key, "coap.bind.dtls.") || p.key == "coap.dtls.port"
		switch {
		case dtls && !options:
			i.skip(p, "EMQX starts it only if there is a key coap.dtls.NAME")
		case dtls:
			if at, ok := i.bind(p, "coaps", settings.DialectEMQX4); ok {
				secured = append(secured, at)
			}
		default:
			i.bind(p, "coap", settings.DialectEMQX4)
		}
	}
	return secured
}

func (i *importer) pluginKey(p *node) {
	switch {
	case p.key == "coap.enable_stats":
		c, err := stats(p)
		i.take(p, c, err)
	case p.key == "coap.keepalive":
		i.skip(p, "EMQX 4 has no keepalive: a client stays as long as it observes")
	case strings.HasPrefix(p.key, "coap.dtls.port"):
		i.skip(p, "no version of EMQX reads it; write coap.bind.dtls.1 = 0.0.0.0:PORT")
	case p.key == "coap.dtls.password" || p.key == "coap.dtls.key_password":
		i.skip(p, "passwords are not written down; import the key under Certificates")
	case !strings.HasPrefix(p.key, "coap."):
		i.skip(p, "is not of the CoAP plugin")
	default:
		i.skip(p, "is unknown")
	}
}
