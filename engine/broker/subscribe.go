package broker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

var errMalformed = errors.New("malformed packet")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errMalformed}, args...)...)
}

// checkSubscribe reports why the body of a SUBSCRIBE (what follows the fixed header) is malformed. mochi 2.7.9 reads
// past the end of an MQTT 5 SUBSCRIBE whose last filter has no options, so none that is malformed may reach it. The
// properties are only stepped over: mochi checks them well.
func checkSubscribe(body []byte, version byte) error {
	if len(body) < 2 {
		return malformed("SUBSCRIBE without packet identifier")
	}
	rest := body[2:]
	if version >= 5 {
		length, n, err := variableByteInteger(rest)
		if err != nil || length > len(rest)-n {
			return malformed("SUBSCRIBE whose properties do not fit")
		}
		rest = rest[n+length:]
	}
	if len(rest) == 0 {
		return malformed("SUBSCRIBE without topic filter") // MQTT-3.8.3-2
	}
	for len(rest) > 0 {
		if len(rest) < 2 {
			return malformed("SUBSCRIBE ends inside a topic filter")
		}
		length := int(binary.BigEndian.Uint16(rest))
		if len(rest) < 2+length+1 {
			return malformed("SUBSCRIBE ends inside a topic filter or before its options")
		}
		if !utf8.Valid(rest[2 : 2+length]) {
			return malformed("SUBSCRIBE with a topic filter that is not UTF-8")
		}
		if err := checkOptions(rest[2+length], version); err != nil {
			return err
		}
		rest = rest[2+length+1:]
	}
	return nil
}

// checkOptions checks the subscription options (MQTT 5, section 3.8.3.1; MQTT 3.1.1, section 3.8.3).
func checkOptions(options, version byte) error {
	reserved := byte(0b1111_1100)
	if version >= 5 {
		reserved = 0b1100_0000
		if options>>4&3 == 3 {
			return malformed("SUBSCRIBE with retain handling 3")
		}
	}
	if options&reserved != 0 {
		return malformed("SUBSCRIBE with reserved bits set")
	}
	if options&3 == 3 {
		return malformed("SUBSCRIBE with QoS 3")
	}
	return nil
}

// variableByteInteger reads at most four bytes (MQTT 5, section 1.5.5) and returns how many they were.
func variableByteInteger(b []byte) (value, n int, err error) {
	for n < 4 {
		if n == len(b) {
			return 0, n, malformed("variable byte integer is cut short")
		}
		c := b[n]
		value |= int(c&0x7f) << (7 * n)
		n++
		if c&0x80 == 0 {
			return value, n, nil
		}
	}
	return 0, n, malformed("variable byte integer of more than four bytes")
}
