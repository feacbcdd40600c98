package record

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

const (
	coapHeaderSize  = 4
	coapMaxToken    = 8
	payloadMarker   = 0xff
	typeConfirmable = 0
	typeNone        = 4 // of a message without types
)

var coapTypes = [4]struct{ short, long string }{
	{"CON", "confirmable"}, {"NON", "non-confirmable"}, {"ACK", "acknowledgement"}, {"RST", "reset"},
}

// coapDecoder is what is gathered while the options of a message are read.
type coapDecoder struct {
	*decoder
	request bool
	stream  bool // of RFC 8323
	signal  byte // the code of a signaling message; 0: it is none
	path    strings.Builder
	query   strings.Builder
	target  string // of Location-Path and Location-Query
}

// coap decodes one RFC 7252 message.
func (d *decoder) coap(outgoing bool) {
	b := d.data
	if len(b) < coapHeaderSize {
		d.field("Bytes", count(len(b)), 0, len(b), "RFC 7252, 3")
		d.fail(len(b), "a message has at least %d bytes, this has %d", coapHeaderSize, len(b))
		return
	}
	version, typ, tokenLength := b[0]>>6, b[0]>>4&3, int(b[0]&0x0f)
	d.m.Type = coapTypes[typ].short
	d.m.Code = coapCode(b[1], typ)
	mid := int(b[2])<<8 | int(b[3])
	d.m.MID = strconv.Itoa(mid)

	d.field("Version", strconv.Itoa(int(version)), 0, 1, "RFC 7252, 3")
	d.explain(bits(7, 6, version, 2))
	d.field("Type", coapTypes[typ].short+", "+coapTypes[typ].long, 0, 1, "RFC 7252, 4")
	d.explain(bits(5, 4, typ, 2), Phrase{Text: typeMeanings[typ]})
	d.field("Token length", count(tokenLength), 0, 1, "RFC 7252, 3")
	d.explain(bits(3, 0, byte(tokenLength), 4), Phrase{Text: phraseTokenLengths})
	d.field("Code", coapCodeField(b[1]), 1, 1, coapCodeSection(b[1]))
	d.explain(codeExplained(b[1])...)
	d.field("Message ID", fmt.Sprintf("%d (0x%04x)", mid, mid), 2, 2, "RFC 7252, 4.4")
	d.explain(plain(phraseMessageID, phraseJoins)...)

	switch class := b[1] >> 5; {
	case version != 1:
		d.fail(0, "version %d is unknown, 1 is meant", version)
	case tokenLength > coapMaxToken:
		d.fail(0, "token length %d is reserved", tokenLength)
	case len(b) < coapHeaderSize+tokenLength:
		d.fail(len(b), "the message ends inside the token")
	case b[1] == 0 && len(b) > coapHeaderSize:
		d.fail(coapHeaderSize, "an empty message has nothing behind the message ID")
	case class == 1 || class == 3 || class >= 6:
		d.fail(1, "code class %d is reserved", class)
	}
	at := coapHeaderSize
	if d.m.Err == "" && tokenLength > 0 {
		d.m.Token = hex.EncodeToString(b[at : at+tokenLength])
		d.field("Token", d.m.Token, at, tokenLength, "RFC 7252, 5.3.1")
		d.explain(plain(phraseToken, phraseTokenJoins)...)
		at += tokenLength
	}
	if d.m.Err != "" {
		d.rest(at)
		return
	}
	c := coapDecoder{decoder: d, request: b[1]>>5 == 0}
	if at, ok := c.options(at); ok {
		d.payload(at, len(b), "RFC 7252, 5.5")
		if outgoing {
			d.hideConnectionToken(b[1])
		}
	} else {
		d.rest(at)
	}
	c.finish()
}

// rest shows bytes that could not be parsed as one field.
func (d *decoder) rest(at int) {
	if at < len(d.data) {
		d.field("Not parsed", count(len(d.data)-at), at, len(d.data)-at, "")
		d.hideRest(at)
	}
}

// finish puts the resource together.
func (c *coapDecoder) finish() {
	resource := ""
	if c.request {
		resource = c.path.String()
		if resource == "" && c.m.Code != "Ping" && c.m.Code != "Empty" {
			resource = "/"
		}
		resource += c.query.String()
	}
	if c.target != "" {
		c.detail("location " + c.target)
	}
	c.decoder.finish(resource)
}

// hideConnectionToken masks the payload of the answer to a created connection: decimal digits in a 2.01 without
// options are the token that EMQX's gateway, and Sluice, hand out.
func (d *decoder) hideConnectionToken(code byte) {
	const created, maxDigits = 0x41, 20
	p := d.m.Payload
	if code != created || len(p) == 0 || len(p) > maxDigits || strings.Trim(string(p), "0123456789") != "" {
		return
	}
	d.mask(d.m.PayloadOffset, d.m.PayloadOffset+len(p))
	d.m.Payload, d.m.PayloadPreview = nil, masked
	d.m.Fields[len(d.m.Fields)-1].Value = masked + " (connection token)"
}

// options reads options and the payload marker from at on; it returns where the payload begins, or where it stopped.
func (c *coapDecoder) options(at int) (end int, ok bool) {
	r := reader{data: c.data, at: at}
	number := 0
	for r.left() > 0 {
		start := r.at
		first, _ := r.byte()
		if first == payloadMarker {
			if r.left() == 0 {
				c.fail(start, "nothing follows the payload marker")
				return start, false
			}
			c.field("Payload marker", "0xff", start, 1, "RFC 7252, 3")
			c.explain(plain(phraseMarker, phrasePayload)...)
			return r.at, true
		}
		delta, ok := c.extended(&r, int(first>>4), "delta")
		if !ok {
			return start, false
		}
		length, ok := c.extended(&r, int(first&0x0f), "length")
		if !ok {
			return start, false
		}
		if number += delta; number > 0xffff {
			c.fail(start, "option number %d is above 65535", number)
			return start, false
		}
		valueAt := r.at
		value, ok := r.bytes(length)
		if !ok {
			c.fail(start, "option %s has %s, %d are left", optionName(number), count(length), r.left())
			return start, false
		}
		c.option(number, value, start, valueAt)
		c.explainOption(number, number-delta, value, start, valueAt)
	}
	return r.at, true
}

// extended reads the rest of an option delta or length (RFC 7252, section 3.1).
func (c *coapDecoder) extended(r *reader, nibble int, what string) (int, bool) {
	start := r.at - 1
	switch nibble {
	case 13:
		if b, ok := r.byte(); ok {
			return int(b) + 13, true
		}
	case 14:
		if v, ok := r.uint16(); ok {
			return v + 269, true
		}
	case 15:
		c.fail(start, "option %s 15 is reserved", what)
		return 0, false
	default:
		return nibble, true
	}
	c.fail(start, "the message ends inside the option %s", what)
	return 0, false
}

// option explains one option and notes what the resource is made of.
func (c *coapDecoder) option(number int, value []byte, start, valueAt int) {
	if c.signal != 0 {
		c.signalOption(number, value, start, valueAt)
		return
	}
	text := c.optionValue(number, value, valueAt)
	o := options[number]
	if o.name != "" && (len(value) < o.min || len(value) > o.max) {
		text += fmt.Sprintf(" (%s, the option has %s)", count(len(value)), lengths(o.min, o.max))
	}
	section := o.section
	if section == "" {
		section = "RFC 7252, 5.4.6"
	}
	c.field(optionName(number), text, start, valueAt+len(value)-start, section)
	switch number {
	case optionURIPath:
		c.path.WriteString("/" + segment(value))
	case optionURIQuery:
		separator := "&"
		if c.query.Len() == 0 {
			separator = "?"
		}
		c.query.WriteString(separator + text)
	case optionLocationPath:
		c.target += "/" + segment(value)
	case optionLocationQuery:
		separator := "&"
		if !strings.Contains(c.target, "?") {
			separator = "?"
		}
		c.target += separator + text
	case optionContentFormat:
		if v, ok := uintValue(value); ok {
			c.m.ContentFormat = int(v)
		}
	case optionObserve:
		value, _, _ := strings.Cut(text, " ")
		c.detail("observe " + value)
	case optionBlock1, optionBlock2, optionQBlock1, optionQBlock2:
		if v, ok := uintValue(value); ok {
			text = c.shortBlock(v)
		}
		c.detail(strings.ToLower(o.name) + " " + text)
	}
}

// segment writes a path segment so that a slash in it is told from one between segments.
func segment(value []byte) string {
	return printable(strings.ReplaceAll(string(value), "/", "%2F"))
}

// optionValue writes the value of an option for people.
func (c *coapDecoder) optionValue(number int, value []byte, at int) string {
	switch number {
	case optionURIQuery, optionLocationQuery:
		return c.hideQuery(string(value), at)
	case optionProxyURI:
		uri, query, found := strings.Cut(string(value), "?")
		if !found {
			return printable(uri)
		}
		return printable(uri) + "?" + c.hideQuery(query, at+len(uri)+1)
	}
	switch options[number].format {
	case formatEmpty:
		return hex.EncodeToString(value)
	case formatString:
		return printable(string(value))
	case formatUint:
		v, ok := uintValue(value)
		if !ok {
			return hex.EncodeToString(value)
		}
		return c.uintText(number, v)
	}
	return hex.EncodeToString(value)
}

// uintText explains the number in a uint option.
func (c *coapDecoder) uintText(number int, v uint32) string {
	plain := strconv.FormatUint(uint64(v), 10)
	switch number {
	case optionContentFormat, optionAccept:
		if name := contentFormats[int(v)]; name != "" {
			return plain + " " + name
		}
	case optionBlock1, optionBlock2, optionQBlock1, optionQBlock2:
		return c.blockText(v)
	case optionMaxAge:
		return plain + " s"
	case optionSize1, optionSize2:
		return count(int(v))
	case optionObserve:
		if c.request && v < 2 {
			return plain + [2]string{" (register)", " (deregister)"}[v]
		}
	case optionNoResponse:
		return plain + noResponseText(v)
	}
	return plain
}

// blockText explains a Block option (RFC 7959, section 2.2; RFC 8323, section 6).
func (c *coapDecoder) blockText(v uint32) string {
	more, size := "last", c.blockSize(v)
	if v&8 != 0 {
		more = "more"
	}
	switch size {
	case "":
		size = "reserved size"
	case bert:
	default:
		size += " bytes"
	}
	return fmt.Sprintf("%d (%s, %s)", v>>4, more, size)
}

// shortBlock is a Block option as RFC 7959, section 3, writes it: number, more, and size.
func (c *coapDecoder) shortBlock(v uint32) string {
	return fmt.Sprintf("%d/%d/%s", v>>4, v>>3&1, cmp.Or(c.blockSize(v), "7"))
}

// bert stands for the size of blocks of any number of kilobytes (RFC 8323, section 6).
const bert = "BERT"

// blockSize is the size in a Block option, empty for the reserved one.
func (c *coapDecoder) blockSize(v uint32) string {
	switch szx := v & 7; {
	case szx < 7:
		return strconv.Itoa(16 << szx)
	case c.stream:
		return bert
	}
	return ""
}

// noResponseText names the classes of responses that a request does not want (RFC 7967, section 2.1).
func noResponseText(v uint32) string {
	if v == 0 {
		return " (all responses wanted)"
	}
	var classes []string
	for class := 2; class <= 5; class++ {
		if v&(1<<(class-1)) != 0 {
			classes = append(classes, strconv.Itoa(class)+".xx")
		}
	}
	return " (no " + strings.Join(classes, ", ") + ")"
}

// uintValue reads an option value in uint format (RFC 7252, section 3.2).
func uintValue(b []byte) (uint32, bool) {
	if len(b) > 4 {
		return 0, false
	}
	v := uint32(0)
	for _, c := range b {
		v = v<<8 | uint32(c)
	}
	return v, true
}

func lengths(least, most int) string {
	switch {
	case least == most:
		return strconv.Itoa(least)
	case least == 0:
		return "at most " + strconv.Itoa(most)
	default:
		return fmt.Sprintf("%d to %d", least, most)
	}
}
