package topics

import (
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/broker"
	"sluice/ui/units"
	"sluice/ui/widget/payload"
)

// declaredLength is how many runes of an MQTT Content Type are shown; it may have 65,535 bytes.
const declaredLength = 48

// declared is what a publisher said that its payload is; empty where it said nothing.
func declared(t broker.PayloadType) string {
	switch {
	case t.HasContentFormat:
		return units.ContentFormat(t.ContentFormat)
	case t.ContentType != "":
		return payload.Summary([]byte(t.ContentType), payload.NoContentFormat, declaredLength)
	case t.UTF8:
		return lang.L("UTF-8 text")
	}
	return ""
}

// contradicts reports that data is not what was declared.
func contradicts(data []byte, t broker.PayloadType) bool {
	return payload.Contradicts(data, units.DeclaredFormat(t)) || t.UTF8 && !utf8.Valid(data)
}
