package directory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/directory"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// eventsKept is how many events the pane lists at most; the directory keeps no more.
const eventsKept = 1024

// latest appends new events to those that are kept, oldest first.
func latest(kept, fresh []directory.Event) []directory.Event {
	kept = append(kept, fresh...)
	if surplus := len(kept) - eventsKept; surplus > 0 {
		kept = slices.Delete(kept, 0, surplus)
	}
	return kept
}

// newestFirst lists the events of an endpoint, or of all if there is none.
func newestFirst(events []directory.Event, of *directory.Endpoint) []directory.Event {
	list := make([]directory.Event, 0, len(events))
	for _, e := range slices.Backward(events) {
		if of == nil || e.Endpoint == of.Name && e.Sector == of.Sector || e.Location != "" && e.Location == of.Location {
			list = append(list, e)
		}
	}
	return list
}

// kindWord names what happened.
func kindWord(e directory.Event) string {
	switch e.Kind {
	case directory.Registered:
		return lang.L("registered")
	case directory.Updated:
		return lang.L("updated")
	case directory.Expired:
		return lang.L("expired")
	case directory.Removed:
		return lang.L("removed")
	}
	return lang.L("refused")
}

func kindRole(e directory.Event) theme.Role {
	switch e.Kind {
	case directory.Registered:
		return theme.RoleGood
	case directory.Updated:
		return theme.RoleNeutral
	case directory.Expired:
		return theme.RoleLate
	case directory.Removed:
		return theme.RolePUT
	}
	return theme.RoleBad
}

func endpointOf(e directory.Event) string {
	if e.Endpoint == "" {
		return "—"
	}
	return e.Endpoint
}

// newEventTable lists events; without the endpoint's name where all are of one.
func newEventTable(ofAll bool) *widget.DataTable[uint64, directory.Event] {
	columns := []widget.Column[directory.Event]{
		{ID: "time", Title: lang.L("Time"), Width: 116, Mono: true, Tone: theme.RoleDim, Text: func(e directory.Event) string { return format.Clock(e.At) },
			Compare: func(a, b directory.Event) int { return cmp.Compare(a.Number, b.Number) }},
		{ID: "event", Title: lang.L("Event"), Width: 96, Kind: widget.KindBadge, Text: kindWord, Role: kindRole,
			Compare: func(a, b directory.Event) int { return cmp.Compare(a.Kind, b.Kind) }},
		{ID: "name", Title: lang.L("Endpoint"), Width: 112, Bold: true, Middle: true, Text: endpointOf,
			Compare: func(a, b directory.Event) int { return strings.Compare(a.Endpoint, b.Endpoint) }},
		{ID: "address", Title: lang.L("Address"), Width: 136, Mono: true, Tone: theme.RoleMuted, Text: func(e directory.Event) string { return e.Address.String() },
			Compare: func(a, b directory.Event) int { return a.Address.Compare(b.Address) }},
		{ID: "reason", Title: lang.L("Reason"), Width: 160, Text: func(e directory.Event) string { return e.Reason }},
	}
	if !ofAll { // they have one name, and mostly one address
		columns[3].Hidden = true
		columns = slices.Delete(columns, 2, 3)
	}
	table := widget.NewDataTable(func(e directory.Event) uint64 { return e.Number }, columns)
	table.Dense = true
	table.OnSecondary = func(e directory.Event) []*fyne.MenuItem {
		return []*fyne.MenuItem{fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(eventText(e)) })}
	}
	return table
}

// eventText is an event for copying as a line of text.
func eventText(e directory.Event) string {
	line := fmt.Sprintf("%s %s %s %s", units.Moment(e.At), kindWord(e), endpointOf(e), e.Address)
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}
