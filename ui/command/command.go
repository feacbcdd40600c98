// Package command writes what the window shows as the command lines of the tools people already use: coap-client of
// libcoap and the mosquitto clients. The lines can be pasted into a POSIX shell as they stand.
package command

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode/utf8"
)

// coapClient is libcoap's client without DTLS, the name Debian, Ubuntu and libcoap itself install.
const coapClient = "coap-client-notls"

// longestArgument is how long a payload may be as an argument of a program; Linux takes 128 kB. What a shell does itself,
// as printf, has no such bound.
const longestArgument = 64 << 10

// Gateway is where the commands point to. An empty address means that there is no such listener.
type Gateway struct {
	CoAP string // host:port of the CoAP listener
	// Scheme is that of the CoAP listener, coap or coap+tcp; empty means coap.
	Scheme string
	MQTT   string // host:port of the MQTT listener over TCP
	// Closed says that the CoAP listener is not open, so that nothing answers yet.
	Closed bool
	// Stopped says that the whole gateway is stopped.
	Stopped bool
}

// Connect creates a connection with a client ID, so that the client is listed by it.
func (g Gateway) Connect(clientID string) string {
	return fmt.Sprintf("%s -m post -e \"\" %s", coapClient,
		Quote(g.coap()+"/mqtt/connection?clientid="+escapeQuery(clientID)))
}

// Publish publishes payload to topic over CoAP, without a connection.
func (g Gateway) Publish(topic string, payload []byte, qos byte, retain bool) string {
	query := make([]string, 0, 2)
	if qos > 0 {
		query = append(query, fmt.Sprintf("qos=%d", qos))
	}
	if retain {
		query = append(query, "retain=true")
	}
	target := g.resource(topic)
	if len(query) > 0 {
		target += "?" + strings.Join(query, "&")
	}
	return withBody(coapClient+" -m put", payload, target)
}

// withBody completes a call of coap-client that sends payload to target.
func withBody(line string, payload []byte, target string) string {
	switch {
	case !printable(payload):
		return "printf " + octal(payload) + " | " + line + " -f - " + Quote(target)
	case len(payload) > longestArgument:
		return "printf %s " + quoteData(string(payload)) + " | " + line + " -f - " + Quote(target)
	}
	// coap-client decodes percent signs in what -e gives it.
	return line + " -e " + quoteData(strings.ReplaceAll(string(payload), "%", "%25")) + " " + Quote(target)
}

// Observe observes a topic or topic filter over CoAP for a minute.
func (g Gateway) Observe(filter string) string {
	return fmt.Sprintf("%s -m get -s 60 %s", coapClient, Quote(g.resource(filter)))
}

// Request is a CoAP request that can be sent again.
type Request struct {
	Method        string
	Path, Query   []string // the values of Uri-Path and Uri-Query
	ContentFormat int      // negative for none
	Observe       bool     // it asks for notifications
	Payload       []byte
}

// uri is the URI of a request at this gateway.
func (g Gateway) uri(r Request) string {
	uri := g.coap()
	for _, segment := range r.Path {
		uri += "/" + url.PathEscape(segment)
	}
	for i, part := range r.Query {
		uri += string("?&"[min(i, 1)]) + escapeQuery(part)
	}
	return uri
}

// Again sends a CoAP request to this gateway.
func (g Gateway) Again(r Request) string {
	target := g.uri(r)
	line := coapClient + " -m " + strings.ToLower(r.Method)
	if r.Observe {
		line += " -s 60"
	}
	if r.ContentFormat >= 0 {
		line += fmt.Sprintf(" -t %d", r.ContentFormat)
	}
	if len(r.Payload) == 0 {
		return line + " " + Quote(target)
	}
	return withBody(line, r.Payload, target)
}

// Read reads the last value of a topic over CoAP.
func (g Gateway) Read(topic string) string {
	return fmt.Sprintf("%s -m get %s", coapClient, Quote(g.resource(topic)))
}

// Register registers an endpoint with links in the resource directory (RFC 9176, section 5).
func (g Gateway) Register(endpoint, links string) string {
	return withBody(coapClient+" -m post -t 40", []byte(links), g.coap()+"/rd?ep="+escapeQuery(endpoint))
}

// Get reads what a URI names, or a path with its query here, or observes it for a minute.
func (g Gateway) Get(reference string, observe bool) string {
	if strings.HasPrefix(reference, "/") {
		reference = g.coap() + reference
	}
	line := coapClient + " -m get "
	if observe {
		line += "-s 60 "
	}
	return line + Quote(reference)
}

// MosquittoPub publishes payload to topic over MQTT.
func (g Gateway) MosquittoPub(topic string, payload []byte, qos byte, retain bool) string {
	var b strings.Builder
	switch {
	case !printable(payload):
		b.WriteString("printf " + octal(payload) + " | ")
	case len(payload) > longestArgument:
		b.WriteString("printf %s " + quoteData(string(payload)) + " | ")
	}
	b.WriteString("mosquitto_pub" + g.mqtt() + " -t " + Quote(topic))
	if qos > 0 {
		fmt.Fprintf(&b, " -q %d", qos)
	}
	if retain {
		b.WriteString(" -r")
	}
	switch {
	case !printable(payload), len(payload) > longestArgument:
		b.WriteString(" -s")
	case len(payload) == 0:
		b.WriteString(" -n")
	default:
		b.WriteString(" -m " + quoteData(string(payload)))
	}
	return b.String()
}

// MosquittoSub subscribes to a topic filter over MQTT.
func (g Gateway) MosquittoSub(filter string) string {
	return "mosquitto_sub" + g.mqtt() + " -t " + Quote(filter) + " -v"
}

// Speaks reports whether coap-client reaches listeners of a scheme; Debian's has no WebSockets.
func Speaks(scheme string) bool { return scheme == "coap" || scheme == "coap+tcp" }

// coap is what the URIs of CoAP begin with.
func (g Gateway) coap() string {
	scheme := g.Scheme
	if scheme == "" {
		scheme = "coap"
	}
	if g.CoAP == "" {
		return scheme + "://127.0.0.1:5683"
	}
	return scheme + "://" + reachable(g.CoAP)
}

func (g Gateway) mqtt() string {
	if g.MQTT == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(reachable(g.MQTT))
	if err != nil {
		return ""
	}
	return " -h " + Quote(host) + " -p " + port
}

// resource is the URI of a topic under /ps; every level is escaped by itself.
func (g Gateway) resource(topic string) string {
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		levels[i] = url.PathEscape(level)
	}
	return g.coap() + "/ps/" + strings.Join(levels, "/")
}

// escapeQuery escapes one part of a query. CoAP knows no plus sign for a space.
func escapeQuery(part string) string {
	return strings.ReplaceAll(url.PathEscape(part), "&", "%26")
}

// reachable replaces an address that listens on everything by one that can be asked from this machine.
func reachable(hostport string) string {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	switch ip := net.ParseIP(host); {
	case host == "" || ip != nil && ip.IsUnspecified() && ip.To4() != nil:
		host = "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port)
}

// Quote writes s as one shell word. Double quotes are preferred because they also work outside POSIX shells.
func Quote(s string) string {
	if s != "" && strings.IndexFunc(s, special) < 0 {
		return s
	}
	return quoteData(s)
}

func quoteData(s string) string {
	if !strings.ContainsAny(s, "\"$`\\!\r\n\t") {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func special(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_./:@%+,", r)
}

// printable reports whether b can stand in an argument as it is.
func printable(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// octal writes b as a format of printf(1); octal escapes are the ones every shell knows.
func octal(b []byte) string {
	var s strings.Builder
	s.WriteByte('\'')
	for _, c := range b {
		fmt.Fprintf(&s, `\%03o`, c)
	}
	s.WriteByte('\'')
	return s.String()
}
