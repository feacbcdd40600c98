package certificates

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/ui/theme"
)

// keyLogName is what the file of a key log is called unless told otherwise.
const keyLogName = "sluice-keylog.txt"

// KeyLogItem is the menu item that switches the key log. The menu asks for a file, and warns.
func (p *Pane) KeyLogItem() *fyne.MenuItem {
	item := fyne.NewMenuItem(lang.L("Write a key log for Wireshark"), p.toggleKeyLog)
	item.Checked = p.engine.KeyLog() != ""
	return item
}

func (p *Pane) toggleKeyLog() {
	if p.engine.KeyLog() != "" {
		p.StopKeyLog()
		return
	}
	p.host.Ask(lang.L("Write a key log?"),
		lang.L("Whoever has the file can read all that is sent on the secure listeners while it is written. In Wireshark it is the (Pre)-Master-Secret log filename of TLS and DTLS."),
		lang.L("Choose a file"), func() { p.files.Save(keyLogName, p.setKeyLog) })
}

// StopKeyLog ends the key log.
func (p *Pane) StopKeyLog() { p.setKeyLog("") }

func (p *Pane) setKeyLog(path string) {
	p.work(lang.L("The key log could not be switched"), func(Keeper) error { return p.engine.SetKeyLog(path) }, func() {
		if path == "" {
			p.host.Notify(theme.RoleGood, lang.L("No key log is written any more"), "", nil)
		}
	})
}

// KeyLogWarning is what is said as long as a key log is written to path.
func KeyLogWarning(path string) string {
	return lang.L("The secrets of secure connections are being written to {{.Path}}: whoever has that file can read what is sent.", map[string]any{"Path": path})
}
