package record

import "strconv"

// optionFormat is how an option value is to be read (RFC 7252, section 3.2).
type optionFormat uint8

const (
	formatOpaque optionFormat = iota
	formatEmpty
	formatUint
	formatString
)

// optionInfo is an option of the registry (RFC 7252, section 12.2).
type optionInfo struct {
	name     string
	format   optionFormat
	min, max int // bytes
	section  string
}

const (
	optionObserve       = 6
	optionLocationPath  = 8
	optionURIPath       = 11
	optionContentFormat = 12
	optionMaxAge        = 14
	optionURIQuery      = 15
	optionAccept        = 17
	optionQBlock1       = 19
	optionLocationQuery = 20
	optionBlock2        = 23
	optionBlock1        = 27
	optionSize2         = 28
	optionQBlock2       = 31
	optionProxyURI      = 35
	optionSize1         = 60
	optionNoResponse    = 258
)

var options = map[int]optionInfo{
	1:                   {"If-Match", formatOpaque, 0, 8, "RFC 7252, 5.10.8.1"},
	3:                   {"Uri-Host", formatString, 1, 255, "RFC 7252, 5.10.1"},
	4:                   {"ETag", formatOpaque, 1, 8, "RFC 7252, 5.10.6"},
	5:                   {"If-None-Match", formatEmpty, 0, 0, "RFC 7252, 5.10.8.2"},
	optionObserve:       {"Observe", formatUint, 0, 3, "RFC 7641, 2"},
	7:                   {"Uri-Port", formatUint, 0, 2, "RFC 7252, 5.10.1"},
	optionLocationPath:  {"Location-Path", formatString, 0, 255, "RFC 7252, 5.10.7"},
	9:                   {"OSCORE", formatOpaque, 0, 255, "RFC 8613, 2"},
	optionURIPath:       {"Uri-Path", formatString, 0, 255, "RFC 7252, 5.10.1"},
	optionContentFormat: {"Content-Format", formatUint, 0, 2, "RFC 7252, 5.10.3"},
	optionMaxAge:        {"Max-Age", formatUint, 0, 4, "RFC 7252, 5.10.5"},
	optionURIQuery:      {"Uri-Query", formatString, 0, 255, "RFC 7252, 5.10.1"},
	16:                  {"Hop-Limit", formatUint, 1, 1, "RFC 8768, 3"},
	optionAccept:        {"Accept", formatUint, 0, 2, "RFC 7252, 5.10.4"},
	optionQBlock1:       {"Q-Block1", formatUint, 0, 3, "RFC 9177, 4.1"},
	optionLocationQuery: {"Location-Query", formatString, 0, 255, "RFC 7252, 5.10.7"},
	21:                  {"EDHOC", formatEmpty, 0, 0, "RFC 9668, 3.1"},
	optionBlock2:        {"Block2", formatUint, 0, 3, "RFC 7959, 2.1"},
	optionBlock1:        {"Block1", formatUint, 0, 3, "RFC 7959, 2.1"},
	optionSize2:         {"Size2", formatUint, 0, 4, "RFC 7959, 4"},
	optionQBlock2:       {"Q-Block2", formatUint, 0, 3, "RFC 9177, 4.1"},
	optionProxyURI:      {"Proxy-Uri", formatString, 1, 1034, "RFC 7252, 5.10.2"},
	39:                  {"Proxy-Scheme", formatString, 1, 255, "RFC 7252, 5.10.2"},
	optionSize1:         {"Size1", formatUint, 0, 4, "RFC 7252, 5.10.9"},
	252:                 {"Echo", formatOpaque, 1, 40, "RFC 9175, 2.2"},
	optionNoResponse:    {"No-Response", formatUint, 0, 1, "RFC 7967, 2"},
	292:                 {"Request-Tag", formatOpaque, 0, 8, "RFC 9175, 3.2"},
}

// optionName names an option; one that is not registered by its number, and whether it is critical.
func optionName(number int) string {
	if o, known := options[number]; known {
		return o.name
	}
	return unknownOption(number)
}

func unknownOption(number int) string {
	kind := "elective"
	if number&1 == 1 {
		kind = "critical"
	}
	return "Option " + strconv.Itoa(number) + ", " + kind
}
