package coap

import (
	"errors"
	"slices"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
)

// Methods of RFC 8132, for which go-coap has no names.
const (
	FETCH  codes.Code = 0x05
	PATCH  codes.Code = 0x06
	IPATCH codes.Code = 0x07
)

// NoContent is 2.07, which EMQX sends from the early pub/sub drafts; it is not an IANA code.
const NoContent codes.Code = 0x47

// Option numbers that go-coap does not name.
const (
	hopLimit   message.OptionID = 16  // RFC 8768
	echo       message.OptionID = 252 // RFC 9175
	requestTag message.OptionID = 292 // RFC 9175
)

const (
	headerSize = 4
	// maxTokenLength is RFC 7252's; longer tokens (RFC 8974) are not accepted.
	maxTokenLength = 8
	// maxOptions bounds the options of one message; no request that means anything comes near it.
	maxOptions    = 512
	payloadMarker = 0xff
)

// incoming is a parsed datagram; its slices point into the datagram.
type incoming struct {
	typ       message.Type
	code      codes.Code
	messageID uint16
	token     message.Token
	options   message.Options
	payload   []byte
}

// Errors of parse. errSilent demands silence; errFormat a Reset for a Confirmable message (RFC 7252, section 4.2).
var (
	errSilent = errors.New("not a CoAP message of version 1")
	errFormat = errors.New("message format error")
)

// parse reads one datagram. m.options is reused. On errFormat typ and messageID are valid.
func (m *incoming) parse(b []byte) error {
	if len(b) < headerSize || b[0]>>6 != 1 {
		return errSilent
	}
	m.typ = message.Type(b[0] >> 4 & 3)
	m.code = codes.Code(b[1])
	m.messageID = uint16(b[2])<<8 | uint16(b[3])
	m.token, m.payload = nil, nil
	m.options = m.options[:0]
	tokenLength := int(b[0] & 0x0f)
	switch class := b[1] >> 5; {
	case tokenLength > maxTokenLength,
		class == 1 || class == 3 || class == 6 || class == 7,
		m.code == codes.Empty && len(b) > headerSize,
		len(b) < headerSize+tokenLength:
		return errFormat
	}
	m.token = message.Token(b[headerSize : headerSize+tokenLength])
	return m.parseOptions(b[headerSize+tokenLength:])
}

func (m *incoming) parseOptions(b []byte) error {
	n, err := m.options.Unmarshal(b, nil)
	for errors.Is(err, message.ErrOptionsTooSmall) && cap(m.options) < maxOptions {
		m.options = make(message.Options, 0, 2*cap(m.options)+16)
		n, err = m.options.Unmarshal(b, nil)
	}
	if err != nil {
		return errFormat
	}
	m.payload = b[n:]
	if len(m.payload) == 0 && n > 0 && b[n-1] == payloadMarker {
		// A marker with nothing behind it is an error, but an option may end in 0xff too: then it is cut short without
		// that byte.
		without := m.options[:0]
		if _, err := without.Unmarshal(b[:n-1], nil); err == nil {
			return errFormat
		}
	}
	return nil
}

// optionRule is what RFC 7252, section 5.10, and its successors say of an option.
type optionRule struct {
	min, max   int
	repeatable bool
}

// knownOptions are those a request may carry. A critical option that is not here is refused with 4.02.
var knownOptions = map[message.OptionID]optionRule{
	message.IfMatch:       {0, 8, true},
	message.URIHost:       {1, 255, false},
	message.ETag:          {1, 8, true},
	message.IfNoneMatch:   {0, 0, false},
	message.Observe:       {0, 3, false},
	message.URIPort:       {0, 2, false},
	message.LocationPath:  {0, 255, true},
	message.URIPath:       {0, 255, true},
	message.ContentFormat: {0, 2, false},
	message.MaxAge:        {0, 4, false},
	message.URIQuery:      {0, 255, true},
	hopLimit:              {0, 4, false}, // a proxy refuses what is out of range (RFC 8768, section 3)
	message.Accept:        {0, 2, false},
	message.LocationQuery: {0, 255, true},
	message.Block2:        {0, 4, false},
	message.Block1:        {0, 4, false},
	message.Size2:         {0, 4, false},
	message.ProxyURI:      {1, 1034, false},
	message.ProxyScheme:   {1, 255, false},
	message.Size1:         {0, 4, false},
	echo:                  {1, 40, false},
	message.NoResponse:    {0, 1, false},
	requestTag:            {0, 8, true},
}

func critical(id message.OptionID) bool { return id&1 == 1 }

func unsafeToForward(id message.OptionID) bool { return id&2 != 0 }

// forProxy reports whether a request is for a forward proxy.
func forProxy(options message.Options) bool {
	for i := range options {
		if id := options[i].ID; id == message.ProxyURI || id == message.ProxyScheme {
			return true
		}
	}
	return false
}

// optionPolicy is what of options is not the same everywhere.
type optionPolicy struct {
	bert    bool // the SZX of BERT may pass (RFC 8323, section 6)
	proxies bool // a request for a forward proxy may have unknown options that are safe to forward (RFC 7252, section 5.7.1)
}

// checkOptions enforces RFC 7252, sections 5.4.1, 5.4.3 and 5.4.5, on a request. It drops elective options that must be
// ignored and returns codes.Empty, or the code to refuse the request with.
func checkOptions(options *message.Options, policy optionPolicy) codes.Code {
	all, kept := *options, 0
	var previous message.OptionID
	for i := range all {
		o := &all[i]
		// Nearly every option is one of these two and needs no look at the rules.
		if (o.ID != message.URIPath && o.ID != message.URIQuery) || len(o.Value) > 255 {
			keep, code := checkOption(all, i, o.ID == previous, policy)
			if code != codes.Empty {
				return code
			}
			if !keep {
				previous = o.ID
				continue
			}
		}
		previous = o.ID
		if kept != i {
			all[kept] = *o
		}
		kept++
	}
	*options = all[:kept]
	return codes.Empty
}

// checkOption checks one of the options, which may have come just before, and reports whether it is to be kept.
func checkOption(options message.Options, at int, again bool, policy optionPolicy) (keep bool, refused codes.Code) {
	o := &options[at]
	rule, known := knownOptions[o.ID]
	malformed := known && (len(o.Value) < rule.min || len(o.Value) > rule.max)
	repeated := known && again && !rule.repeatable
	switch {
	case o.ID == message.Block1 || o.ID == message.Block2:
		if malformed || !policy.bert && badSZX(o.Value) {
			return false, codes.BadRequest
		}
		if repeated {
			return false, codes.BadOption
		}
	case known && !malformed && !repeated:
	case !known && policy.proxies && forProxy(options):
		if unsafeToForward(o.ID) {
			return false, codes.BadOption
		}
	case critical(o.ID):
		return false, codes.BadOption
	default:
		return false, codes.Empty
	}
	return true, codes.Empty
}

// uintValue reads a uint option value (RFC 7252, section 3.2).
func uintValue(b []byte) uint32 {
	var v uint32
	for _, c := range b {
		v = v<<8 | uint32(c)
	}
	return v
}

// appendUint appends a uint option value; zero is one zero byte if zeroAsByte, else nothing.
func appendUint(b []byte, v uint32, zeroAsByte bool) []byte {
	switch {
	case v == 0:
		if zeroAsByte {
			b = append(b, 0)
		}
	case v < 1<<8:
		b = append(b, byte(v))
	case v < 1<<16:
		b = append(b, byte(v>>8), byte(v))
	case v < 1<<24:
		b = append(b, byte(v>>16), byte(v>>8), byte(v))
	default:
		b = append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return b
}

// withOption returns options, which are in order, with one more in its place. They are copied.
func withOption(options message.Options, id message.OptionID, value []byte) message.Options {
	at := len(options)
	for at > 0 && options[at-1].ID > id {
		at--
	}
	return slices.Insert(slices.Clip(options), at, message.Option{ID: id, Value: value})
}

// outgoing is a message to encode.
type outgoing struct {
	typ       message.Type
	code      codes.Code
	messageID uint16
	token     message.Token
	options   message.Options
	payload   []byte
}

// append encodes m behind b.
func (m *outgoing) append(b []byte) []byte {
	b = append(b, 1<<6|byte(m.typ)<<4|byte(len(m.token)), byte(m.code), byte(m.messageID>>8), byte(m.messageID))
	b = append(b, m.token...)
	for {
		n, err := m.options.Marshal(b[len(b):cap(b)])
		if err == nil {
			b = b[:len(b)+n]
			break
		}
		if !errors.Is(err, message.ErrTooSmall) {
			// Options are written by this package and the handler; one that cannot be encoded is left out with
			// the rest rather than sent as garbage.
			break
		}
		b = append(make([]byte, 0, len(b)+n+1+len(m.payload)), b...)
	}
	if len(m.payload) > 0 {
		b = append(b, payloadMarker)
		b = append(b, m.payload...)
	}
	return b
}
