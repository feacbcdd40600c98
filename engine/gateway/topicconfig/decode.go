package topicconfig

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/fxamacker/cbor/v2"
)

const (
	// MaxSize bounds an encoded configuration in bytes.
	MaxSize = 64 << 10
	// maxKeys bounds the array of keys that asks for a part of a configuration.
	maxKeys = 64
	// maxEpoch is the last second of the year 9999, the last that time.Time writes as a date.
	maxEpoch = 253402300799
)

// Errors of a configuration that say nothing of a single property.
var (
	ErrTooLarge = fmt.Errorf("a topic configuration is at most %d bytes long", MaxSize)
	errNotMap   = errors.New("a topic configuration is one CBOR map")
	errNotKeys  = errors.New("topic properties are asked for by one CBOR array of integer keys")
	errKeyType  = errors.New("the keys of a topic configuration are integers")
)

// CBOR major types (RFC 8949, section 3.1).
const (
	majorUnsigned = iota
	majorNegative
	majorBytes
	majorText
	majorArray
	majorMap
	majorTag
	majorSimple
)

var decoder = newDecoder()

func newDecoder() cbor.DecMode {
	d, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, MaxNestedLevels: 8, MaxArrayElements: maxKeys, MaxMapPairs: maxKeys,
		UTF8: cbor.UTF8RejectInvalid, BignumTag: cbor.BignumTagForbidden,
	}.DecMode()
	if err != nil {
		panic("topicconfig: " + err.Error()) // the options are constants
	}
	return d
}

func major(item []byte) int {
	if len(item) == 0 {
		return -1
	}
	return int(item[0] >> 5)
}

// Decode reads a map of topic properties. The error is a *Error if one property is to blame.
func Decode(b []byte) (Properties, error) {
	entries, err := decodeMap(b)
	if err != nil {
		return Properties{}, err
	}
	var p Properties
	for k := range keys {
		value, ok := entries[int64(k)]
		if !ok {
			continue
		}
		if err := p.set(k, value); err != nil {
			return Properties{}, err
		}
		p.Present |= 1 << k
		delete(entries, int64(k))
	}
	least, unknown := int64(math.MaxInt64), false
	for k := range entries {
		least, unknown = min(least, k), true
	}
	if unknown {
		return Properties{}, fmt.Errorf("topic property %d is not known", least)
	}
	return p, nil
}

// decodeMap reads one map with distinct integer keys.
func decodeMap(b []byte) (map[int64]cbor.RawMessage, error) {
	if len(b) > MaxSize {
		return nil, ErrTooLarge
	}
	if major(b) != majorMap || decoder.Wellformed(b) != nil {
		return nil, errNotMap
	}
	// The decoder takes a tagged integer, or a float that is whole, for an integer; the first byte of a key tells.
	if !integerKeys(b) {
		return nil, errKeyType
	}
	var entries map[int64]cbor.RawMessage
	if err := decoder.Unmarshal(b, &entries); err != nil {
		if _, twice := errors.AsType[*cbor.DupMapKeyError](err); twice {
			return nil, errors.New("a topic property is given twice")
		}
		return nil, fmt.Errorf("read a topic configuration: %w", err)
	}
	return entries, nil
}

// integerKeys reports whether all keys of a well-formed map are of an integer type.
func integerKeys(b []byte) bool {
	for rest := b[headSize(b[0]):]; len(rest) > 0 && rest[0] != 0xff; { // 0xff ends a map of indefinite length
		if m := major(rest); m != majorUnsigned && m != majorNegative {
			return false
		}
		for range 2 {
			var item cbor.RawMessage
			var err error
			if rest, err = decoder.UnmarshalFirst(rest, &item); err != nil {
				return false
			}
		}
	}
	return true
}

// headSize is the length of the head of a data item (RFC 8949, section 3).
func headSize(initial byte) int {
	if info := initial & 31; info >= 24 && info <= 27 {
		return 1 + 1<<(info-24)
	}
	return 1
}

// set decodes the value of one property.
func (p *Properties) set(k Key, value cbor.RawMessage) error {
	switch k {
	case TopicName:
		return text(k, value, &p.TopicName)
	case TopicData:
		return text(k, value, &p.TopicData)
	case ResourceType:
		return text(k, value, &p.ResourceType)
	case TopicType:
		return text(k, value, &p.TopicType)
	case ExpirationDate:
		return epoch(value, &p.ExpirationDate)
	case Initialize:
		if major(value) != majorBytes || decoder.Unmarshal(value, &p.Initialize) != nil {
			return wrong(k, "is not a byte string")
		}
		return nil
	}
	var n uint64
	if major(value) != majorUnsigned || decoder.Unmarshal(value, &n) != nil {
		return wrong(k, "is not an unsigned integer")
	}
	switch k {
	case TopicContentFormat:
		if n > math.MaxUint16 {
			return wrong(k, "is %d, more than a Content-Format can be", n)
		}
		p.TopicContentFormat = uint16(n)
	case MaxSubscribers:
		p.MaxSubscribers = uint32(min(n, math.MaxUint32))
	case ObserverCheck:
		if n == 0 {
			return wrong(k, "is 0")
		}
		p.ObserverCheck = uint32(min(n, math.MaxUint32))
	}
	return nil
}

func text(k Key, value cbor.RawMessage, to *string) error {
	if major(value) != majorText || decoder.Unmarshal(value, to) != nil {
		return wrong(k, "is not a text string")
	}
	return nil
}

// epoch reads an epoch-based date (RFC 8949, section 3.4.2).
func epoch(value cbor.RawMessage, to *time.Time) error {
	const problem = "is not a date: tag 1 with seconds since 1970, up to the year 9999"
	var tag cbor.RawTag
	if major(value) != majorTag || decoder.Unmarshal(value, &tag) != nil || tag.Number != 1 {
		return wrong(ExpirationDate, problem)
	}
	switch major(tag.Content) {
	case majorUnsigned:
		var n uint64
		if decoder.Unmarshal(tag.Content, &n) != nil || n > maxEpoch {
			return wrong(ExpirationDate, problem)
		}
		*to = time.Unix(int64(n), 0)
	case majorSimple:
		var f float64
		if !isFloat(tag.Content) || decoder.Unmarshal(tag.Content, &f) != nil || !(f >= 0 && f <= maxEpoch) {
			return wrong(ExpirationDate, problem)
		}
		whole, part := math.Modf(f)
		*to = time.Unix(int64(whole), int64(math.Round(part*1e9)))
	default:
		return wrong(ExpirationDate, problem)
	}
	return nil
}

func isFloat(item []byte) bool { return item[0] >= 0xf9 && item[0] <= 0xfb }

// DecodeKeys reads the array of keys that a part of a configuration is asked for with (section 2.5.2). Keys that are not
// known are left out: no topic has such a property.
func DecodeKeys(b []byte) (Set, error) {
	var all []cbor.RawMessage
	if len(b) > MaxSize || major(b) != majorArray || decoder.Unmarshal(b, &all) != nil {
		return 0, errNotKeys
	}
	var s Set
	for _, item := range all {
		switch major(item) {
		case majorUnsigned:
			var n uint64
			if decoder.Unmarshal(item, &n) != nil {
				return 0, errNotKeys
			}
			if n < uint64(keys) {
				s |= 1 << n
			}
		case majorNegative:
		default:
			return 0, errNotKeys
		}
	}
	return s, nil
}

// DecodeConfFilter reads what asked for a part of a configuration up to draft -20: a map with the array of keys under 9.
func DecodeConfFilter(b []byte) (Set, error) {
	entries, err := decodeMap(b)
	if err != nil {
		return 0, err
	}
	filter, ok := entries[confFilter]
	if !ok || len(entries) > 1 {
		return 0, errNotKeys
	}
	return DecodeKeys(filter)
}
