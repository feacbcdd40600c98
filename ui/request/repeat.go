package request

import (
	"errors"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/pane"
)

// leastInterval is the shortest time between two sendings.
const leastInterval = time.Millisecond

// askRepeat asks how the draft is sent again and again.
func (p *Pane) askRepeat() {
	err := p.problem()
	if err == nil {
		err = firstError(pieces(p.draft.Target, p.hints())) // it would fail again and again
	}
	if err != nil {
		p.bar.say(err)
		return
	}
	var every, jitter, count *pane.Entry
	var d *pane.Dialog
	var how repetition
	check := func() {
		var err error
		how, err = readRepetition(every.Text, jitter.Text, count.Text)
		d.Check(every.Text != "", err)
	}
	d = p.host.NewDialog(lang.L("Send again and again"), lang.L("Send"), func() {
		d.Close()
		p.repeat(how)
	})
	every, jitter, count = d.NewEntry("1000", check), d.NewEntry("0", check), d.NewEntry(lang.L("until it is stopped"), check)
	every.Text = "1000"
	d.Open(pane.NewColumn(10,
		pane.Field(lang.L("Every, in milliseconds"), every),
		pane.Field(lang.L("Jitter, in milliseconds more or less"), jitter),
		pane.Field(lang.L("How often"), count)), 420, every)
	every.TypedShortcut(&fyne.ShortcutSelectAll{}) // what is typed takes its place
	check()
}

// readRepetition reads the fields of the dialog.
func readRepetition(every, jitter, count string) (repetition, error) {
	var how repetition
	n, err := strconv.Atoi(every)
	how.every = time.Duration(n) * time.Millisecond
	if err != nil || how.every < leastInterval || n > int(24*time.Hour/time.Millisecond) {
		return how, errors.New(lang.L("The interval is a whole number of milliseconds, from 1 to a day"))
	}
	if jitter != "" {
		n, err := strconv.Atoi(jitter)
		how.jitter = time.Duration(n) * time.Millisecond
		if err != nil || n < 0 || how.jitter > how.every {
			return how, errors.New(lang.L("The jitter is a whole number of milliseconds, at most the interval"))
		}
	}
	if count != "" {
		how.count, err = strconv.Atoi(count)
		if err != nil || how.count < 1 {
			return how, errors.New(lang.L("How often is a whole number from 1 on, or nothing"))
		}
	}
	return how, nil
}
