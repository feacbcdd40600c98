package units

import (
	"strconv"
	"strings"

	"sluice/engine/broker"
	"sluice/engine/record"
)

// ContentFormat writes a Content-Format as its number with the media type, as far as that is known, without parameters and
// without application: 0 text/plain, 50 json.
func ContentFormat(number uint16) string {
	name, _, _ := strings.Cut(record.ContentFormatName(int(number)), ";")
	return strings.TrimSpace(strconv.Itoa(int(number)) + " " + strings.TrimPrefix(name, "application/"))
}

// DeclaredFormat is the Content-Format that a publisher declared, or the one of its MQTT Content Type; -1, which is
// payload.NoContentFormat, for none.
func DeclaredFormat(t broker.PayloadType) int {
	if number, ok := t.Number(); ok {
		return int(number)
	}
	return -1
}
