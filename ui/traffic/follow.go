package traffic

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/record/filter"
)

// followMenu sets the filter to what belongs to a message.
func (v *view) followMenu(r *Row) []*fyne.MenuItem {
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(lang.L("Follow this exchange"), func() { v.follow(exchangeFilter(r)) }),
		fyne.NewMenuItem(lang.L("Follow this peer"), func() { v.follow("peer:=" + filter.Quote(r.Peer())) }),
	}
	if text := observationFilter(r); text != "" {
		items = append(items, fyne.NewMenuItem(lang.L("Follow this observation"), func() { v.follow(text) }))
	}
	return items
}

// exchangeFilter finds the messages of the exchange that r belongs to.
func exchangeFilter(r *Row) string { return "exchange:" + strconv.FormatUint(r.known.Root, 10) }

// observationFilter finds the registrations, notifications and cancellation of an observation, which have its token
// (RFC 7641, section 3.1). It is empty for a message of none.
func observationFilter(r *Row) string {
	m := r.Message()
	if m.Token == "" || fieldOf(m, "Observe") == "" {
		return ""
	}
	return "peer:=" + filter.Quote(r.Address()) + " token:=" + m.Token
}
