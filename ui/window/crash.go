package window

import (
	"io"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// reportShown is how much of a report is shown; the end of a long one lists goroutines only. reportCopied is how much is
// copied.
const (
	reportShown  = 6 << 10
	reportCopied = 1 << 20
)

// reportSize is how large the report is shown.
var reportSize = fyne.NewSize(900, 480)

// newCrashBanner says that the program crashed the last time, until the report is deleted or the banner closed.
func newCrashBanner(w *window) *widget.Banner {
	banner := widget.NewBanner()
	path := w.options.CrashReport
	if path == "" {
		return banner
	}
	when := ""
	if info, err := os.Stat(path); err == nil {
		when = info.ModTime().Local().Format(time.DateTime)
	}
	banner.Also(lang.L("Delete"), func() { w.deleteReport(path, banner) })
	banner.Say(theme.RoleLate, lang.L("Sluice crashed on {{.Time}}. {{.File}} has the message of the failure and the functions that ran; what else the program knew is not in it, unless the failure names it.",
		map[string]any{"Time": when, "File": path}), lang.L("Show"), func() { w.showReport(path) })
	return banner
}

func (w *window) deleteReport(path string, banner *widget.Banner) {
	w.run(func() {
		err := os.Remove(path)
		w.do(func() {
			if err != nil && !os.IsNotExist(err) {
				w.host.Failed(lang.L("Deleting the report failed"), err)
				return
			}
			banner.Hide()
		})
	})
}

// showReport shows the report in a dialog from which it can be copied.
func (w *window) showReport(path string) {
	w.run(func() {
		text, err := readReport(path)
		w.do(func() {
			if err != nil {
				w.host.Failed(lang.L("Reading the report failed"), err)
				return
			}
			code := widget.NewCode()
			code.SetText(text[:min(len(text), reportShown)])
			copying := widget.NewButton(lang.L("Copy"), func() {
				widget.CopyText(text)
				w.notify(theme.RoleGood, lang.L("The report is on the clipboard"), "", nil)
			})
			content := pane.Border(nil, widget.NewPadded(0, 8, container.NewHBox(copying)), nil, nil, container.NewScroll(code))
			w.host.InformWide(lang.L("Report of the crash"), content, reportSize, func() {})
		})
	})
}

func readReport(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, reportCopied))
	return string(data), err
}
