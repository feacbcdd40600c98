package settings

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"sluice/engine/mistakes"
)

const (
	minDuration = Duration(10 * time.Millisecond)
	maxDuration = Duration(24 * time.Hour)
	// maxText is the longest string MQTT can carry (MQTT 5, section 1.5.4).
	maxText = 65535
)

var (
	placeholder = regexp.MustCompile(`\$\{[^}]*\}?`)
	hostname    = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	clientAttr  = regexp.MustCompile(`^\$\{client_attrs\.[A-Za-z0-9_-]+\}$`)
	attrName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	argon2id    = regexp.MustCompile(`^\$argon2id\$v=19\$m=\d{1,10},t=\d{1,10},p=\d{1,3}\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$`)
	bcrypt      = regexp.MustCompile(`^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$`)
)

// Validate reports every value that is not allowed, as Errors without file and line.
func (s Settings) Validate() error {
	v := &validator{}
	v.gateway(s.Gateway)
	v.listeners(s.Listeners)
	v.access(s.Access)
	if len(v.errs) == 0 {
		return nil
	}
	return v.errs
}

type validator struct{ errs Errors }

func (v *validator) problem(key, format string, args ...any) {
	v.errs = append(v.errs, &Error{Key: key, Problem: mistakes.Errorf(format, args...), Allowed: allowedFor(key)})
}

func (v *validator) gateway(g Gateway) {
	v.duration("gateway.heartbeat", g.Heartbeat)
	v.duration("gateway.idle_timeout", g.IdleTimeout)
	oneOf(v, "gateway.notify_type", g.NotifyType, NotifyNon, NotifyCon, NotifyQoS)
	oneOf(v, "gateway.subscribe_qos", g.SubscribeQoS, QoS0, QoS1, QoS2, QoSCoAP)
	oneOf(v, "gateway.publish_qos", g.PublishQoS, QoS0, QoS1, QoS2, QoSCoAP)
	oneOf(v, "gateway.observe_sequence", g.ObserveSequence, SequenceClock, SequenceCounter)
	v.mountpoint("gateway.mountpoint", g.Mountpoint)
	oneOf(v, "gateway.verify_addresses", g.VerifyAddresses, VerifyNever, VerifyRemote, VerifyAlways)
	v.duration("gateway.leisure", g.Leisure)
	v.nodeName("gateway.node_name", g.NodeName)
	oneOf(v, "gateway.emqx4.authentication_failure", g.EMQX4.AuthenticationFailure, Unauthorized, InternalServerError)
	v.ietf("gateway.ietf", g.IETF)
	b := g.Blockwise
	oneOf(v, "gateway.blockwise.max_block_size", b.MaxBlockSize, 16, 32, 64, 128, 256, 512, 1024)
	if b.MaxBodySize < 1 || b.MaxBodySize > gigabyte {
		v.problem("gateway.blockwise.max_body_size", "is %s", b.MaxBodySize)
	}
	v.duration("gateway.blockwise.exchange_lifetime", b.ExchangeLifetime)
	v.directory("gateway.directory", g.Directory)
	v.limits("gateway.limits", g.Limits)
	v.transmission("gateway.transmission", g.Transmission)
	v.proxy(g.Proxy)
}

func (v *validator) duration(key string, d Duration) {
	if d < minDuration || d > maxDuration {
		v.problem(key, "is %s", d)
	}
}

// oneOf checks that value is one of allowed. It is a function because methods cannot have type parameters.
func oneOf[T comparable](v *validator, key string, value T, allowed ...T) {
	if slices.Contains(allowed, value) {
		return
	}
	if s := fmt.Sprint(value); s == "" {
		v.problem(key, "is empty")
	} else if _, number := any(value).(int); number {
		v.problem(key, "is %s", s)
	} else {
		v.problem(key, "is %q", s)
	}
}

// mountNames are the placeholders of mountpoints, beside those of attributes.
var mountNames = []string{"${clientid}", "${username}", "${cert_common_name}", "${cert_subject}", "${psk_identity}"}

func (v *validator) mountpoint(key, m string) {
	if problem := textProblem(m); problem != nil {
		v.problem(key, "%w", problem)
		return
	}
	for _, p := range placeholder.FindAllString(m, -1) {
		if !slices.Contains(mountNames, p) && !clientAttr.MatchString(p) {
			v.problem(key, "has the unknown placeholder %s", p)
			return
		}
	}
	if strings.ContainsAny(m, "+#") {
		v.problem(key, "has a wildcard")
	}
}

func (v *validator) nodeName(key, name string) {
	switch problem := textProblem(name); {
	case problem != nil:
		v.problem(key, "%w", problem)
	case name == "":
		v.problem(key, "is empty")
	case len(name) > 255 || strings.ContainsAny(name, "/+#"):
		v.problem(key, "is %q", name)
	}
}

// textProblem says why s cannot be an MQTT string, or returns nil.
func textProblem(s string) error {
	switch {
	case !utf8.ValidString(s):
		return mistakes.New("is not UTF-8")
	case strings.ContainsRune(s, 0):
		return mistakes.New("has a zero byte")
	case len(s) > maxText:
		return mistakes.Errorf("is longer than %d bytes", maxText)
	}
	return nil
}

func (v *validator) listeners(all []Listener) {
	taken := map[string]string{}
	for i, l := range all {
		key := fmt.Sprintf("listener[%d]", i)
		scheme, host, port, err := l.Split()
		if err != nil {
			v.problem(key+".bind", "%w", err)
			continue
		}
		switch {
		case l.Dialect != "" && !IsCoAP(scheme):
			v.problem(key+".dialect", "is set on a %s listener", scheme)
		case l.Dialect != "":
			oneOf(v, key+".dialect", l.Dialect, DialectAuto, DialectEMQX5, DialectEMQX4, DialectIETF)
		}
		v.listenerOptions(key, l, scheme)
		address := Network(scheme) + " " + strings.ToLower(net.JoinHostPort(host, strconv.Itoa(port)))
		if first, ok := taken[address]; ok && port != 0 {
			v.problem(key+".bind", "%s is the address of %s already", l.Bind, first)
			continue
		}
		taken[address] = key
	}
}

// IsCoAP reports whether listeners of a scheme speak CoAP.
func IsCoAP(scheme string) bool {
	return scheme == "coap" || scheme == "coaps" || scheme == "coap+tcp" || scheme == "coap+ws"
}

// Network is "udp" or "tcp", by what listeners of a scheme are bound to: their ports are told apart.
func Network(scheme string) string {
	if scheme == "coap" || scheme == "coaps" {
		return "udp"
	}
	return "tcp"
}

// Split takes Bind apart. The host is without brackets and may be empty, which means all addresses; scheme is coap, coaps,
// coap+tcp, coap+ws, mqtt, mqtts, ws or wss. The error says what is wrong with Bind, without naming the key.
func (l Listener) Split() (scheme, host string, port int, err error) {
	if l.Bind == "" {
		return "", "", 0, mistakes.New("is missing")
	}
	scheme, address, ok := strings.Cut(l.Bind, "://")
	if !ok {
		return "", "", 0, mistakes.Errorf("%q has no scheme", l.Bind)
	}
	switch scheme {
	case "coap", "coaps", "coap+tcp", "coap+ws", "mqtt", "mqtts", "ws", "wss":
	case "coaps+tcp", "coaps+ws":
		return "", "", 0, mistakes.Errorf("%q: CoAP over TLS is not spoken, only over DTLS (coaps)", l.Bind)
	default:
		return "", "", 0, mistakes.Errorf("%q has the unknown scheme %q", l.Bind, scheme)
	}
	host, digits, err := net.SplitHostPort(address)
	if err != nil {
		return "", "", 0, mistakes.Errorf("%q is not HOST:PORT after the scheme", l.Bind)
	}
	number, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return "", "", 0, mistakes.Errorf("%q has the port %q", l.Bind, digits)
	}
	if !validHost(host) {
		return "", "", 0, mistakes.Errorf("%q has the host %q", l.Bind, host)
	}
	return scheme, host, int(number), nil
}

// validHost accepts nothing (all addresses), an IP address and a name.
func validHost(host string) bool {
	if host == "" {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return len(host) <= 253 && hostname.MatchString(host) && !onlyDigits.MatchString(host)
}

// onlyDigits tells a mistyped IPv4 address from a name: a top-level domain is not a number (RFC 3696, section 2).
var onlyDigits = regexp.MustCompile(`(^|\.)[0-9]+\.?$`)

func (v *validator) access(a Access) {
	first := map[string]int{}
	for i, u := range a.Users {
		v.user(fmt.Sprintf("access.user[%d]", i), u)
		if j, ok := first[u.Username]; ok && u.Username != "" {
			v.problem(fmt.Sprintf("access.user[%d].username", i), "%q is access.user[%d] already", u.Username, j)
			continue
		}
		first[u.Username] = i
	}
	if a.ClientID != "" {
		oneOf(v, "access.client_id", a.ClientID, AnyClientID, CommonNameClientID)
	}
	for i, r := range a.Rules {
		v.rule(fmt.Sprintf("access.rule[%d]", i), r)
	}
}

func (v *validator) user(key string, u User) {
	if u.Username == "" {
		v.problem(key+".username", "is missing")
	} else if problem := textProblem(u.Username); problem != nil {
		v.problem(key+".username", "%w", problem)
	}
	// The values are secrets and are not repeated.
	switch {
	case u.Password == "" && u.Hash == "":
		v.problem(key+".password", "is missing, and there is no hash")
	case u.Password != "" && u.Hash != "":
		v.problem(key+".hash", "is given together with a password")
	case len(u.Password) > maxText:
		v.problem(key+".password", "is longer than %d bytes", maxText)
	case u.Hash != "" && !argon2id.MatchString(u.Hash) && !bcrypt.MatchString(u.Hash):
		v.problem(key+".hash", "is neither kind of hash")
	}
	for _, name := range slices.Sorted(maps.Keys(u.ClientAttrs)) {
		value := u.ClientAttrs[name]
		if problem := textProblem(value); problem != nil {
			v.problem(key+".client_attrs", "%s %w", name, problem)
		} else if !attrName.MatchString(name) || strings.ContainsAny(value, "+#") {
			v.problem(key+".client_attrs", "has %q with the value %q", name, value)
		}
	}
}
