//go:build e2e && screenshots

package e2e

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// screenshots is where the pictures are kept. A pane has four: NAME.png, NAME-light.png, NAME-empty.png and
// NAME-empty-light.png.
const screenshots = "../../assets/screenshots"

// keysOf lead to the panes, in the order of the rail.
var keysOf = []struct{ pane, keys string }{
	{"overview", "ctrl+1"}, {"clients", "ctrl+2"}, {"topics", "ctrl+3"}, {"observers", "ctrl+4"}, {"directory", "ctrl+5"},
	{"traffic", "ctrl+6"}, {"request", "ctrl+7"}, {"devices", "ctrl+8"}, {"certificates", "ctrl+9"}, {"access", "ctrl+0"},
	{"settings", "ctrl+comma"},
}

// withoutDrawer are the panes that need the room.
var withoutDrawer = map[string]bool{"access": true, "certificates": true, "devices": true, "request": true, "settings": true}

// goTo brings a pane into view.
func (s *screen) goTo(t *testing.T, pane string) {
	t.Helper()
	for _, k := range keysOf {
		if k.pane == pane {
			s.press(t, k.keys)
		}
	}
	time.Sleep(300 * time.Millisecond)
}

// choose runs the first command that the palette finds for words.
func (s *screen) choose(t *testing.T, words string) {
	t.Helper()
	s.press(t, "ctrl+k")
	time.Sleep(time.Second) // the palette is open
	s.run(t, "xdotool", "type", words)
	time.Sleep(300 * time.Millisecond)
	s.press(t, "Return")
	time.Sleep(300 * time.Millisecond)
}

// save keeps a picture of the window, in few colours: it is text on plain ground.
func (s *screen) save(t *testing.T, name string) {
	t.Helper()
	time.Sleep(500 * time.Millisecond) // one tick, and what fades
	s.run(t, "convert", "xwd:"+s.shoot(t), "+dither", "-colors", "256", "-strip", "-define", "png:compression-level=9", filepath.Join(screenshots, name+".png"))
}

// saveAll takes pictures of all panes in dark and in light. before is called ahead of each.
func (s *screen) saveAll(t *testing.T, suffix string, before func(pane string)) {
	t.Helper()
	drawer := true
	for _, look := range []struct{ command, suffix string }{{"dark", ""}, {"light", "-light"}} {
		s.choose(t, look.command)
		for _, k := range keysOf {
			s.goTo(t, k.pane)
			if k.pane != "overview" && k.pane != "traffic" && drawer == withoutDrawer[k.pane] { // those two have their own
				drawer = !drawer
				s.press(t, "ctrl+j")
			}
			before(k.pane)
			s.save(t, k.pane+suffix+look.suffix)
		}
	}
}

// TestScreenshotsOfEmptyPanes takes pictures of a first start.
func TestScreenshotsOfEmptyPanes(t *testing.T) {
	must(t, os.MkdirAll(screenshots, 0o755) == nil, "make %s", screenshots)
	s := launchUnanswered(t)
	s.reads(t, "Who", "demonstration")
	s.save(t, "first-start")
	s.press(t, "Return")
	s.reads(t, "Clients", "Topics", "Observers", "Traffic")
	s.saveAll(t, "-empty", func(string) {})
}

// TestScreenshots takes pictures of the panes with real devices speaking to them.
func TestScreenshots(t *testing.T) {
	must(t, os.MkdirAll(screenshots, 0o755) == nil, "make %s", screenshots)
	settings := filepath.Join(t.TempDir(), "settings.toml")
	must(t, os.WriteFile(settings, []byte(plantSettings), 0o600) == nil, "write %s", settings)
	secured := secureScene(t)
	s := openWindow(t, "--config", settings, "--state", secured.state)
	work := plantScene(t)
	directoryScene(t)
	work(2)

	s.goTo(t, "topics")
	s.reads(t, "retained") // the pane is drawn: the drawer below it names the topic too
	s.click(t, "temp")
	work(80)
	shell(t, `mosquitto_pub -p 1883 -t plant/cmd/lamp -m '{"on":true}'`)
	s.goTo(t, "directory")
	s.click(t, "lamp-3")
	shell(t, `coap-client-notls -m get "coap://127.0.0.1:5683/ps/unknown?c=panel-9"`)
	s.goTo(t, "traffic")
	work(4)
	s.click(t, "POST")
	for i := range 7 { // somebody guesses a password
		shell(t, fmt.Sprintf(`mosquitto_pub -p 1883 -u line1 -P guess-%d -t plant/line1/temp -m 0 || true`, i))
	}
	s.goTo(t, "access")
	s.press(t, "ctrl+j")
	s.click(t, "valve-9")
	secured.connect(t)
	s.goTo(t, "certificates")
	s.click(t, "sensor-17")
	s.goTo(t, "request")
	s.reads(t, "Response")
	s.press(t, "ctrl+Return")
	s.reads(t, "datagrams")
	s.goTo(t, "settings")
	for range 5 { // down from the listeners, to a setting
		s.press(t, "Down")
	}
	s.goTo(t, "devices")
	templates := s.find(t, "Templates")
	s.clickAt(t, point{templates.x + 110, templates.y}) // Start devices
	s.reads(t, "Cancel")
	s.press(t, "Return")
	s.click(t, "running")
	s.press(t, "ctrl+j")
	work(1)
	s.goTo(t, "clients")
	s.click(t, "sensor-17")
	s.saveAll(t, "", func(pane string) {
		if pane == "overview" {
			work(20) // its charts begin when it is seen
		}
		work(4)
	})
}

// plantScene has MQTT clients listen and devices observe; what it returns publishes, n times each.
func plantScene(t *testing.T) (work func(n int)) {
	t.Helper()
	background(t, `mosquitto_sub -p 1883 -i dashboard -t 'plant/#' &`)
	background(t, `mosquitto_sub -p 1883 -i historian -q 1 -t 'building/#' &`)
	for _, observer := range []string{
		`plant/cmd/lamp?c=lamp-3`, `plant/line1/temp?c=panel-2`, `plant/line1/humidity?c=panel-2`,
		`building/power?c=meter-a1`,
	} {
		background(t, fmt.Sprintf(`coap-client-notls -m get -s 600 -B 600 "coap://127.0.0.1:5683/mqtt/%s" &`, observer))
	}
	token, spoke := "", time.Time{}
	shell(t, `mosquitto_pub -p 1883 -r -t plant/line1/state -m '{"run":true,"rpm":1480}'`)
	shell(t, `coap-client-notls -m put -t json -e '{"level":7}' "coap://127.0.0.1:5683/ps/building/tank?c=tank-1"`)
	done := 0
	return func(n int) {
		if time.Since(spoke) > 15*time.Second { // a connection ends when it is silent
			if token != "" {
				shell(t, fmt.Sprintf(`coap-client-notls -m delete "coap://127.0.0.1:5683/mqtt/connection?clientid=sensor-17&token=%s"`, token))
			}
			token = shell(t, `coap-client-notls -m post -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=sensor-17&username=admin&password=public"`)
		}
		for range n {
			spoke = time.Now()
			x := float64(done) / 9
			done++
			shell(t, fmt.Sprintf(`coap-client-notls -m post -e %.1f "coap://127.0.0.1:5683/ps/plant/line1/temp?clientid=sensor-17&token=%s"`,
				22+2*math.Sin(x)+math.Sin(5*x)/3, token))
			shell(t, fmt.Sprintf(`coap-client-notls -m put -e %.1f "coap://127.0.0.1:5683/mqtt/plant/line1/humidity?c=sensor-18"`,
				42+3*math.Cos(x)+math.Sin(7*x)))
			shell(t, fmt.Sprintf(`mosquitto_pub -p 1883 -i meter -t building/power -m %.2f`, 1.8+math.Sin(x/2)/2))
			time.Sleep(250 * time.Millisecond)
		}
	}
}

// directoryScene registers devices with the resource directory.
func directoryScene(t *testing.T) {
	t.Helper()
	for _, device := range []struct{ query, links string }{
		{"ep=lamp-3&d=hall&lt=86400&et=oic.d.light", `</light/left>;rt="light";ct=0;obs,</light/right>;rt="light";ct=0;obs,</light/level>;rt="brightness";ct=112;obs,</fw>;rt="firmware";ct=42`},
		{"ep=meter-a1&d=plant&lt=3600", `</power>;rt="power";ct=110;obs,</energy>;rt="energy";ct=110`},
		{"ep=sensor-17&d=plant&lt=7200", `</temp>;rt="temperature";ct=0;obs,</humidity>;rt="humidity";ct=0;obs`},
		{"ep=valve-9&d=plant&lt=40", `</state>;rt="valve";ct="50 60",</cmd>;rt="command";ct=50`},
		{"ep=border-router&base=coap://[2001:db8::1]", `</leds>;rt="led"`},
		{"ep=door-east&lt=5", `</open>;rt="door";ct=0;obs`},
		{"ep=tank-1&lt=0", `</level>;rt="level"`}, // refused: a lifetime is at least a second
	} {
		shell(t, fmt.Sprintf(`coap-client-notls -m post -t 40 -e '%s' "coap://127.0.0.1:5683/rd?%s"`, device.links, device.query))
	}
}

// plantSettings let everybody in, demand a certificate or key over coaps, and keep the devices of TestScreenshots from
// nothing.
const plantSettings = `
[[listener]]
bind = "coap://127.0.0.1:5683"
[[listener]]
bind = "coaps://127.0.0.1:5684"
dtls_options = {verify = "verify_peer", fail_if_no_peer_cert = true}
[[listener]]
bind = "mqtt://127.0.0.1:1883"
[access]
anonymous = true
[[access.user]]
username = "admin"
password = "public"
[[access.user]]
username = "backend"
password = "a long one for the back end"
[[access.user]]
username = "line1"
password = "a long one for line 1"
client_attrs = { site = "north", line = "1" }
[[access.rule]]
permission = "allow"
who = "user:backend"
action = "all"
topics = ["#"]
[[access.rule]]
permission = "deny"
who = "cn:old-panel"
action = "connect"
[[access.rule]]
permission = "allow"
who = "all"
action = "publish"
topics = ["state/${clientid}", "${username}/#"]
[[access.rule]]
permission = "deny"
who = "all"
action = "subscribe"
topics = ["secret/#"]
[[access.rule]]
permission = "deny"
who = "client:valve-9"
action = "publish"
topics = ["plant/cmd/#"]
`
