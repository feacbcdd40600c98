package topics

import (
	"fmt"
	"strconv"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/topics"
	"sluice/ui/units"
	"sluice/ui/widget/payload"
)

// binary reports whether a value is shown as bytes.
func binary(v *topics.Value) bool {
	return payload.Guess(v.Payload, units.DeclaredFormat(v.Type)) == payload.Hex
}

// comparedRuns bounds the places that a comparison of bytes lists.
const comparedRuns = 2000

// changesByByte finds where bytes differ. Those of the same length are compared place by place; of others what is between
// their common beginning and their common end is one change.
func changesByByte(before, now []byte) []change {
	if len(before) == len(now) {
		return changedRuns(before, now)
	}
	first := 0
	for first < min(len(before), len(now)) && before[first] == now[first] {
		first++
	}
	before, now = before[first:], now[first:]
	end := 0
	for end < min(len(before), len(now)) && before[len(before)-1-end] == now[len(now)-1-end] {
		end++
	}
	return []change{changedBytes(first, before[:len(before)-end], now[:len(now)-end])}
}

func changedRuns(before, now []byte) []change {
	var list []change
	for at := 0; at < len(now) && len(list) < comparedRuns; at++ {
		if before[at] == now[at] {
			continue
		}
		from := at
		for at < len(now) && before[at] != now[at] {
			at++
		}
		list = append(list, changedBytes(from, before[from:at], now[from:at]))
	}
	return list
}

func changedBytes(offset int, before, now []byte) change {
	c := change{kind: changed, where: lang.L("offset {{.Offset}}", map[string]any{"Offset": "0x" + strconv.FormatInt(int64(offset), 16)}),
		before: inHex(before), now: inHex(now)}
	switch {
	case len(before) == 0:
		c.kind = added
	case len(now) == 0:
		c.kind = removed
	}
	return c
}

// inHex writes bytes by two digits, the first of very many.
func inHex(data []byte) string {
	const most = 64
	text := fmt.Sprintf("% x", data[:min(len(data), most)])
	if len(data) > most {
		text += " …"
	}
	return text
}
