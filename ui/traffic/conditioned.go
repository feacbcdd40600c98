package traffic

import (
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
)

// conditioned says what simulated conditions did to the message, and which; nothing if they did nothing.
func (r *Row) conditioned() string {
	c := r.Frame.Condition
	by := map[string]any{"Conditions": c.Preset, "Delay": passedAfter(c.Delay)}
	if c.Preset == "" {
		by["Conditions"] = lang.L("conditions")
	}
	switch n := r.Frame.Note; {
	case n&record.LostByConditions != 0:
		return lost(c.Cause, by)
	case n&record.DuplicatedByConditions != 0 && c.Delay > 0:
		return lang.L("second copy, {{.Delay}} late, by {{.Conditions}}", by)
	case n&record.DuplicatedByConditions != 0:
		return lang.L("second copy, by {{.Conditions}}", by)
	case c.Cause == record.Overtaken:
		return lang.L("held back {{.Delay}} by {{.Conditions}}, overtaken", by)
	case c.Cause == record.Remapped:
		return lang.L("from another port, by {{.Conditions}}", by)
	case n&record.DelayedByConditions != 0 && c.Delay > 0:
		return lang.L("delayed {{.Delay}} by {{.Conditions}}", by)
	case n&record.DelayedByConditions != 0:
		return lang.L("delayed by {{.Conditions}}", by)
	}
	return ""
}

func lost(cause record.Cause, by map[string]any) string {
	switch cause {
	case record.Silence:
		return lang.L("lost in a silent period of {{.Conditions}}", by)
	case record.Unmapped:
		return lang.L("lost: its port is forgotten by {{.Conditions}}", by)
	case record.TooLong:
		return lang.L("lost: longer than {{.Conditions}} lets pass", by)
	case record.Overflow:
		return lang.L("lost: too many are delayed by {{.Conditions}}", by)
	}
	return lang.L("lost by {{.Conditions}}", by)
}
