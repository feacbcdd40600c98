package window

import (
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget/format"
)

// longLists is how many clients and observers are counted at every tick.
const longLists = 2000

// rateSamples is how many seconds the sparklines of the top bar show.
const rateSamples = 60

// frame gathers what stands around the panes: state, listeners, rates and counts. It belongs to the ticker.
type frame struct {
	engine   Engine
	in, out  *pane.Rate
	revision uint64
	topics   uint64
	built    time.Time
	shown    frameState
	counts   counts
	reached  int // limits
	ready    bool
}

func newFrame(e Engine) *frame {
	return &frame{engine: e, in: pane.NewRate(rateSamples), out: pane.NewRate(rateSamples)}
}

// counts are the numbers in the rail and in the status line.
type counts struct{ clients, topics, observers, registrations, devices int }

// frameState is all that is shown around the panes.
type frameState struct {
	state     engine.State
	silent    bool // it runs, but no listener is open
	chips     []chipState
	in, out   rateState
	counts    counts
	left      []string
	right     []string
	listeners []engine.ListenerStatus
}

type rateState struct {
	text   string
	values []float64
}

func (r rateState) equal(o rateState) bool {
	return r.text == o.text && slices.Equal(r.values, o.values)
}

// chipState is the chip of one listener.
type chipState struct {
	label, detail string
	role          theme.Role
	listener      engine.ListenerStatus
}

// gatherFrame reads the engine and returns what brings the frame up to date, nil if it is.
func (w *window) gatherFrame(now time.Time) func() {
	f := w.frame
	revision, topics := f.engine.Revision(), f.engine.Topics().Revision()
	if f.ready && revision == f.revision && topics == f.topics && now.Sub(f.built) < time.Second && !now.Before(f.built) {
		return nil
	}
	fresh, second := revision != f.revision, !f.ready
	f.ready, f.revision, f.topics = true, revision, topics
	status := f.engine.Status()
	if f.in.Due(now) {
		f.in.Sample(now, status.In)
		f.out.Sample(now, status.Out)
		f.built = now
		second = true
	}
	next := frameState{
		state:     status.State,
		silent:    silent(status),
		chips:     buildChips(status.Listeners),
		in:        rateState{format.Rate(f.in.Last()), f.in.Values()},
		out:       rateState{format.Rate(f.out.Last()), f.out.Values()},
		listeners: status.Listeners,
		right:     buildRight(status),
	}
	// The engine counts by listing. Where the lists are long, once a second is enough.
	if second || fresh && f.counts.clients+f.counts.observers < longLists {
		f.counts.clients, f.counts.observers = len(f.engine.Clients()), len(f.engine.Observers())
	}
	f.counts.topics = f.engine.Topics().Len()
	f.counts.registrations = 0
	if d := f.engine.Directory(); d != nil {
		f.counts.registrations = d.Stats().Registrations
	}
	f.counts.devices = f.engine.DeviceCount()
	next.counts = f.counts
	if second {
		f.reached = reachedLimits(f.engine.Limits())
	}
	next.left = buildLeft(status, f.counts, f.reached, now)
	before := f.shown
	f.shown = next
	if next.equal(before) {
		return nil
	}
	return func() { w.showFrame(&next) }
}

func (s *frameState) equal(o frameState) bool {
	return s.state == o.state && s.silent == o.silent && s.in.equal(o.in) && s.out.equal(o.out) && s.counts == o.counts && slices.Equal(s.left, o.left) && slices.Equal(s.right, o.right) &&
		slices.EqualFunc(s.chips, o.chips, chipState.equal)
}

func (c chipState) equal(o chipState) bool {
	return c.label == o.label && c.detail == o.detail && c.role == o.role && c.listener.Err == o.listener.Err
}

// buildChips makes a chip a listener.
func buildChips(listeners []engine.ListenerStatus) []chipState {
	chips := make([]chipState, len(listeners))
	for i, l := range listeners {
		c := chipState{label: l.Scheme, detail: l.Addr, role: theme.RoleGood, listener: l}
		switch {
		case l.Err != nil:
			c.role, c.detail = theme.RoleBad, address(l.URL)+" · "+lang.L("failed")
		case l.Addr == "":
			c.role, c.detail = theme.RoleLate, address(l.URL)+" · "+lang.L("closed")
		}
		chips[i] = c
	}
	return chips
}

// silent reports whether the gateway runs but nothing can reach it.
func silent(s engine.Status) bool {
	open := slices.ContainsFunc(s.Listeners, func(l engine.ListenerStatus) bool { return l.Err == nil && l.Addr != "" })
	return s.State != engine.Stopped && !open
}

// stateWord names a state and its colour.
func stateWord(s *frameState) (string, theme.Role) {
	switch {
	case s.silent:
		return lang.L("No listener open"), theme.RoleBad
	case s.state == engine.Running:
		return lang.L("Running"), theme.RoleGood
	case s.state == engine.Degraded:
		return lang.L("Partly running"), theme.RoleLate
	default:
		return lang.L("Stopped"), theme.RoleBad
	}
}

// buildLeft is the left part of the status line.
func buildLeft(s engine.Status, c counts, limits int, now time.Time) []string {
	state := lang.L("Gateway stopped")
	switch up := now.Sub(s.Since); {
	case s.State == engine.Stopped:
	case up < time.Minute:
		state = lang.L("Gateway just started")
	default:
		state = lang.L("Gateway up {{.Time}}", map[string]any{"Time": units.Uptime(up)})
	}
	left := []string{
		state,
		lang.N("{{.Count}} clients", c.clients, map[string]any{"Count": format.Count(int64(c.clients))}),
		lang.N("{{.Count}} observers", c.observers, map[string]any{"Count": format.Count(int64(c.observers))}),
		lang.N("{{.Count}} topics", c.topics, map[string]any{"Count": format.Count(int64(c.topics))}),
		lang.L("{{.Count}} dropped", map[string]any{"Count": format.Count(int64(s.Dropped))}),
	}
	if limits > 0 {
		left = append(left, lang.N("{{.Count}} limits reached", limits, map[string]any{"Count": format.Count(int64(limits))}))
	}
	return left
}

// buildRight is the right part of the status line: where the broker and the state are.
func buildRight(s engine.Status) []string {
	state := lang.L("State is not kept")
	if s.StatePath != "" {
		state = lang.L("State: {{.File}}, {{.Size}}", map[string]any{"File": filepath.Base(s.StatePath), "Size": format.Bytes(s.StateSize)})
	}
	return []string{lang.L("Embedded broker"), state}
}

// showFrame brings the frame up to date.
func (w *window) showFrame(s *frameState) {
	w.top.show(s)
	w.bottom.show(s)
	w.rail.SetCount(pane.Clients, format.Count(int64(s.counts.clients)))
	w.rail.SetCount(pane.Topics, format.Count(int64(s.counts.topics)))
	w.rail.SetCount(pane.Observers, format.Count(int64(s.counts.observers)))
	w.rail.SetCount(pane.Devices, format.Count(int64(s.counts.devices)))
	w.rail.SetCount(pane.Directory, format.Count(int64(s.counts.registrations)))
	w.menu.update(w)
	w.showFailure(s.listeners)
}
