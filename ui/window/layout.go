package window

import (
	"bytes"
	"encoding/json"

	"fyne.io/fyne/v2"

	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// LayoutKey is where the engine keeps the layout, apart from other values that the window remembers.
const LayoutKey = "window"

// layout is what is remembered of the window.
type layout struct {
	Width       float32                    `json:"width"`
	Height      float32                    `json:"height"`
	Pane        string                     `json:"pane"`
	Theme       theme.Mode                 `json:"theme"`
	Language    language.Choice            `json:"language,omitempty"`
	Drawer      bool                       `json:"drawer"`
	OverviewToo bool                       `json:"drawer_in_overview,omitempty"`
	TrafficToo  bool                       `json:"drawer_in_traffic,omitempty"`
	Split       float64                    `json:"split"`
	InDrawer    widget.TableState          `json:"in_drawer"`
	Tray        bool                       `json:"tray,omitempty"`   // run on in it when the window is closed
	Recent      []string                   `json:"recent,omitempty"` // in the palette
	Panes       map[string]json.RawMessage `json:"panes"`
}

// The size of a window that nobody has resized yet, and the least and the largest one that is restored.
var (
	firstSize   = fyne.NewSize(1440, 900)
	leastSize   = fyne.NewSize(640, 400)
	largestSize = fyne.NewSize(7680, 4320)
)

// firstSplit is the part of the height that the panes have above the drawer.
const firstSplit = 0.74

// readLayout reads how the window was left; what cannot be read is as it is on the first start.
func readLayout(e Engine) (l layout, saved []byte) {
	first := layout{Width: firstSize.Width, Height: firstSize.Height, Pane: pane.Overview, Theme: theme.System, Drawer: true, Split: firstSplit}
	l = first
	data := e.LayoutValue(LayoutKey)
	if len(data) == 0 {
		return l, nil
	}
	if err := json.Unmarshal(data, &l); err != nil {
		fyne.LogError("reading the window's layout", err)
		return first, nil // l has what stands before the mistake
	}
	return l, data
}

// restoreLayout brings back the window as it was left, but for its theme: that is set before anything is drawn.
func (w *window) restoreLayout(l layout) {
	for id, data := range l.Panes {
		if p := w.panes[id]; p != nil {
			if err := p.RestoreLayout(data); err != nil {
				fyne.LogError("reading the layout of "+id, err)
			}
		}
	}
	if w.panes[l.Pane] == nil {
		l.Pane = pane.Overview
	}
	w.split.SetOffset(l.Split)
	w.drawerOpen, w.trafficToo, w.overviewToo, w.recent = l.Drawer, l.TrafficToo, l.OverviewToo, l.Recent
	w.drawer.SetState(l.InDrawer)
	w.window.Resize(l.size())
	w.showPane(l.Pane)
}

// size is that of the window, within what can be seen and used.
func (l *layout) size() fyne.Size {
	return fyne.NewSize(max(leastSize.Width, min(l.Width, largestSize.Width)), max(leastSize.Height, min(l.Height, largestSize.Height)))
}

// layoutNow is the layout as it is, to be kept. UI goroutine only.
func (w *window) layoutNow() ([]byte, error) {
	l, err := w.currentLayout()
	if err != nil {
		return nil, err
	}
	return json.Marshal(l)
}

func (w *window) currentLayout() (layout, error) {
	size := w.window.Canvas().Size()
	l := layout{Width: size.Width, Height: size.Height, Pane: w.current, Theme: w.mode, Language: w.language, Drawer: w.drawerOpen, TrafficToo: w.trafficToo, OverviewToo: w.overviewToo,
		Split: w.split.Offset(), InDrawer: w.drawer.State(), Recent: w.recent, Tray: w.tray.keep, Panes: map[string]json.RawMessage{}}
	for id, p := range w.panes {
		data, err := p.SaveLayout()
		if err != nil {
			return layout{}, err
		}
		l.Panes[id] = data
	}
	return l, nil
}

// keepLayoutSoon asks the UI goroutine for the layout and keeps it where it changed.
func (w *window) keepLayoutSoon() {
	answer := make(chan []byte, 1)
	w.do(func() {
		data, err := w.layoutNow()
		if err != nil {
			fyne.LogError("remembering the window's layout", err)
		}
		answer <- data
	})
	select {
	case data := <-answer:
		w.keepLayout(data)
	case <-w.ctx.Done():
	}
}

// keepLayout keeps a layout unless it is what was kept last.
func (w *window) keepLayout(data []byte) {
	if data != nil && !bytes.Equal(data, w.saved) {
		w.saved = data
		w.engine.PutLayoutValue(LayoutKey, data)
	}
}
