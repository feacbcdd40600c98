// Package units writes the times that only the panes need: ages, running times and full moments.
package units

import (
	"strconv"
	"time"

	"sluice/ui/widget/format"
)

// Age writes how long ago something began, in whole seconds below a minute: 9 s, 48m, 2h 11m.
func Age(d time.Duration) string {
	if d < time.Minute {
		return strconv.Itoa(max(int(d.Seconds()), 0)) + " s"
	}
	return format.Duration(d.Truncate(time.Second))
}

// Moment writes a local date and time with milliseconds; the zero time is written as nothing.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05.000")
}

// Uptime writes a running time with its two largest units, a minute at the least: 3m, 2h 14m, 3d 4h. It
// has no seconds: where nothing happens the window rests, and a second hand that rests looks frozen.
func Uptime(d time.Duration) string {
	return format.Duration(max(d.Truncate(time.Minute), time.Minute))
}
