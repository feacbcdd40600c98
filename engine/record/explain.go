package record

import (
	"fmt"
	"strings"
)

// explain says more of the field that was added last.
func (d *decoder) explain(format string, args ...any) {
	d.m.Fields[len(d.m.Fields)-1].Explain = fmt.Sprintf(format, args...)
}

const tokenExplained = "chosen by the client; joins a response with its request"

// typeMeanings are what the types of messages are for (RFC 7252, section 4).
var typeMeanings = [4]string{
	"the receiver acknowledges or resets it", "nobody acknowledges it", "it acknowledges the CON with the same message ID",
	"the message with the same message ID could not be handled",
}

// codeClasses are the classes of codes (RFC 7252, section 3; RFC 8323, section 5.1).
var codeClasses = [8]string{0: "a request", 2: "success", 4: "a mistake of the client", 5: "a failure of the server", 7: "signaling"}

func codeExplained(code byte) string {
	class := codeClasses[code>>5]
	switch {
	case code == 0:
		class = "an empty message"
	case class == "":
		class = "reserved"
	}
	return fmt.Sprintf("class %d in the upper 3 bits %03b: %s; detail %02d in the lower 5 bits %05b", code>>5, code>>5, class, code&0x1f, code&0x1f)
}

// repeatable are the options that may come several times (RFC 7252, section 5.10, table 4; RFC 9175, section 3.2).
var repeatable = map[int]bool{1: true, 4: true, optionLocationPath: true, optionURIPath: true, optionURIQuery: true, optionLocationQuery: true,
	optionQBlock2: true, 292: true}

// optionProperties tells what the bits of an option's number say (RFC 7252, section 5.4.6).
func optionProperties(number int) string {
	properties := []string{"elective: who does not know it ignores it"}
	if number&1 != 0 {
		properties[0] = "critical: who does not know it refuses the message"
	}
	switch {
	case number&2 != 0:
		properties = append(properties, "unsafe to forward")
	case number&0x1e == 0x1c:
		properties = append(properties, "safe to forward", "no part of the cache key")
	default:
		properties = append(properties, "safe to forward", "part of the cache key")
	}
	if repeatable[number] {
		properties = append(properties, "repeatable")
	}
	return strings.Join(properties, "; ")
}

// explainOption tells how an option is written and what it means beyond its value.
func (c *coapDecoder) explainOption(number, previous int, value []byte, start, valueAt int) {
	head := fmt.Sprintf("number %d = %d + delta %d; length %d", number, previous, number-previous, len(value))
	if extra := valueAt - start - 1; extra > 0 {
		head += fmt.Sprintf(", with %s of extended delta or length", count(extra))
	}
	switch number {
	case optionBlock1, optionBlock2, optionQBlock1, optionQBlock2:
		if v, ok := uintValue(value); ok && c.signal == 0 {
			head += "; " + blockBits(v, c.stream)
		}
	}
	properties := optionProperties(number)
	if c.signal != 0 { // numbers of signaling options have no such bits but the lowest (RFC 8323, section 5.2)
		properties, _, _ = strings.Cut(properties, ";")
	}
	c.explain("%s. %s", head, properties)
}

// blockBits tells the parts of a Block option (RFC 7959, section 2.2).
func blockBits(v uint32, stream bool) string {
	num, more, szx := v>>4, v>>3&1, v&7
	text := fmt.Sprintf("NUM %d, M %d, SZX %d", num, more, szx)
	switch {
	case szx < 7:
		text += fmt.Sprintf(": from byte %d of the body on", uint64(num)<<(4+szx))
	case stream:
		text += fmt.Sprintf(": several blocks of 1024 bytes, from byte %d of the body on", uint64(num)<<10)
	}
	return text
}
