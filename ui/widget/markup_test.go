package widget

import (
	"math"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/ui/theme"
	"sluice/ui/widget/payload"
)

// TestMarkup compares what each widget is drawn from with the golden files in testdata.
func TestMarkup(t *testing.T) {
	small := func(w, h float32, o fyne.CanvasObject) fyne.CanvasObject {
		o.Resize(fyne.NewSize(w, h))
		return o
	}
	natural := func(o fyne.CanvasObject) fyne.CanvasObject {
		o.Resize(o.MinSize())
		return o
	}
	cases := map[string]func() fyne.CanvasObject{
		"text":        func() fyne.CanvasObject { return natural(NewText("sensor-17", TextMonoMuted)) },
		"text_narrow": func() fyne.CanvasObject { return small(60, 16, NewText("a text that is cut", TextPlain).Shrink()) },
		"badge":       func() fyne.CanvasObject { return natural(NewBadge("2.05 Content", theme.RoleGood)) },
		"dot_good":    func() fyne.CanvasObject { return natural(NewDot(theme.RoleGood, "connected")) },
		"dot_late":    func() fyne.CanvasObject { return natural(NewDot(theme.RoleLate, "late")) },
		"dot_bad":     func() fyne.CanvasObject { return natural(NewDot(theme.RoleBad, "lost")) },
		"dot_off":     func() fyne.CanvasObject { return natural(NewDot(theme.RoleNeutral, "off")) },
		"chip":        func() fyne.CanvasObject { return natural(NewChip(theme.RoleGood, "coap", "127.0.0.1:5683", nil)) },
		"rate_chip": func() fyne.CanvasObject {
			c := NewRateChip("in", theme.RoleAccent)
			c.Set("412/s", nil)
			return natural(c)
		},
		"button": func() fyne.CanvasObject { return natural(NewButton("Stop", nil)) },
		"button_icon": func() fyne.CanvasObject {
			b := NewButton("Copy", nil)
			b.SetIcon(theme.Icon(assets.Copy))
			return natural(b)
		},
		"button_menu":  func() fyne.CanvasObject { return natural(NewMenuButton("Columns", nil)) },
		"button_off":   func() fyne.CanvasObject { b := NewPrimaryButton("Send", nil); b.Disable(); return natural(b) },
		"button_focus": func() fyne.CanvasObject { b := NewDangerButton("Revoke", nil); b.FocusGained(); return natural(b) },
		"pane_header": func() fyne.CanvasObject {
			h := NewPaneHeader("Clients", NewButton("Columns", nil))
			h.SetSummary("14 connected")
			return small(500, 56, h)
		},
		"card": func() fyne.CanvasObject { return small(100, 60, NewCard(NewLine())) },
		"empty": func() fyne.CanvasObject {
			return small(600, 200, NewEmptyState("Nothing yet.", "coap-client -m get coap://127.0.0.1"))
		},
		"empty_action": func() fyne.CanvasObject {
			e := NewEmptyState("Nothing yet.", "")
			e.SetAction(NewPrimaryButton("Set up", nil))
			return small(600, 200, e)
		},
		"button_chosen": func() fyne.CanvasObject { b := NewButton("PEM files", nil); b.SetChosen(true); return natural(b) },
		"chain": func() fyne.CanvasObject {
			c := NewChain()
			c.SetLinks(Link{ID: "ca", Label: "Workbench development CA"}, Link{ID: "lamp", Label: "lamp-3", Chosen: true})
			return small(300, 90, c)
		},
		"ladder": func() fyne.CanvasObject {
			l := NewLadder()
			l.SetEnds("lamp-3", "gateway")
			l.SetSteps([]LadderStep{
				{Key: 1, Label: "CON GET observe 0 mid 50", Role: theme.RoleGET},
				{Key: 2, Back: true, Time: "+1 ms", Label: "ACK 2.05 1 ms", Role: theme.RoleGood},
				{Key: 3, Back: true, Time: "+1.0 s", Label: "CON 2.05 mid 306", Role: theme.RoleGood, Lost: true, Note: "lost, resent 2.1 s"},
			})
			l.Choose(3)
			return small(360, 160, l)
		},
		"code": func() fyne.CanvasObject {
			c := NewCode()
			c.SetText("coap-client-openssl \\\n  -R ca.pem")
			return small(300, 60, c)
		},
		"banner_lasting": func() fyne.CanvasObject {
			b := NewBanner()
			b.Lasting()
			b.Say(theme.RoleLate, "A key log is being written.", "Stop writing", nil)
			return small(500, 44, b)
		},
		"chart_heading": func() fyne.CanvasObject {
			c := NewChart()
			c.SetHeading("23.4", "mean 23", "5 min")
			return small(300, 120, c)
		},
		"chart_series": func() fyne.CanvasObject {
			c := NewChart()
			c.Trailing = 60
			c.SetHeading("", "2 series", "5 min")
			other := secondly([]float64{1, 2})
			other.Name, other.Note, other.Role = "rpm", "min 1 · max 2", theme.RolePOST
			c.Plot(Plotted{Series: []Series{secondly([]float64{1, math.NaN(), 2}), other}, From: time.Unix(0, 0), To: time.Unix(2, 0)})
			return small(300, 140, c)
		},
		"rail": func() fyne.CanvasObject {
			rail := NewRail(RailGroup{Items: []RailItem{{ID: "a", Label: "Clients"}}}, RailGroup{Title: "Drive", Items: []RailItem{{ID: "b", Label: "Request"}}})
			rail.SetCount("a", "14")
			return natural(rail)
		},
		"tabs": func() fyne.CanvasObject {
			tabs := NewTabs(Tab{ID: "a", Label: "Options", Count: "2"}, Tab{ID: "b", Label: "Payload"})
			tabs.Select("b")
			return natural(tabs)
		},
		"button_tone": func() fyne.CanvasObject { b := NewMenuButton("GET", nil); b.SetTone(theme.RoleGET); return natural(b) },
		"split":       func() fyne.CanvasObject { return small(200, 50, NewHSplit(NewLine(), NewLine(), 0.5)) },
		"key_value": func() fyne.CanvasObject {
			return small(300, 50, NewKeyValue(Pair{Key: "Address", Value: "[::1]:5683", Mono: true}, Pair{Key: "State", Value: "late", Role: theme.RoleLate}))
		},
		"banner": func() fyne.CanvasObject {
			b := NewBanner()
			b.Say(theme.RoleBad, "Port 5683 is taken.", "Use port 5685", nil)
			return small(500, 44, b)
		},
		"table": func() fyne.CanvasObject {
			table := clientTable()
			table.SortBy("in", true)
			small(900, 130, table)
			table.SetRows(clients[:3])
			table.Select("panel-2")
			return table
		},
		"table_dense": func() fyne.CanvasObject {
			table := trafficTable()
			table.Dense = true
			small(700, 80, table)
			table.SetRows(trafficRows(2))
			return table
		},
		"hex": func() fyne.CanvasObject {
			v := NewHexView()
			small(600, 80, v)
			v.SetData([]byte("\x50\x02\x1a\x7csecret and a text that is longer"))
			v.SetHighlight(14, 20)
			v.SetMasks(Span{4, 10})
			return v
		},
		"payload_json": func() fyne.CanvasObject {
			v := NewPayloadView()
			small(400, 180, v)
			v.SetPayload([]byte(`{"temp":23.4,"on":true}`), 50, payload.Auto)
			return v
		},
	}
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			start(t)
			test.AssertObjectRendersToMarkup(t, name+".xml", build())
		})
	}
}

// The colours come from the theme at each drawing, so that a change of the desktop's preference reaches every widget.
func TestWidgetsFollowTheTheme(t *testing.T) {
	start(t)
	table := clientTable()
	badge := NewBadge("coaps", theme.RoleAccent)
	w := show(t, table, 800, 200)
	table.SetRows(clients)
	other := show(t, badge, 100, 30)
	before, badgeBefore := table.body.slots[0].cells[1].text.Color, badge.line.Color
	fyne.CurrentApp().Settings().SetTheme(theme.New(theme.Light))
	for _, c := range []fyne.Canvas{w.Canvas(), other.Canvas()} {
		c.Content().Refresh()
	}
	if table.body.slots[0].cells[1].text.Color == before {
		t.Error("the table kept its colours")
	}
	if badge.line.Color == badgeBefore {
		t.Error("the badge kept its colours")
	}
}
