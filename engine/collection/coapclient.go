package collection

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/mistakes"
)

// isCoapClient matches the names that Debian and libcoap give to coap-client.
var isCoapClient = regexp.MustCompile(`^coap-client(-(notls|openssl|gnutls|mbedtls|tinydtls))?(\.exe)?$`)

// coapClientFlags are the options of coap-client 4.3, and whether they take a value.
var coapClientFlags = map[byte]bool{
	'a': true, 'b': true, 'e': true, 'f': true, 'l': true, 'm': true, 'o': true, 'p': true, 'r': false, 's': true, 't': true,
	'v': true, 'w': false, 'A': true, 'B': true, 'G': true, 'H': true, 'K': true, 'L': true, 'N': false, 'O': true, 'P': true,
	'T': true, 'U': false, 'X': true, 'h': true, 'k': true, 'u': true, 'c': true, 'j': true, 'n': false, 'C': true, 'J': true,
	'M': true, 'R': true, 'S': true, 'V': true, 'q': true,
}

// shortFormats are the names that coap-client has for Content-Formats besides media types.
var shortFormats = map[string]int{
	"plain": 0, "text": 0, "link": 40, "link-format": 40, "xml": 41, "binary": 42, "octet-stream": 42, "exi": 47, "json": 50, "cbor": 60,
}

// ReadCoapClient makes a request of a coap-client line of libcoap 4.3, such as
//
//	coap-client -m put -t json -e '{"t": 21}' 'coap://[::1]/mqtt/a?c=lamp-3'
//
// notes say which parts of the line it has no place for, such as keys, which belong to an identity and are not written
// into requests.
func ReadCoapClient(line string) (r *Request, notes []error, err error) {
	input, hasInput := "", false
	if before, after, found := cutPipe(line); found {
		if input, err = piped(before); err != nil {
			return nil, nil, err
		}
		line, hasInput = after, true
	}
	all, err := words(strings.TrimPrefix(strings.TrimSpace(line), "$ "))
	if err != nil {
		return nil, nil, err
	}
	if !utf8.ValidString(line) {
		return nil, nil, mistakes.New("the line is not UTF-8")
	}
	if len(all) == 0 || !isCoapClient.MatchString(path.Base(strings.ReplaceAll(all[0], `\`, "/"))) {
		return nil, nil, mistakes.New("the line does not begin with coap-client")
	}
	c := &coapClientLine{request: &Request{Verb: GET}, input: input, hasInput: hasInput}
	if err := c.read(all[1:]); err != nil {
		return nil, nil, err
	}
	if err := c.finish(); err != nil {
		return nil, nil, err
	}
	return c.request, c.notes, nil
}

// coapClientLine reads the arguments of coap-client.
type coapClientLine struct {
	request *Request
	uri     string
	notes   []error
	tcp     bool // -r

	input    string // of the command before the |
	hasInput bool
}

func (c *coapClientLine) note(format string, args ...any) {
	c.notes = append(c.notes, mistakes.Errorf(format, args...))
}

// read takes flags in any place, joined or apart, as getopt does.
func (c *coapClientLine) read(arguments []string) error {
	for i := 0; i < len(arguments); i++ {
		a := arguments[i]
		if a == "--" || len(a) < 2 || a[0] != '-' {
			if a == "--" {
				continue
			}
			if c.uri != "" {
				return mistakes.Errorf("there are two URIs: %s and %s", c.uri, a)
			}
			c.uri = a
			continue
		}
		for j := 1; j < len(a); j++ {
			takes, known := coapClientFlags[a[j]]
			if !known {
				return mistakes.Errorf("coap-client has no option -%c", a[j])
			}
			value := ""
			if takes {
				if value = a[j+1:]; value == "" {
					if i++; i == len(arguments) {
						return mistakes.Errorf("-%c needs a value", a[j])
					}
					value = arguments[i]
				}
			}
			if err := c.flag(a[j], value); err != nil {
				return mistakes.Errorf("-%c %s: %w", a[j], value, err)
			}
			if takes {
				break
			}
		}
	}
	return nil
}

func (c *coapClientLine) flag(name byte, value string) error {
	r := c.request
	switch name {
	case 'm':
		for method := range methods {
			if strings.EqualFold(string(method), value) {
				r.Verb = method
				return nil
			}
		}
		return mistakes.New("is no method")
	case 'N':
		r.Settings.Type = "NON"
	case 'e':
		text, err := url.PathUnescape(value)
		if err != nil {
			text = value
		}
		r.Payload = payloadOf(text)
	case 'f':
		if value == "-" && c.hasInput {
			r.Payload = payloadOf(c.input)
			return nil
		}
		if value == "-" {
			return mistakes.New("there is no standard input here; name a file")
		}
		r.Payload = Payload{Kind: FilePayload, Path: value}
	case 't', 'A':
		return c.format(map[byte]string{'t': "Content-Format", 'A': "Accept"}[name], value)
	case 'O':
		return c.option(value)
	case 'T':
		if value == "" || len(value) > 8 {
			return mistakes.New("a token has 1 to 8 bytes")
		}
		r.Settings.Token = "0x" + hex.EncodeToString([]byte(value))
	case 'b':
		return c.block(value)
	case 's':
		if _, err := strconv.ParseUint(value, 10, 31); err != nil {
			return mistakes.New("is no number of seconds")
		}
		r.Observe = "observation"
		c.note("-s %s: the request begins an observation; CANCEL ends it", value)
	case 'B':
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil || seconds == 0 {
			return mistakes.New("is no number of seconds")
		}
		r.Settings.Timeout = time.Duration(seconds) * time.Second
	case 'H':
		return c.add("Hop-Limit", value)
	case 'P':
		c.note("-P: send the request to %s", value)
	case 'k', 'h', 'c', 'j', 'C', 'J', 'M', 'R', 'S':
		c.note("-%c: keys and certificates belong to an identity", name)
	case 'u':
		c.note("-u %s: keys and certificates belong to an identity", value)
	case 'r':
		c.tcp = true
	case 'w', 'v', 'V', 'o', 'q', 'n':
	default:
		c.note("-%c is not taken", name)
	}
	return nil
}

// payloadOf is a payload as text, or in hexadecimal where a file cannot hold that text.
func payloadOf(text string) Payload {
	if !utf8.ValidString(text) || strings.ContainsAny(text, "\r") || strings.HasSuffix(text, "\n") {
		return Payload{Kind: HexPayload, Text: hex.EncodeToString([]byte(text))}
	}
	return Payload{Kind: TextPayload, Text: text}
}

func (c *coapClientLine) format(option, value string) error {
	if number, known := shortFormats[value]; known {
		value = strconv.Itoa(number)
	}
	return c.add(option, value)
}

// add adds an option in whose value nothing is a variable.
func (c *coapClientLine) add(option, value string) error {
	encoded, err := Option{option, value}.encode()
	if err != nil {
		return err
	}
	c.request.Options = append(c.request.Options, DescribeOption(encoded))
	return nil
}

// option reads NUM,TEXT; text that begins with 0x is hexadecimal.
func (c *coapClientLine) option(value string) error {
	number, text, _ := strings.Cut(value, ",")
	n, err := strconv.ParseUint(number, 0, 16)
	if err != nil {
		return mistakes.New("is not NUMBER,TEXT")
	}
	raw := []byte(text)
	if digits, ok := cutPrefixFold(text, "0x"); ok {
		if raw, err = hex.DecodeString(digits); err != nil {
			return mistakes.New("is not hexadecimal after 0x")
		}
	}
	o := DescribeOption(message.Option{ID: message.OptionID(n), Value: raw})
	if encoded, err := o.encode(); err != nil || string(encoded.Value) != string(raw) || strings.ContainsAny(o.Value, "\r\n") || strings.TrimSpace(o.Value) != o.Value {
		return mistakes.New("cannot be written as an option of a request")
	}
	c.request.Options = append(c.request.Options, o)
	return nil
}

// block reads [NUM,]SIZE.
func (c *coapClientLine) block(value string) error {
	num, size, both := strings.Cut(value, ",")
	if !both {
		num, size = "0", value
	}
	n, err := strconv.Atoi(size)
	if err != nil || n < 16 || n > 1024 || n&(n-1) != 0 {
		return mistakes.New("is none of 16, 32, 64, 128, 256, 512 and 1024")
	}
	c.request.Settings.BlockSize, c.request.Settings.EarlyNegotiation = n, true
	if num == "0" {
		return nil
	}
	c.request.Settings.EarlyNegotiation = false
	return c.add("Block2", fmt.Sprintf("%s/0/%d", num, n))
}

// finish sees to the URI and to what the flags mean together.
func (c *coapClientLine) finish() error {
	r := c.request
	if c.uri == "" {
		return mistakes.New("there is no URI")
	}
	if strings.ContainsAny(c.uri, " \t{}\\") {
		return mistakes.Errorf("the URI %s has what has to be escaped", c.uri)
	}
	if rest, plain := strings.CutPrefix(c.uri, "coap://"); plain && c.tcp {
		c.uri = "coap+tcp://" + rest
	}
	if _, _, err := parseURI(c.uri); err != nil {
		return err
	}
	r.Target = c.uri
	if r.Payload.Kind == TextPayload {
		// Text that looks like a variable is none.
		r.Payload.Text = placeholder.ReplaceAllString(r.Payload.Text, `\$0`)
	}
	observes := r.Verb == GET || r.Verb == FETCH
	if !observes {
		r.Observe = ""
	}
	at := slices.IndexFunc(r.Options, func(o Option) bool { return strings.EqualFold(o.Name, "Observe") })
	if at >= 0 && r.Observe == "" && (r.Options[at].Value == "0" || r.Options[at].Value == "0x00") && observes {
		r.Observe = "observation"
	}
	if at >= 0 && r.Observe != "" && r.Options[at].Value == "0" {
		r.Options = slices.Delete(r.Options, at, at+1)
	}
	r.Title = string(r.Verb) + " " + c.uri
	return nil
}
