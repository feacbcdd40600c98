package gateway

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message"
)

// maxTopic is the longest topic MQTT can carry, in bytes (MQTT 5, section 1.5.4).
const maxTopic = 65535

var errTopic = errors.New("topic cannot be represented in MQTT")

// path returns the Uri-Path options of options, which are in order of number.
func path(options message.Options) message.Options {
	from := 0
	for from < len(options) && options[from].ID < message.URIPath {
		from++
	}
	to := from
	for to < len(options) && options[to].ID == message.URIPath {
		to++
	}
	return options[from:to]
}

// appendTopicEMQX5 appends the topic that the segments after "ps" mean to EMQX 5: joined with slashes, empty segments
// kept, and percent-decoded once more than CoAP does.
func appendTopicEMQX5(buf []byte, segments message.Options) ([]byte, error) {
	start := len(buf)
	for i := range segments {
		if i > 0 {
			buf = append(buf, '/')
		}
		buf = append(buf, segments[i].Value...)
	}
	if bytes.IndexByte(buf[start:], '%') >= 0 {
		decoded, err := percentDecode(buf[start:])
		if err != nil {
			return buf[:start], err
		}
		buf = buf[:start+len(decoded)]
	}
	return buf, checkTopic(buf[start:])
}

// appendTopicEMQX4 appends the topic that the segments after the prefix mean to EMQX 4: joined with slashes, an empty
// last segment dropped.
func appendTopicEMQX4(buf []byte, segments message.Options) ([]byte, error) {
	start := len(buf)
	if n := len(segments); n > 0 && len(segments[n-1].Value) == 0 {
		segments = segments[:n-1]
	}
	for i := range segments {
		if i > 0 {
			buf = append(buf, '/')
		}
		buf = append(buf, segments[i].Value...)
	}
	return buf, checkTopic(buf[start:])
}

// percentDecode decodes in place. A lone % at the end is literal; any other % needs two hexadecimal digits.
func percentDecode(b []byte) ([]byte, error) {
	n := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == '%' && i+1 < len(b) {
			if i+2 >= len(b) {
				return nil, errTopic
			}
			high, ok1 := hexDigit(b[i+1])
			low, ok2 := hexDigit(b[i+2])
			if !ok1 || !ok2 {
				return nil, errTopic
			}
			c = high<<4 | low
			i += 2
		}
		b[n] = c
		n++
	}
	return b[:n], nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// checkTopic refuses what would make an MQTT subscriber drop its connection (MQTT 5, section 1.5.4).
func checkTopic(topic []byte) error {
	if len(topic) > maxTopic || bytes.IndexByte(topic, 0) >= 0 || !utf8.Valid(topic) {
		return errTopic
	}
	return nil
}

// wild reports whether topic has characters that are wildcards in a filter.
func wild[T string | []byte](topic T) bool {
	for i := range len(topic) {
		if topic[i] == '+' || topic[i] == '#' {
			return true
		}
	}
	return false
}
