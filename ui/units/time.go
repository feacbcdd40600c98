// Package units writes the times that only the panes need: ages, running times and full moments.
package units

import (
	"fmt"
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

// Uptime writes a running time as hours, minutes and seconds: 02:14:09.
func Uptime(d time.Duration) string {
	s := max(int(d.Seconds()), 0)
	return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
}
