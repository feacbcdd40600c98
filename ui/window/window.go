package window

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"

	"sluice/assets"
	"sluice/engine"
	"sluice/ui/access"
	"sluice/ui/certificates"
	"sluice/ui/clients"
	"sluice/ui/command"
	"sluice/ui/devices"
	"sluice/ui/directory"
	"sluice/ui/language"
	"sluice/ui/observers"
	"sluice/ui/overview"
	"sluice/ui/palette"
	"sluice/ui/pane"
	"sluice/ui/request"
	"sluice/ui/settings"
	"sluice/ui/theme"
	"sluice/ui/topics"
	"sluice/ui/traffic"
	"sluice/ui/widget"
)

// content is one pane. Gather is called off the UI goroutine; all else on it.
type content interface {
	Content() fyne.CanvasObject
	Filter() fyne.Focusable
	// Keyboard is what takes the keyboard when the pane comes into view, nil where it has nothing to move through.
	Keyboard() fyne.Focusable
	Show(item string)
	Gather(now time.Time) func()
	SaveLayout() ([]byte, error)
	RestoreLayout(data []byte) error
}

// paneOrder is the order in the rail, and of the shortcuts.
var paneOrder = []string{pane.Overview, pane.Clients, pane.Topics, pane.Observers, pane.Directory, pane.Traffic, pane.Request, pane.Devices, pane.Certificates, pane.Access, pane.Settings}

// window is the frame with its panes. Fields without another word belong to the UI goroutine.
type window struct {
	engine  Engine
	options Options
	app     fyne.App
	window  fyne.Window
	host    *pane.Host
	deliver func(func()) // hands a function to the UI goroutine

	panes   map[string]content
	current string
	rail    *widget.Rail
	top     *topBar
	bottom  *statusLine
	banner  *widget.Banner
	crash   *widget.Banner
	toaster *widget.Toaster
	drawer  *traffic.Drawer
	split   *widget.Split // panes above, drawer below
	menu    *menu
	mode    theme.Mode

	language language.Choice
	next     *window // what was built in place of this one, which is closed then
	ticking  bool

	drawerOpen  bool // below all panes but Traffic, which has its own
	trafficToo  bool // below Traffic as well
	overviewToo bool // and below Overview, which needs the room

	listing bool     // the list of shortcuts is open
	arrived *arrival // the pane came into view by keyboard and is not drawn yet

	inView  atomic.Pointer[view] // what the ticker reads for
	wake    chan struct{}
	prompt  *prompt
	closed  atomic.Bool
	ctx     context.Context
	cancel  context.CancelFunc
	working sync.WaitGroup
	busy    bool // starting or stopping
	limits  *limits
	failure failure
	palette *palette.Palette // nil: closed
	recent  []string         // what was chosen in it, the latest first
	secrets *secrets
	network *conditions
	disk    *disk
	request *request.Pane
	watches *watches
	demo    *demo
	tray    *tray
	// addresses are those that other machines may reach this one at.
	addresses func() []netip.Addr

	overview  *overview.Pane
	presented *presentation // nil: there is none
	stage     *presentation // the one that is shown again, nil before the first

	// The rest belongs to the ticker.
	frame *frame
	saved []byte // the layout as it was kept last
}

// view is what is in view.
type view struct {
	pane   content
	drawer bool
	// presented is what is presented, nil where nothing is.
	presented content
	// arriving says that the keyboard is to go to the pane.
	arriving bool
}

// newWindow builds the frame in w. deliver hands a function to the UI goroutine: fyne.Do in the program.
func newWindow(app fyne.App, w fyne.Window, o Options, deliver func(func())) *window {
	left, saved := firstLayout(o)
	language.Use(left.Language)
	app.Settings().SetTheme(theme.New(left.Theme))
	win := &window{engine: o.Engine, options: o, app: app, window: w, deliver: deliver, wake: make(chan struct{}, 1), prompt: newPrompt(), mode: left.Theme, language: left.Language, drawerOpen: true, saved: saved}
	win.ctx, win.cancel = context.WithCancel(context.Background())
	win.frame = newFrame(o.Engine)
	win.failure.other = otherThanListeners(o.StartErr)

	win.host = &pane.Host{Window: w, Do: win.do, After: win.after, Run: win.run, Wake: win.wakeUp, Notify: win.notify, Gateway: win.gateway, Open: win.open,
		SettingsFile: o.SettingsFile, Retract: win.retract}
	win.addresses = networkAddresses
	win.watches, win.demo, win.tray = newWatches(win), newDemo(win), newTray(win, left.Tray)
	win.host.Watch = win.watches.ask
	win.overview = overview.New(o.Engine, win.host, overview.Options{Present: win.present, Demo: win.demonstrate})
	win.panes = map[string]content{
		pane.Overview:  win.overview,
		pane.Clients:   clients.New(o.Engine, win.host),
		pane.Topics:    topics.New(o.Engine, win.host),
		pane.Observers: observers.New(o.Engine, win.host),
		pane.Directory: directory.New(o.Engine, win.host),
		pane.Traffic:   traffic.New(o.Engine, win.host),
		pane.Devices:   devices.New(o.Engine, win.host),
		pane.Access:    access.New(o.Engine, win.host),
	}
	win.panes[pane.Settings] = settings.New(o.Engine, win.host, settings.Look{Mode: func() theme.Mode { return win.mode }, SetMode: win.setMode,
		Language: func() language.Choice { return win.language }, SetLanguage: win.setLanguage})
	keys := certificates.New(o.Engine, win.host)
	win.panes[pane.Certificates] = keys
	win.secrets = newSecrets(win, keys)
	win.network, win.disk = newConditions(win), newDisk(win)
	win.request = request.New(o.Engine, win.host)
	win.panes[pane.Request] = win.request
	win.drawer = traffic.NewDrawer(o.Engine, win.host, func() { win.showDrawer(false) })
	win.toaster = widget.NewToaster(win.do)
	win.banner = widget.NewBanner()
	win.crash = newCrashBanner(win)
	win.top = newTopBar(win)
	win.bottom = newStatusLine()
	win.limits = newLimits()
	win.rail = newRail()
	win.rail.OnSelected = func(id string) { win.showPane(id) }

	hosted := container.NewStack()
	for _, id := range paneOrder {
		object := win.panes[id].Content()
		if filter, ok := win.panes[id].Filter().(*widget.FilterEntry); ok {
			filter.Below = win.panes[id].Keyboard
		}
		object.Hide()
		hosted.Add(object)
	}
	win.split = widget.NewVSplit(hosted, win.drawer.Content(), firstSplit)
	rail := pane.Border(nil, nil, nil, widget.NewLine(), widget.NewPanel(win.rail))
	above := container.New(fynelayout.NewCustomPaddedVBoxLayout(0))
	body := pane.Border(above, nil, rail, nil, win.split)
	for _, banner := range []*widget.Banner{win.banner, win.disk.banner, win.crash, win.demo.banner, win.secrets.keyLog, win.secrets.expiry, win.network.banner} {
		above.Add(banner)
		banner.OnMoved(func() { layOut(body) })
	}
	w.SetPadded(false)
	w.SetContent(container.NewStack(pane.Border(win.top.object, win.bottom.object, nil, nil, body), win.toaster))
	win.menu = newMenu(win)
	w.SetMainMenu(win.menu.main)
	w.Canvas().SetOnTypedKey(win.typedKey)
	send, _ := find(actSend)
	w.Canvas().AddShortcut(send.shortcut(), func(fyne.Shortcut) { win.sendRequest() })
	win.restoreLayout(left)
	return win
}

// layOut places what is in a container anew. It does so twice: how high a text is shows once it has its width.
func layOut(c *fyne.Container) {
	for range 2 {
		c.Layout.Layout(c.Objects, c.Size())
	}
}

func newRail() *widget.Rail {
	return widget.NewRail(widget.RailGroup{Items: []widget.RailItem{
		{ID: pane.Overview, Label: lang.L("Overview"), Icon: theme.Icon(assets.Overview)},
		{ID: pane.Clients, Label: lang.L("Clients"), Icon: theme.Icon(assets.Clients)},
		{ID: pane.Topics, Label: lang.L("Topics"), Icon: theme.Icon(assets.Topics)},
		{ID: pane.Observers, Label: lang.L("Observers"), Icon: theme.Icon(assets.Observers)},
		{ID: pane.Directory, Label: lang.L("Directory"), Icon: theme.Icon(assets.Directory)},
		{ID: pane.Traffic, Label: lang.L("Traffic"), Icon: theme.Icon(assets.Traffic)},
	}}, widget.RailGroup{Title: lang.L("Drive"), Items: []widget.RailItem{
		{ID: pane.Request, Label: lang.L("Request"), Icon: theme.Icon(assets.Request)},
		{ID: pane.Devices, Label: lang.L("Devices"), Icon: theme.Icon(assets.Devices)},
	}}, widget.RailGroup{Title: lang.L("Secure"), Items: []widget.RailItem{
		{ID: pane.Certificates, Label: lang.L("Certificates"), Icon: theme.Icon(assets.Certificates)},
		{ID: pane.Access, Label: lang.L("Access"), Icon: theme.Icon(assets.Access)},
		{ID: pane.Settings, Label: lang.L("Settings"), Icon: theme.Icon(assets.Settings)},
	}})
}

// do runs f on the UI goroutine; what comes late, after the window has closed, is dropped.
func (w *window) do(f func()) {
	if w.closed.Load() {
		return
	}
	w.deliver(func() {
		if !w.closed.Load() {
			f()
		}
	})
}

// after runs f on the UI goroutine after d.
func (w *window) after(d time.Duration, f func()) { time.AfterFunc(d, func() { w.do(f) }) }

// run runs f on another goroutine, which close waits for.
func (w *window) run(f func()) {
	if w.closed.Load() {
		return
	}
	w.working.Go(f)
}

// wakeUp asks for a tick without waiting for its time.
func (w *window) wakeUp() {
	w.prompt.asked.Add(1)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *window) retract(text string) { w.toaster.Retract(text) }

func (w *window) notify(role theme.Role, text, action string, do func()) {
	w.toaster.Say(role, text, action, do)
}

// gateway is where commands for copying point to: the first listener of each kind that is bound, or else the first one
// that could be.
func (w *window) gateway() command.Gateway { return gatewayOf(w.engine.Status()) }

func gatewayOf(s engine.Status) command.Gateway {
	g := command.Gateway{Closed: true, Stopped: s.State == engine.Stopped}
	var coap, mqtt bool // a bound one was found
	for _, l := range s.Listeners {
		bound := l.Err == nil && l.Addr != ""
		switch {
		case command.Speaks(l.Scheme) && !coap && (bound || g.CoAP == ""):
			coap, g.CoAP, g.Scheme, g.Closed = bound, addressOf(l), l.Scheme, !bound
		case l.Scheme == "mqtt" && !mqtt && (bound || g.MQTT == ""):
			mqtt, g.MQTT = bound, addressOf(l)
		}
	}
	return g
}

// showPane brings a pane into view.
func (w *window) showPane(id string) {
	next, known := w.panes[id]
	if !known || id == w.current {
		return
	}
	if before := w.panes[w.current]; before != nil {
		before.Content().Hide()
	}
	w.current = id
	next.Content().Show()
	w.rail.Select(id)
	w.applyDrawer()
	w.network.show()
}

// open shows a pane and an item in it.
func (w *window) open(id, item string) {
	w.goTo(id)
	w.panes[id].Show(item)
}

// arrival is what had the keyboard when another pane was asked for, and what is to be shown in that one.
type arrival struct {
	from fyne.Focusable
	item string
}

// goTo brings a pane into view and, once it is drawn, the keyboard to it: what was left is not seen any more.
func (w *window) goTo(id string) {
	w.showPane(id)
	w.arrived = &arrival{from: w.window.Canvas().Focused()}
	w.look()
}

// arrive gives the keyboard to the pane that came into view, unless the user has gone elsewhere meanwhile. A pane without
// anything to move through leaves it to the rail.
func (w *window) arrive() {
	if w.arrived == nil {
		return
	}
	from, item, canvas := w.arrived.from, w.arrived.item, w.window.Canvas()
	w.arrived = nil
	w.look()
	if item != "" {
		w.panes[w.current].Show(item)
	}
	if canvas.Focused() != from {
		return
	}
	if to := w.panes[w.current].Keyboard(); to != nil {
		canvas.Focus(to)
	} else {
		canvas.Focus(w.rail)
	}
}

// sendRequest sends the request that is in view, by the shortcut outside of its fields.
func (w *window) sendRequest() {
	if w.current == pane.Request {
		w.request.Send()
	}
}

// showDrawer opens or closes the drawer below the current pane. The Traffic pane shows the same messages, so there the
// drawer is closed until it is asked for; as below Overview, which needs the height.
func (w *window) showDrawer(open bool) {
	*w.drawerBelow() = open
	w.applyDrawer()
}

func (w *window) drawerShown() bool { return *w.drawerBelow() }

// drawerBelow is whether the drawer is open below the current pane.
func (w *window) drawerBelow() *bool {
	switch w.current {
	case pane.Traffic:
		return &w.trafficToo
	case pane.Overview:
		return &w.overviewToo
	}
	return &w.drawerOpen
}

func (w *window) applyDrawer() {
	open := w.drawerShown()
	w.split.SetTrailingVisible(open)
	w.menu.update(w)
	w.look()
}

// look tells the ticker what is in view.
func (w *window) look() {
	v := &view{pane: w.panes[w.current], drawer: w.drawerShown(), arriving: w.arrived != nil}
	if w.presented != nil {
		v.presented = w.presented.pane
	}
	w.inView.Store(v)
	w.wakeUp()
}

func (w *window) setMode(mode theme.Mode) {
	w.mode = mode
	w.app.Settings().SetTheme(theme.New(mode))
	w.menu.update(w)
}

// close ends what runs for the window and waits for it. It is called once the window is gone.
func (w *window) close() {
	w.closed.Store(true)
	w.cancel()
	w.prompt.end()
	w.demo.close()
	if err := w.request.Close(); err != nil {
		fyne.LogError("closing the connections of requests", err)
	}
	w.working.Wait()
}
