package record

import "strconv"

// codeName is a code of the registry (RFC 7252, section 12.1) and where it is defined.
type codeName struct{ name, section string }

var codeNames = map[byte]codeName{
	0x00: {"Empty", "RFC 7252, 4.1"},
	0x01: {"GET", "RFC 7252, 5.8.1"},
	0x02: {"POST", "RFC 7252, 5.8.2"},
	0x03: {"PUT", "RFC 7252, 5.8.3"},
	0x04: {"DELETE", "RFC 7252, 5.8.4"},
	0x05: {"FETCH", "RFC 8132, 2"},
	0x06: {"PATCH", "RFC 8132, 3"},
	0x07: {"iPATCH", "RFC 8132, 3"},
	0x41: {"Created", "RFC 7252, 5.9.1.1"},
	0x42: {"Deleted", "RFC 7252, 5.9.1.2"},
	0x43: {"Valid", "RFC 7252, 5.9.1.3"},
	0x44: {"Changed", "RFC 7252, 5.9.1.4"},
	0x45: {"Content", "RFC 7252, 5.9.1.5"},
	0x47: {"No Content", "not registered; EMQX, after an early pub/sub draft"},
	0x5f: {"Continue", "RFC 7959, 2.9.1"},
	0x80: {"Bad Request", "RFC 7252, 5.9.2.1"},
	0x81: {"Unauthorized", "RFC 7252, 5.9.2.2"},
	0x82: {"Bad Option", "RFC 7252, 5.9.2.3"},
	0x83: {"Forbidden", "RFC 7252, 5.9.2.4"},
	0x84: {"Not Found", "RFC 7252, 5.9.2.5"},
	0x85: {"Method Not Allowed", "RFC 7252, 5.9.2.6"},
	0x86: {"Not Acceptable", "RFC 7252, 5.9.2.7"},
	0x88: {"Request Entity Incomplete", "RFC 7959, 2.9.2"},
	0x89: {"Conflict", "RFC 8132, 4"},
	0x8c: {"Precondition Failed", "RFC 7252, 5.9.2.8"},
	0x8d: {"Request Entity Too Large", "RFC 7959, 2.9.3"},
	0x8f: {"Unsupported Content-Format", "RFC 7252, 5.9.2.10"},
	0x96: {"Unprocessable Entity", "RFC 8132, 4"},
	0x9d: {"Too Many Requests", "RFC 8516, 3"},
	0xa0: {"Internal Server Error", "RFC 7252, 5.9.3.1"},
	0xa1: {"Not Implemented", "RFC 7252, 5.9.3.2"},
	0xa2: {"Bad Gateway", "RFC 7252, 5.9.3.3"},
	0xa3: {"Service Unavailable", "RFC 7252, 5.9.3.4"},
	0xa4: {"Gateway Timeout", "RFC 7252, 5.9.3.5"},
	0xa5: {"Proxying Not Supported", "RFC 7252, 5.9.3.6"},
	0xa8: {"Hop Limit Reached", "RFC 8768, 4"},

	codeCSM:     {"CSM", "RFC 8323, 5.3"},
	codePing:    {"Ping", "RFC 8323, 5.4"},
	codePong:    {"Pong", "RFC 8323, 5.4"},
	codeRelease: {"Release", "RFC 8323, 5.5"},
	codeAbort:   {"Abort", "RFC 8323, 5.6"},
}

// dotted writes a code as the registry does, "2.05".
func dotted(code byte) string {
	detail := strconv.Itoa(int(code & 0x1f))
	if len(detail) < 2 {
		detail = "0" + detail
	}
	return strconv.Itoa(int(code>>5)) + "." + detail
}

// coapCode names a code in short: a method by its name alone, a response with its number.
func coapCode(code, typ byte) string {
	name := codeNames[code].name
	switch {
	case code == 0 && typ == typeConfirmable:
		return "Ping" // RFC 7252, section 4.3
	case name == "":
		return dotted(code)
	case code>>5 == 0:
		return name
	}
	return dotted(code) + " " + name
}

func coapCodeField(code byte) string {
	name := codeNames[code].name
	if name == "" {
		name = "unassigned"
	}
	return dotted(code) + " " + name
}

func coapCodeSection(code byte) string {
	if section := codeNames[code].section; section != "" {
		return section
	}
	return "RFC 7252, 12.1"
}
