package record

import (
	"maps"
	"slices"
	"strings"
)

// OptionFormat is how the value of an option is read (RFC 7252, section 3.2).
type OptionFormat string

const (
	OpaqueOption OptionFormat = "opaque"
	EmptyOption  OptionFormat = "empty"
	UintOption   OptionFormat = "uint"
	StringOption OptionFormat = "string"
)

// Option is an option of the registry (RFC 7252, section 12.2).
type Option struct {
	Number   int
	Name     string
	Format   OptionFormat
	Min, Max int    // length of the value in bytes
	Section  string // where it is defined, as "RFC 7252, 5.10.1"
}

// Options are the registered options in the order of their numbers.
func Options() []Option {
	all := make([]Option, 0, len(options))
	for _, number := range slices.Sorted(maps.Keys(options)) {
		o := options[number]
		formats := [...]OptionFormat{formatOpaque: OpaqueOption, formatEmpty: EmptyOption, formatUint: UintOption, formatString: StringOption}
		all = append(all, Option{number, o.name, formats[o.format], o.min, o.max, o.section})
	}
	return all
}

// ContentFormats are the numbers of the registered Content-Formats in order.
func ContentFormats() []int { return slices.Sorted(maps.Keys(contentFormats)) }

// contentFormatNumbers are the numbers by what ContentFormatNumber makes of their media types.
var contentFormatNumbers = func() map[string]int {
	numbers := make(map[string]int, len(contentFormats)+1)
	for number, name := range contentFormats {
		numbers[plainMediaType(name)] = number
	}
	numbers["text/plain"] = 0
	return numbers
}()

func plainMediaType(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "")) }

// maxMediaType is longer than any registered media type with its parameters.
const maxMediaType = 128

// ContentFormatNumber is the number of a Content-Format by its media type as it is registered, in either case; text/plain
// alone will do for number 0.
func ContentFormatNumber(name string) (number int, ok bool) {
	if len(name) > maxMediaType {
		return 0, false
	}
	number, ok = contentFormatNumbers[plainMediaType(name)]
	return number, ok
}
