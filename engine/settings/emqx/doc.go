// Package emqx reads the settings of EMQX's CoAP gateways: the block gateway.coap of an EMQX 5 configuration, which is
// HOCON, and the file emqx_coap.conf of the plugin of EMQX 4. Import lays what it finds over settings of Sluice and says
// of every key whether it was taken.
//
// Of HOCON it reads what EMQX writes: objects, lists, quoted and unquoted text, comments, dotted keys, omitted commas and
// values that are written again. Includes, substitutions and += need what is in other files or comes before; they are
// refused with their line.
package emqx

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// maxFile is the longest file that is read, in bytes.
const maxFile = 1 << 20

// Import reads the EMQX settings in data and lays them over base. If they have listeners, they take the place of those of
// base for CoAP over UDP and DTLS. What it returns is valid if base is: a value that Sluice does not allow is not taken,
// which the report says. file is named in errors, which are of type *settings.Error and say that data cannot be read at
// all; then base is returned.
func Import(file string, data []byte, base settings.Settings) (settings.Settings, Report, error) {
	text := strings.TrimPrefix(string(data), "\ufeff")
	refuse := func(line int, problem error) (settings.Settings, Report, error) {
		return base, Report{}, &settings.Error{File: file, Line: line, Problem: problem}
	}
	switch {
	case len(data) > maxFile:
		return refuse(0, mistakes.Errorf("is longer than %s", settings.Size(maxFile)))
	case !utf8.ValidString(text):
		return refuse(1+strings.Count(text[:firstInvalid(text)], "\n"), mistakes.New("is not UTF-8"))
	}
	i := &importer{settings: base.Clone()}
	if isPluginFile(text) {
		pairs, bad := readConf(text)
		if bad != nil {
			return refuse(bad.line, bad.problem)
		}
		i.report.Source = "EMQX 4, emqx_coap.conf"
		i.plugin(pairs)
	} else {
		root, overwritten, bad := readHOCON(text)
		if bad != nil {
			return refuse(bad.line, bad.problem)
		}
		i.report.Source = "EMQX 5, gateway.coap"
		for _, o := range overwritten {
			i.skip(o, "is written again further down")
		}
		if !i.gatewayBlock(root) {
			return refuse(0, mistakes.New("has neither a block gateway.coap of EMQX 5 nor keys coap.NAME of EMQX 4"))
		}
	}
	slices.SortStableFunc(i.report.Items, func(a, b Item) int {
		return cmp.Or(a.Outcome.rank()-b.Outcome.rank(), a.Line-b.Line)
	})
	return i.settings, i.report, nil
}

// firstInvalid returns where text stops being UTF-8.
func firstInvalid(text string) int {
	for at, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[at:]); size == 1 {
				return at
			}
		}
	}
	return len(text)
}

// unreadable says why a file cannot be read, and on which line.
type unreadable struct {
	line    int
	problem error
}
