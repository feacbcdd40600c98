package filter

import (
	"strings"

	"sluice/engine/record"
)

// conditionNames are what conditions may have done to a message.
var conditionNames = []string{"lost", "delayed", "duplicated", "overtaken", "silenced", "toolong", "moved", "conditioned"}

// isTerm asks what conditions did to a message.
func isTerm(t *token) (func(*Message) bool, *Mistake) {
	noted := func(n record.Note) func(*Message) bool {
		return func(m *Message) bool { return m.Frame.Note&n != 0 }
	}
	caused := func(c record.Cause) func(*Message) bool {
		return func(m *Message) bool { return m.Frame.Condition.Cause == c }
	}
	switch strings.ToLower(t.value) {
	case "lost":
		return noted(record.LostByConditions), nil
	case "delayed":
		return noted(record.DelayedByConditions), nil
	case "duplicated":
		return noted(record.DuplicatedByConditions), nil
	case "overtaken":
		return caused(record.Overtaken), nil
	case "silenced":
		return caused(record.Silence), nil
	case "toolong":
		return caused(record.TooLong), nil
	case "moved":
		return caused(record.Remapped), nil
	case "conditioned":
		changed := noted(record.LostByConditions | record.DelayedByConditions | record.DuplicatedByConditions)
		return func(m *Message) bool { return changed(m) || m.Frame.Condition.Cause != record.ByChance }, nil
	}
	return nil, t.mistake(NotAChoice, conditionNames...)
}
