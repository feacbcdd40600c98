//go:build e2e && windowbench

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	benchIdle  = 20 * time.Second // without any message
	benchRest  = 15 * time.Second // in Overview, in the flood
	benchTime  = time.Minute      // of clicks, in the flood
	benchPulse = 10 * time.Second // between two looks at the memory
)

// TestWindowBench floods the gateway of a program with a window while a script clicks through its panes, and prints how
// soon the window answers, how often Overview is drawn and what memory it takes. It judges nothing.
func TestWindowBench(t *testing.T) {
	b := openBench(t)
	f := newFlood(t, b.coap, b.mqtt)
	fmt.Printf("The window in a flood, %s\n  %s\n", machine(), f)
	places := b.learn()
	b.idle()

	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- f.run(stop) }()
	time.Sleep(time.Second) // the first burst
	b.watch.note("flood begins")
	frames := b.rest(benchRest)
	b.watch.every(benchPulse)
	began, before := time.Now(), b.watch.count()
	b.script(places, began.Add(benchTime))
	after, took := b.watch.count(), time.Since(began)
	b.watch.stop("clicks end")
	close(stop)
	must(t, <-ended == nil, "the flood ended early")
	time.Sleep(benchPulse)
	b.watch.note("10 s later")

	b.printRates(f, before, after, took)
	b.printTimes()
	fmt.Printf("\n%s\n", frames)
	b.watch.print()
}

// bench is a window with what drives and measures it.
type bench struct {
	t                   *testing.T
	screen              *screen
	in                  *input
	pixels              framebuffer
	watch               *watch
	coap, mqtt, profile string // addresses
	frames              string // the file in which the window says how often Overview is drawn

	kinds    []string // of answers, in the order in which they came first
	took     map[string][]time.Duration
	unsteady map[string]int

	flooded      bool
	first, whole []time.Duration // until something of an answer was painted, and all of it, in the flood
}

func openBench(t *testing.T) *bench {
	needs(t, "xwd", "convert", "tesseract")
	folder := t.TempDir()
	b := &bench{t: t, coap: freeAddress(t, "udp"), mqtt: freeAddress(t, "tcp"), profile: freeAddress(t, "tcp"),
		frames: filepath.Join(folder, "frames"), took: map[string][]time.Duration{}, unsteady: map[string]int{}}
	settings := filepath.Join(folder, "settings.toml")
	must(t, os.WriteFile(settings, fmt.Appendf(nil, benchSettings, b.coap, b.mqtt), 0o600) == nil, "write %s", settings)
	b.screen = &screen{environment: display(t, "-fbdir", folder), folder: folder}
	b.screen.program = start(t, append(b.screen.environment, "SLUICE_FRAMES="+b.frames), program(t, "SLUICE_WINDOW"),
		"--state", filepath.Join(folder, "sluice.db"), "--config", settings, "--profile", b.profile)
	b.screen.reads(t, "Clients", "Topics", "Observers", "Traffic")
	b.pixels = openFramebuffer(t, filepath.Join(folder, "Xvfb_screen0"))
	b.in = openInput(t, b.screen.environment)
	b.watch = newWatch(t, b.screen.program.cmd.Process.Pid, b.profile)
	b.watch.note("opened")
	return b
}

const benchSettings = `
[[listener]]
bind = "coap://%s"
[[listener]]
bind = "mqtt://%s"
[access]
anonymous = true
[[access.user]]
username = "admin"
password = "public"
[[access.user]]
username = "backend"
password = "a long one for the back end"
`
