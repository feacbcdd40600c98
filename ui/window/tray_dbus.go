//go:build !windows && !darwin

package window

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"
)

// trayAnswer is how long the desktop may take to say whether it shows a tray.
const trayAnswer = 500 * time.Millisecond

// traySeen asks the session bus whether a desktop shows the icons of the StatusNotifier specification. GNOME does with an
// extension only.
func traySeen() bool {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
		if _, err := os.Stat(socket); err != nil || !filepath.IsAbs(socket) {
			return false // the library would start a bus of its own
		}
		address = "unix:path=" + socket
	}
	ctx, cancel := context.WithTimeout(context.Background(), trayAnswer)
	defer cancel()
	bus, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer bus.Close()
	const watcher = "org.kde.StatusNotifierWatcher"
	var seen dbus.Variant
	call := bus.Object(watcher, "/StatusNotifierWatcher").CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, watcher, "IsStatusNotifierHostRegistered")
	if err := call.Store(&seen); err != nil {
		return false
	}
	is, ok := seen.Value().(bool)
	return ok && is
}
