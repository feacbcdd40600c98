package window

import (
	"errors"
	"io/fs"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
	"sluice/ui/widget"
)

// disk says as long as the state file cannot be written: clients are refused meanwhile, though the gateway runs.
type disk struct {
	window *window
	banner *widget.Banner
	said   string // the ticker's
}

func newDisk(w *window) *disk {
	d := &disk{window: w, banner: widget.NewBanner()}
	d.banner.Lasting()
	return d
}

// gather returns what brings the banner up to date, nil if it is.
func (d *disk) gather(time.Time) func() {
	text := ""
	if s := d.window.engine.Status(); s.StateErr != nil {
		text = diskWords(s.StatePath, s.StateErr)
	}
	if text == d.said {
		return nil
	}
	d.said = text
	return func() {
		if text == "" {
			d.banner.Hide()
			return
		}
		d.banner.Say(theme.RoleBad, text, lang.L("Try again"), d.try)
	}
}

// diskWords say what is wrong with a state file and what that means.
func diskWords(path string, err error) string {
	reason := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		reason = at.Err
	}
	return lang.L("{{.File}} cannot be written: {{.Reason}}. Nothing is lost that was acknowledged; what is to be kept is refused until there is room again.",
		map[string]any{"File": path, "Reason": reason})
}

// try writes the layout of the window: where that succeeds there is room again.
func (d *disk) try() {
	w := d.window
	data, err := w.layoutNow()
	if err != nil {
		fyne.LogError("remembering the window's layout", err)
		return
	}
	w.run(func() {
		w.engine.PutLayoutValue(LayoutKey, data)
		w.wakeUp()
	})
}
