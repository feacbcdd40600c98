package filter

import (
	"slices"
	"testing"

	"sluice/engine/record"
)

func TestFilterByWhatConditionsDid(t *testing.T) {
	frames := []record.Frame{
		{Seq: 1},
		{Seq: 2, Note: record.LostByConditions},
		{Seq: 3, Note: record.LostByConditions, Condition: record.Condition{Cause: record.Silence}},
		{Seq: 4, Note: record.DelayedByConditions},
		{Seq: 5, Note: record.DelayedByConditions | record.DuplicatedByConditions, Condition: record.Condition{Cause: record.Overtaken}},
		{Seq: 6, Condition: record.Condition{Cause: record.Remapped}},
	}
	for _, c := range []struct {
		filter string
		want   []uint64
	}{
		{"is:lost", []uint64{2, 3}},
		{"is:silenced", []uint64{3}},
		{"is:Delayed", []uint64{4, 5}},
		{"is:overtaken", []uint64{5}},
		{"is:duplicated", []uint64{5}},
		{"is:moved", []uint64{6}},
		{"is:conditioned", []uint64{2, 3, 4, 5, 6}},
		{"-is:conditioned", []uint64{1}},
	} {
		f, err := Parse(c.filter)
		if err != nil {
			t.Errorf("%q: %v", c.filter, err)
			continue
		}
		var got []uint64
		for i := range frames {
			if f.Match(&Message{Frame: &frames[i]}) {
				got = append(got, frames[i].Seq)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q finds %v, not %v", c.filter, got, c.want)
		}
	}
	if _, err := Parse("is:late"); err == nil {
		t.Error("a word that conditions do not know was taken")
	}
}
