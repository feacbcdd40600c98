package device

import "slices"

// Word is a name or a function that expressions know.
type Word struct {
	Name string
	Use  string // as it is written: "uniform(low, high)"
}

// words are those of vocabulary, in the order to show them.
var words = []Word{
	{"name", "name"}, {"index", "index"}, {"count", "count"}, {"uptime", "uptime"}, {"clock", "clock"}, {"hour", "hour"},
	{"payload", "payload"}, {"command", "command"},
	{"uniform", "uniform(low, high)"}, {"normal", "normal(mean, deviation)"}, {"walk", "walk(from, step)"}, {"chance", "chance(probability)"},
	{"pick", "pick(a, b, …)"}, {"bytes", "bytes(n)"}, {"round", "round(x, digits)"}, {"clamp", "clamp(x, low, high)"},
	{"wave", "wave(x, period, low, high)"}, {"sin", "sin(x)"}, {"cos", "cos(x)"}, {"pi", "pi"},
}

// Words are the names and functions of expressions besides the variables of a template and Builtins.
func Words() []Word { return slices.Clone(words) }

// Builtins are the functions of expr-lang that expressions know.
func Builtins() []string { return slices.Clone(builtins) }

// Placeholders are what a topic may have of its device.
func Placeholders() []string { return slices.Clone(placeholders) }

var placeholders = []string{"${name}", "${kind}", "${index}"}
