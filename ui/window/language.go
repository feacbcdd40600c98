package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/settings"
)

// firstLayout is how the window is built: as it was before it was built anew, or as it was left.
func firstLayout(o Options) (layout, []byte) {
	left, saved := readLayout(o.Engine)
	if o.left != nil {
		left = *o.left
	}
	if o.Language != nil {
		left.Language = *o.Language
	}
	return left, saved
}

// setLanguage has the window speak c. Texts are written when what shows them is built, so all of it is built anew, as it
// stood; the engine goes on meanwhile. What a request in the Request pane observes ends.
func (w *window) setLanguage(c language.Choice) {
	if c == w.language || w.closed.Load() {
		return
	}
	left, err := w.currentLayout()
	if err != nil {
		fyne.LogError("reading the window's layout", err)
		return
	}
	w.closePresentation()
	demonstration := w.demo.handOver()
	w.close()
	o := w.options
	left.Language, o.left, o.Language = c, &left, nil
	o.StartErr = w.failure.other
	if !w.crash.Visible() {
		o.CrashReport = ""
	}
	overlays := w.window.Canvas().Overlays()
	for top := overlays.Top(); top != nil; top = overlays.Top() {
		overlays.Remove(top)
	}
	next := newWindow(w.app, w.window, o, w.deliver)
	w.next = next
	next.panes[pane.Settings].(*settings.Pane).Resume(w.panes[pane.Settings].(*settings.Pane))
	next.window.SetCloseIntercept(next.closeWindow)
	next.tray.begin()
	next.demo.take(demonstration)
	if w.ticking {
		next.live()
	}
}

// latest is the window that was built last in place of w.
func (w *window) latest() *window {
	for w.next != nil {
		w = w.next
	}
	return w
}

// languageMenu has an item a language, of which the one in use is ticked.
func languageMenu(w *window) *fyne.MenuItem {
	top := fyne.NewMenuItem(lang.L("Language"), nil)
	top.ChildMenu = fyne.NewMenu("")
	for _, c := range language.Choices() {
		item := fyne.NewMenuItem(c.Name(), func() { w.setLanguage(c) })
		item.Checked = c == w.language
		top.ChildMenu.Items = append(top.ChildMenu.Items, item)
	}
	return top
}
