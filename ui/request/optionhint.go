package request

import (
	"encoding/hex"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/engine/record"
)

// optionMeaning says what the value of an option stands for where that is not what is written, and whether it has a length
// that the option may not have: it is sent all the same.
func optionMeaning(o collection.Option) (text string, unusual bool) {
	b, err := o.Bytes()
	if err != nil || len(collection.Placeholders(o.Value)) > 0 {
		return "", false
	}
	n := number(o.Name)
	known, registered := registered[n]
	if registered && (len(b) < known.Min || len(b) > known.Max) {
		return lang.L("{{.Length}} bytes, though it has {{.Lengths}}", map[string]any{"Length": len(b), "Lengths": lengths(known)}), true
	}
	written, isHex := strings.CutPrefix(strings.ToLower(o.Value), "0x")
	switch {
	case n == 12 || n == 17: // Content-Format and Accept
		return formatMeaning(b, o.Value), false
	case registered && known.Format == record.StringOption:
		return "", false
	case registered && known.Format != record.OpaqueOption || len(b) == 0:
		return "", false
	case isHex:
		return lang.N("{{.Count}} bytes", len(written)/2, map[string]any{"Count": len(written) / 2}), false
	}
	return "0x" + hex.EncodeToString(b), false // text where bytes are usual
}

// formatMeaning is the number of a Content-Format by its name, or its name by its number.
func formatMeaning(b []byte, text string) string {
	n := 0
	for _, v := range b {
		n = n<<8 | int(v)
	}
	switch name := record.ContentFormatName(n); {
	case name == "":
		return lang.L("not registered")
	case text == strconv.Itoa(n) || text == "" || strings.HasPrefix(text, "0x"):
		return name
	}
	return strconv.Itoa(n)
}

// lengths is how many bytes the value of an option has.
func lengths(o record.Option) string {
	if o.Min == o.Max {
		return strconv.Itoa(o.Min)
	}
	return lang.L("{{.Least}} to {{.Most}}", map[string]any{"Least": o.Min, "Most": o.Max})
}
