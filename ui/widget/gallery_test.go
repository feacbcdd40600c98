package widget

import (
	"cmp"
	"fmt"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/test"

	"sluice/assets"
	"sluice/ui/theme"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// galleryFolder names the environment variable of a folder that the pictures of the gallery are put into, to look at.
const galleryFolder = "SLUICE_GALLERY"

// TestGallery draws every widget as the panes use them, in both palettes.
func TestGallery(t *testing.T) {
	if testing.Short() {
		t.Skip("draws large images")
	}
	folder := os.Getenv(galleryFolder)
	if folder == "" {
		folder = t.TempDir()
	}
	scenes := map[string]func() fyne.CanvasObject{"clients": clientsScene, "traffic": trafficScene, "topics": topicsScene}
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		for name, scene := range scenes {
			t.Run(fmt.Sprintf("%s-%s", name, mode), func(t *testing.T) {
				test.NewTempApp(t)
				test.ApplyTheme(t, theme.New(mode))
				w := test.NewTempWindow(t, scene())
				w.SetPadded(false)
				w.Resize(fyne.NewSize(1440, 900))
				path := filepath.Join(folder, name+"-"+string(mode)+".png")
				file, err := os.Create(path)
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				if err := png.Encode(file, w.Canvas().Capture()); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

type client struct {
	id, address, transport, identity, mode, connected, seen string
	in, out, observes                                       int64
	state                                                   theme.Role
}

var clients = []client{
	{"sensor-17", "192.0.2.17:49320", "coaps", "Certificate", "connection", "2h 11m", "0.4 s", 12402, 12402, 0, theme.RoleGood},
	{"sensor-18", "192.0.2.18:49177", "coaps", "PSK", "connection", "2h 11m", "0.9 s", 12398, 12398, 0, theme.RoleGood},
	{"panel-2", "192.0.2.40:40112", "coap", "—", "connection", "48m", "0.1 s", 61, 8930, 4, theme.RoleGood},
	{"lamp-3", "192.0.2.61:5683", "coap", "—", "connection", "12m", "3.2 s", 24, 310, 2, theme.RoleGood},
	{"[::1]:51022", "[::1]:51022", "coap", "—", "connectionless", "8s", "8.0 s", 1, 1, 0, theme.RoleNeutral},
	{"meter-a1", "192.0.2.77:53001", "coaps", "PSK", "connection", "1h 02m", "11 s", 610, 622, 1, theme.RoleGood},
	{"meter-a2", "192.0.2.78:53001", "coaps", "PSK", "connection", "1h 02m", "29 s", 601, 601, 1, theme.RoleLate},
	{"valve-9", "192.0.2.90:61000", "coap", "—", "v4 query", "33m", "1.0 s", 1980, 2004, 1, theme.RoleBad},
	{"door-east-with-a-long-name", "192.0.2.91:61004", "coaps", "Certificate", "connection", "5m", "2.4 s", 77, 77, 0, theme.RoleGood},
}

func transportRole(c client) theme.Role {
	if c.transport == "coaps" {
		return theme.RoleAccent
	}
	return theme.RoleNeutral
}

func clientColumns() []Column[client] {
	return []Column[client]{
		{ID: "state", Kind: KindDot, Width: 34, Role: func(c client) theme.Role { return c.state }, Text: func(client) string { return "connected" }},
		{ID: "id", Title: "Client ID", Bold: true, Width: 104, Text: func(c client) string { return c.id }, Compare: func(a, b client) int { return strings.Compare(a.id, b.id) }},
		{ID: "address", Title: "Address", Mono: true, Tone: theme.RoleMuted, Width: 140, Text: func(c client) string { return c.address }},
		{ID: "transport", Title: "Transport", Kind: KindBadge, Width: 84, Text: func(c client) string { return c.transport }, Role: transportRole},
		{ID: "identity", Title: "Identity", Tone: theme.RoleMuted, Width: 92, Text: func(c client) string { return c.identity }},
		{ID: "mode", Title: "Mode", Tone: theme.RoleMuted, Width: 112, Text: func(c client) string { return c.mode }},
		{ID: "connected", Title: "Connected", Width: 86, Text: func(c client) string { return c.connected }},
		{ID: "seen", Title: "Last seen", Tone: theme.RoleMuted, Width: 78, Text: func(c client) string { return c.seen }},
		{ID: "in", Title: "In", Kind: KindNumber, Width: 66, Text: func(c client) string { return format.Count(c.in) }, Compare: func(a, b client) int { return cmp.Compare(a.in, b.in) }},
		{ID: "out", Title: "Out", Kind: KindNumber, Width: 66, Text: func(c client) string { return format.Count(c.out) }, Compare: func(a, b client) int { return cmp.Compare(a.out, b.out) }},
		{ID: "observes", Title: "Observes", Kind: KindNumber, Width: 70, Text: func(c client) string { return format.Count(c.observes) }},
	}
}

func clientTable() *DataTable[string, client] {
	table := NewDataTable(func(c client) string { return c.id }, clientColumns())
	table.Empty = NewEmptyState("No client has connected yet.", "coap-client -m get coap://127.0.0.1:5683/ps/hello")
	return table
}

// wave is a line that looks alive and is the same each time.
func wave(n int, phase float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		x := float64(i)
		values[i] = 20 + 3*math.Sin(x/9+phase) + math.Sin(x/2.3+2*phase) + 0.8*math.Sin(x*1.7+phase)
	}
	return values
}

func frame(selected string, content fyne.CanvasObject) fyne.CanvasObject {
	rail := NewRail(
		RailGroup{Items: []RailItem{
			{"clients", "Clients", theme.Icon(assets.Clients)}, {"topics", "Topics", theme.Icon(assets.Topics)},
			{"observers", "Observers", theme.Icon(assets.Observers)}, {"traffic", "Traffic", theme.Icon(assets.Traffic)},
		}},
		RailGroup{Title: "Drive", Items: []RailItem{{"request", "Request", theme.Icon(assets.Publish)}}},
	)
	rail.SetCount("clients", "14")
	rail.SetCount("topics", "1,238")
	rail.Select(selected)
	in, out := NewRateChip("in", theme.RoleAccent), NewRateChip("out", theme.RolePOST)
	in.Set("412/s", wave(40, 0))
	out.Set("1,236/s", wave(40, 2))
	start := NewButton("Stop", nil)
	start.SetIcon(theme.Icon(assets.Stop))
	chips := container.New(layout.NewCustomPaddedHBoxLayout(10),
		NewChip(theme.RoleGood, "Running", "", func() {}), NewChip(theme.RoleGood, "coap", "0.0.0.0:5683", nil),
		NewChip(theme.RoleLate, "coaps", "0.0.0.0:5684", nil), NewChip(theme.RoleBad, "mqtt", "port taken", nil))
	tools := container.New(layout.NewCustomPaddedHBoxLayout(10), in, out, NewButton("Search", nil), start)
	top := NewPanel(container.NewBorder(nil, NewLine(), nil, nil, NewPadded(16, 9, container.NewBorder(nil, nil, chips, tools))))
	side := NewPanel(container.NewBorder(nil, nil, nil, NewLine(), rail))
	return container.NewBorder(top, nil, side, nil, content)
}

func clientsScene() fyne.CanvasObject {
	table := clientTable()
	table.SetRows(clients)
	table.Select("sensor-17")
	header := NewPaneHeader("Clients", NewFilterEntry("Filter by ID, address or topic", nil), table.ColumnsButton())
	header.SetSummary("14 connected, 1 late on its heartbeat")
	facts := NewKeyValue(
		Pair{Key: "Address", Value: "192.0.2.17:49320", Mono: true}, Pair{Key: "Peer certificate", Value: "CN=sensor-17, expires in 88 days"},
		Pair{Key: "Cipher", Value: "ECDHE_ECDSA_AES_128_CCM_8", Mono: true}, Pair{Key: "Heartbeat", Value: "30 s, next due in 21 s"},
		Pair{Key: "Retransmissions", Value: "3 of 12,402 (0.02 %)"}, Pair{Key: "Late", Value: "overdue", Role: theme.RoleLate},
	)
	chart := NewChart()
	chart.SetHeading("", "Messages per second, last 5 minutes", "")
	chart.Plot(Plotted{Series: []Series{secondly(wave(90, 1))}, From: time.Unix(0, 0), To: time.Unix(89, 0)})
	sized := container.New(layout.NewGridWrapLayout(fyne.NewSize(314, 92)), chart)
	title := container.NewHBox(NewText("sensor-17", TextStrong), NewBadge("coaps", theme.RoleAccent), layout.NewSpacer(), NewButton("Copy", nil), NewDangerButton("Disconnect", nil))
	detail := NewPanel(NewPadded(16, 14, container.New(layout.NewCustomPaddedVBoxLayout(12), title, facts, NewCard(sized), NewChoice([]string{"a", "b"}, "Choice", nil), NewDot(theme.RoleLate, "late"))))
	empty := NewEmptyState("No device has published here yet. This does it:", "coap-client -m post -e 23.4 'coap://127.0.0.1:5683/ps/plant/line1/temp'")
	left := NewVSplit(table, empty, 0.65)
	banner := NewBanner()
	banner.Say(theme.RoleBad, "Port 5683 is taken by another program, so the coap listener is off.", "Use port 5685", nil)
	toaster := NewToaster(func(f func()) { f() })
	toaster.Say(theme.RoleBad, "The gateway lost the broker at 192.0.2.7:1883. It tries again in 5 s.", "Try now", nil)
	toaster.Say(theme.RoleBad, "The capture could not be saved: the disk is full.", "", nil)
	pane := container.NewBorder(container.NewVBox(header, banner), nil, nil, nil, NewHSplit(left, detail, 0.7))
	return container.NewStack(frame("clients", pane), toaster)
}

type message struct {
	seq                                             uint64
	at, dir, peer, kind, code, resource, took, body string
	role                                            theme.Role
}

func trafficRows(n int) []message {
	samples := []message{
		{0, "14:02:11.482", "→", "sensor-17", "CON", "POST", "/ps/plant/line1/temp", "", "23.4", theme.RolePOST},
		{0, "14:02:11.483", "←", "sensor-17", "ACK", "2.04 Changed", "", "0.9 ms", "", theme.RoleGood},
		{0, "14:02:11.483", "←", "panel-2", "NON", "2.05 Content", "plant/line1/temp · observe 118", "", "23.4", theme.RoleGood},
		{0, "14:02:11.610", "→", "lamp-3", "CON", "GET", "/mqtt/plant/+/cmd · observe 0", "", "—", theme.RoleGET},
		{0, "14:02:11.611", "←", "lamp-3", "ACK", "4.01 Unauthorized", "", "0.4 ms", "token mismatch", theme.RoleBad},
		{0, "14:02:11.702", "→", "[::1]:51022", "CON", "PUT", "/mqtt/connection?clientid=lamp-3&token=38473847384", "", "—", theme.RolePUT},
	}
	rows := make([]message, n)
	for i := range rows {
		rows[i] = samples[i%len(samples)]
		rows[i].seq = uint64(i)
	}
	return rows
}

func trafficTable() *DataTable[uint64, message] {
	mono := func(id, title string, width float32, tone theme.Role, text func(message) string) Column[message] {
		return Column[message]{ID: id, Title: title, Width: width, Mono: true, Tone: tone, Text: text}
	}
	direction := mono("direction", "", 34, theme.RolePOST, func(m message) string { return m.dir })
	code := mono("code", "Code", 150, theme.RoleNeutral, func(m message) string { return m.code })
	code.Kind, code.Role = KindBadge, func(m message) theme.Role { return m.role }
	took := mono("took", "Took", 70, theme.RoleDim, func(m message) string { return m.took })
	took.Kind = KindNumber
	return NewDataTable(func(m message) uint64 { return m.seq }, []Column[message]{
		mono("time", "Time", 112, theme.RoleDim, func(m message) string { return m.at }), direction,
		mono("peer", "Peer", 110, theme.RoleText, func(m message) string { return m.peer }),
		mono("type", "Type", 52, theme.RoleMuted, func(m message) string { return m.kind }), code,
		mono("resource", "Resource", 250, theme.RoleText, func(m message) string { return m.resource }), took,
		mono("body", "Payload", 120, theme.RoleMuted, func(m message) string { return m.body }),
	})
}

func trafficScene() fyne.CanvasObject {
	table := trafficTable()
	table.SetRows(trafficRows(40))
	table.Select(3)
	dense := trafficTable()
	dense.Dense = true
	dense.SetFollow(true)
	dense.SetRows(trafficRows(1000))
	hexview := NewHexView()
	hexview.SetData([]byte("\x50\x02\x1a\x7cK\x91\x0e\x33\xb2ps\x05plant\x05line1\x04temp\x10\xff23.4"))
	hexview.SetHighlight(9, 18)
	hexview.SetMasks(Span{4, 8})
	body := NewPayloadView()
	body.SetPayload([]byte(`{"sensor":"sensor-17","temp":23.4,"on":true,"tags":["a",null,{}],"note":"a long text that has to be broken because the side is narrow"}`), 50, payload.Auto)
	parts := NewVSplit(NewPadded(12, 12, NewWell(hexview)), NewPadded(12, 12, body), 0.4)
	side := NewPanel(parts)
	header := NewPaneHeader("Traffic", NewFilterEntry("code:4.* peer:lamp-3 path:/mqtt/**", nil), NewButton("Pause", nil), NewPrimaryButton("Save pcapng", nil))
	header.SetSummary("8,412 of 100,000 messages kept")
	pane := container.NewBorder(header, nil, nil, nil, NewHSplit(table, side, 0.7))
	return frame("traffic", NewVSplit(pane, NewPanel(dense), 0.76))
}

func topicsScene() fyne.CanvasObject {
	chart := NewChart()
	chart.SetHeading("23.4 °C", "min 22.1 · mean 23.2 · max 24.0", "5 min")
	chart.Plot(Plotted{Series: []Series{secondly(wave(300, 3))}, From: time.Unix(0, 0), To: time.Unix(299, 0)})
	body := NewPayloadView()
	body.SetPayload([]byte("\xa3\x61t\xf9\x4d\xd9\x64unit\x63Cel\x63raw\x43\x01\x02\x03"), 60, payload.Auto)
	cards := container.NewGridWithColumns(3)
	for i, role := range []theme.Role{theme.RoleAccent, theme.RolePOST, theme.RolePUT, theme.RoleMQTT, theme.RoleGood, theme.RoleBad} {
		spark := NewSparkline(role)
		spark.SetMinSize(fyne.NewSize(100, 56))
		spark.SetValues(wave(70, float64(i)))
		name := container.NewBorder(nil, nil, NewText("plant/line1/temp", TextStyle{Color: theme.ColorText, Size: theme.SizeSmall, Bold: true, Mono: true}), NewDot(theme.RoleGood, "live"))
		value := container.NewHBox(NewText("23.4 °C", TextFigure), NewText("#118", TextMuted))
		foot := container.NewBorder(nil, nil, NewText("panel-2, door-east", TextCaption), NewText("CON · 0 lost · 38 ms", TextCaption))
		cards.Add(NewCard(container.New(layout.NewCustomPaddedVBoxLayout(6), name, value, spark, foot)))
	}
	column := container.New(layout.NewCustomPaddedVBoxLayout(12), container.New(layout.NewGridWrapLayout(fyne.NewSize(1180, 170)), NewCard(chart)), cards)
	return frame("topics", NewPadded(16, 14, container.NewBorder(column, nil, nil, nil, body)))
}
