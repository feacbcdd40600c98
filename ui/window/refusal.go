package window

import (
	"errors"
	"io/fs"
	"syscall"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynelayout "fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine/store"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// ShowError shows why the workbench cannot open and what to do, in a small window of its own: who started it from a menu
// sees no terminal. It speaks spoken, which may be empty; what is remembered cannot be read where the state file cannot.
// It returns when the user has closed it, and must be called on the main goroutine.
func ShowError(err error, spoken language.Choice) {
	if failed := language.Load(); failed != nil {
		fyne.LogError("explaining an error", failed)
	}
	a := app.New()
	language.Use(spoken)
	a.Settings().SetTheme(theme.New(theme.System))
	w := a.NewWindow(lang.L("Sluice cannot start"))
	said := language.Say(err)
	if step := nextStep(err); step != "" {
		said += "\n\n" + step
	}
	text := widget.NewSelectable(said)
	text.Wrapping = fyne.TextWrapWord
	closing := fynewidget.NewButton(lang.L("Close"), w.Close)
	closing.Importance = fynewidget.HighImportance
	w.SetContent(container.NewPadded(container.NewBorder(nil,
		container.NewHBox(fynelayout.NewSpacer(), closing), nil, nil, container.NewVScroll(text))))
	w.Resize(fyne.NewSize(560, 240))
	w.CenterOnScreen()
	w.ShowAndRun()
}

// nextStep says what helps against what keeps the workbench from opening, nothing where the error says it itself.
func nextStep(err error) string {
	var locked *store.LockedError
	var damaged *store.DamagedError
	var newer *store.NewerError
	switch {
	case errors.As(err, &locked):
		return lang.L("Use the Sluice that runs, perhaps from its icon in the tray, or end it. A second one needs a state file of its own: sluice --state FILE.")
	case errors.As(err, &newer):
		return lang.L("Install the newer Sluice, or start this one with another state file: sluice --state FILE.")
	case errors.As(err, &damaged):
		return lang.L("Put a copy of the file back, or move it away: Sluice then begins with a new one. To look around without it: sluice --state FILE.")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return lang.L("Make the file and its folder writable for you, or start with another state file: sluice --state FILE.")
	}
	return ""
}
