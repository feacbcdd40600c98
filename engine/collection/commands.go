package collection

import (
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/diagnostic"
	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// observeSeconds is how long a line observes, for clients that want to know.
const observeSeconds = "60"

// CoapClient writes a request as a coap-client line of libcoap 4.3, quoted for a POSIX shell, with the name that Debian
// gives the program. The error says what coap-client cannot send. Keys are not in it; a certificate is read from the files
// that "sluice certificates export" makes. A token is what coap-client 4.3 begins to count at.
func (p *Prepared) CoapClient() (string, error) {
	program := "coap-client-notls"
	var credentials []string
	switch p.Endpoint.Scheme {
	case "coaps":
		program = "coap-client-openssl"
		if identity, psk := strings.CutPrefix(p.Identity, "psk:"); psk {
			program, credentials = "coap-client-gnutls", []string{"-u", identity, "-k", "its pre-shared key"}
		} else if p.Identity != "" {
			credentials = []string{"-c", p.Identity + ".pem", "-j", p.Identity + ".key", "-R", "ca.pem"}
		}
	case "coap+ws":
		return "", mistakes.New("coap-client speaks no WebSockets as Debian and Ubuntu build it")
	}
	if p.Verb == Ping {
		return "", mistakes.New("coap-client sends no single ping")
	}
	line := append([]string{program, "-m", strings.ToLower(string(p.Verb))}, credentials...)
	c := &p.Client
	if p.Observes {
		line = append(line, "-s", observeSeconds)
	}
	if c.NonConfirmable {
		line = append(line, "-N")
	}
	if len(c.Token) > 0 {
		if slices.Contains(c.Token, 0) {
			return "", mistakes.New("coap-client takes no token with a zero byte")
		}
		line = append(line, "-T", string(c.Token))
	}
	if c.BlockSize > 0 {
		line = append(line, "-b", strconv.Itoa(c.BlockSize))
	}
	if seconds := int(c.Timeout.Seconds()); seconds > 0 {
		line = append(line, "-B", strconv.Itoa(seconds))
	}
	uri, rest := p.uriAndRest()
	for _, o := range rest {
		value, ok := uintOf(o.Value)
		switch plain := ok && string(uintBytes(value)) == string(o.Value); {
		case plain && o.ID == message.ContentFormat:
			line = append(line, "-t", strconv.FormatUint(value, 10))
		case plain && o.ID == message.Accept:
			line = append(line, "-A", strconv.FormatUint(value, 10))
		default:
			line = append(line, "-O", fmt.Sprintf("%d,%s", o.ID, optionArgument(o)))
		}
	}
	if len(c.Payload) > 0 {
		line = append(line, "-e", escape(string(c.Payload), " !\"#$&'()*+,/:;<=>?@[\\]^`{|}"))
	}
	return commandLine(append(line, uri)...), nil
}

// optionArgument is the value of a string option as it is, of others as 0x and hexadecimal.
func optionArgument(o message.Option) string {
	text := string(o.Value)
	if optionsByNumber[int(o.ID)].Format == record.StringOption && text != "" && !strings.HasPrefix(text, "0x") && readable(o.Value) {
		return text
	}
	return "0x" + hex.EncodeToString(o.Value)
}

// uriAndRest writes the options that a URI can say as one, and returns the others.
func (p *Prepared) uriAndRest() (uri string, rest message.Options) {
	var path, query []string
	for _, o := range p.Client.Options {
		switch o.ID {
		case message.URIPath:
			path = append(path, escape(string(o.Value), ":@!$&'()*+,;="))
		case message.URIQuery:
			query = append(query, escape(string(o.Value), "/:@!$'()*+,;?="))
		case message.URIHost:
			if host, _, _ := strings.Cut(p.Endpoint.HostPort, ":"); !strings.EqualFold(host, string(o.Value)) {
				rest = append(rest, o)
			}
		default:
			rest = append(rest, o)
		}
	}
	if len(path) == 1 && path[0] == "" { // to a URI it is no path (RFC 7252, section 6.4)
		path, rest = nil, append(rest, message.Option{ID: message.URIPath})
	}
	uri = p.Endpoint.Scheme + "://" + strings.TrimSuffix(p.Endpoint.HostPort, ":"+defaultPorts[p.Endpoint.Scheme])
	if len(path) > 0 || len(query) > 0 {
		uri += "/" + strings.Join(path, "/")
	}
	if len(query) > 0 {
		uri += "?" + strings.Join(query, "&")
	}
	return uri, rest
}

// AiocoapClient writes a request as an aiocoap-client line, quoted for a POSIX shell. The error says what aiocoap-client
// cannot send.
func (p *Prepared) AiocoapClient() (string, error) {
	c := &p.Client
	if p.Verb == Ping {
		return "", mistakes.New("aiocoap-client sends no ping")
	}
	line := []string{"aiocoap-client", "-m", string(p.Verb)}
	if c.NonConfirmable {
		line = append(line, "--non")
	}
	if c.EarlyNegotiation || c.BlockSize > 0 && len(c.Payload) > c.BlockSize {
		szx := 0
		for size := 16; size < c.BlockSize; size <<= 1 {
			szx++
		}
		line = append(line, "--payload-initial-szx", strconv.Itoa(szx))
	}
	if p.Observes {
		line = append(line, "--observe")
	}
	uri, rest := p.uriAndRest()
	format := ""
	for _, o := range rest {
		value, _ := uintOf(o.Value)
		switch o.ID {
		case message.ContentFormat:
			format = optionText(o)
			line = append(line, "--content-format", format)
		case message.Accept:
			line = append(line, "--accept", strconv.FormatUint(value, 10))
		case message.Observe:
			if value == 0 && !p.Observes {
				line = append(line, "--observe")
			}
		default:
			return "", mistakes.Errorf("aiocoap-client has no way to send %s", optionName(o.ID))
		}
	}
	if len(c.Token) > 0 {
		return "", mistakes.New("aiocoap-client chooses the token")
	}
	if len(c.Payload) > 0 {
		text := string(c.Payload)
		if strings.HasSuffix(format, "cbor") {
			// It reads diagnostic notation where the Content-Format is one of CBOR.
			notation, err := diagnostic.Write(c.Payload)
			if err != nil {
				return "", mistakes.Errorf("writing the payload: %w", err)
			}
			text = notation
		} else if !readable(c.Payload) || strings.HasPrefix(text, "@") {
			return "", mistakes.New("aiocoap-client takes a payload that is no text, or begins with @, from a file only")
		}
		line = append(line, "--payload", text)
	}
	return commandLine(append(line, uri)...), nil
}

// MosquittoPub writes a publishing request to /ps or /mqtt as a mosquitto_pub line, an observing one as mosquitto_sub, quoted for a POSIX shell, with the
// topic, QoS, retain flag, expiry and identity that the gateway makes of it; for host and port of the broker it has
// localhost and 1883. The error says why the request is none. The password is not in it.
func (p *Prepared) MosquittoPub() (string, error) { return p.MosquittoPubTo("localhost:1883") }

// MosquittoPubTo is MosquittoPub with host and port of the broker.
func (p *Prepared) MosquittoPubTo(broker string) (string, error) {
	host, port, err := net.SplitHostPort(broker)
	if err != nil {
		return "", mistakes.Errorf("reading the broker's address: %w", err)
	}
	var path []string
	query := map[string]string{}
	for _, o := range p.Client.Options {
		switch o.ID {
		case message.URIPath:
			path = append(path, string(o.Value))
		case message.URIQuery:
			name, value, _ := strings.Cut(string(o.Value), "=")
			query[name] = value
		}
	}
	if len(path) < 2 || path[0] != "ps" && path[0] != "mqtt" || path[0] == "mqtt" && path[1] == "connection" {
		return "", mistakes.New("the path is neither /ps/TOPIC nor /mqtt/TOPIC")
	}
	program := "mosquitto_pub"
	switch code := p.Client.Code; {
	case code == codes.GET && p.observes():
		program = "mosquitto_sub"
	case code != codes.POST && code != codes.PUT:
		return "", mistakes.Errorf("%s does not publish", p.Verb)
	}
	value := func(names ...string) string {
		for _, name := range names {
			if query[name] != "" {
				return query[name]
			}
		}
		return ""
	}
	line := []string{program, "-h", host, "-p", port, "-t", strings.Join(path[1:], "/")}
	if id := value("clientid", "c"); id != "" {
		line = append(line, "-i", id)
	}
	if name := value("username", "u"); name != "" {
		line = append(line, "-u", name)
	}
	if qos := value("qos", "q"); qos != "" && path[0] == "ps" {
		if qos != "0" && qos != "1" && qos != "2" {
			return "", mistakes.Errorf("the QoS %q is none of 0, 1 and 2", qos)
		}
		line = append(line, "-q", qos)
	}
	if program == "mosquitto_sub" {
		return commandLine(append(line, "-v")...), nil
	}
	if value("retain", "r") == "true" && path[0] == "ps" {
		line = append(line, "-r")
	}
	if seconds := value("expiry"); seconds != "" && path[0] == "ps" {
		line = append(line, "-V", "5", "-D", "publish", "message-expiry-interval", seconds)
	}
	switch payload := p.Client.Payload; {
	case len(payload) == 0:
		line = append(line, "-n")
	case readable(payload):
		line = append(line, "-m", string(payload))
	default:
		return fmt.Sprintf("printf %s | %s", quote(octal(payload)), commandLine(append(line, "-s")...)), nil
	}
	return commandLine(line...), nil
}

// observes reports whether the request begins an observation, by what it is told or by an option of its own.
func (p *Prepared) observes() bool {
	return p.Observes || slices.ContainsFunc(p.Client.Options, func(o message.Option) bool {
		value, ok := uintOf(o.Value)
		return o.ID == message.Observe && ok && value == 0
	})
}

// octal writes bytes for the format of printf.
func octal(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		fmt.Fprintf(&out, `\%03o`, c)
	}
	return out.String()
}
