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

// TestScreenshots takes the pictures of the README from the real window, with real devices speaking to it.
func TestScreenshots(t *testing.T) {
	const folder = "../../assets/screenshots"
	must(t, os.MkdirAll(folder, 0o755) == nil, "make %s", folder)
	settings := filepath.Join(t.TempDir(), "settings.toml")
	must(t, os.WriteFile(settings, []byte(plantSettings), 0o600) == nil, "write %s", settings)
	secured := secureScene(t)
	s := openWindow(t, "--config", settings, "--state", secured.state)
	save := func(name string) {
		time.Sleep(500 * time.Millisecond) // one tick, and what fades
		s.run(t, "convert", "xwd:"+s.shoot(t), "-strip", filepath.Join(folder, name+".png"))
	}

	background(t, `mosquitto_sub -p 1883 -i dashboard -t 'plant/#' &`)
	background(t, `mosquitto_sub -p 1883 -i historian -q 1 -t 'building/#' &`)
	for _, observer := range []string{
		`plant/cmd/lamp?c=lamp-3`, `plant/line1/temp?c=panel-2`, `plant/line1/humidity?c=panel-2`,
		`building/power?c=meter-a1`,
	} {
		background(t, fmt.Sprintf(`coap-client-notls -m get -s 600 "coap://127.0.0.1:5683/mqtt/%s" &`, observer))
	}
	token := shell(t, `coap-client-notls -m post -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=sensor-17&username=admin&password=public"`)
	shell(t, `mosquitto_pub -p 1883 -r -t plant/line1/state -m '{"run":true,"rpm":1480}'`)
	shell(t, `coap-client-notls -m put -t json -e '{"level":7}' "coap://127.0.0.1:5683/ps/building/tank?c=tank-1"`)
	work := func(from, to int) {
		for i := from; i < to; i++ {
			x := float64(i) / 9
			shell(t, fmt.Sprintf(`coap-client-notls -m post -e %.1f "coap://127.0.0.1:5683/ps/plant/line1/temp?clientid=sensor-17&token=%s"`,
				22+2*math.Sin(x)+math.Sin(5*x)/3, token))
			shell(t, fmt.Sprintf(`coap-client-notls -m put -e %.1f "coap://127.0.0.1:5683/mqtt/plant/line1/humidity?c=sensor-18"`,
				42+3*math.Cos(x)+math.Sin(7*x)))
			shell(t, fmt.Sprintf(`mosquitto_pub -p 1883 -i meter -t building/power -m %.2f`, 1.8+math.Sin(x/2)/2))
			time.Sleep(250 * time.Millisecond)
		}
	}
	work(0, 2)
	s.press(t, "ctrl+3")
	s.reads(t, "retained") // the pane is drawn: the drawer below it names the topic too
	s.click(t, "temp")
	work(2, 80)
	shell(t, `mosquitto_pub -p 1883 -t plant/cmd/lamp -m '{"on":true}'`)
	work(80, 84)
	save("topics")
	s.press(t, "ctrl+4")
	work(84, 88)
	save("observers")
	s.press(t, "ctrl+1")
	work(88, 112)
	save("overview")
	s.press(t, "ctrl+2")
	s.click(t, "sensor-17")
	work(112, 116)
	save("clients")
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
	s.press(t, "ctrl+5")
	s.click(t, "lamp-3")
	work(116, 118)
	save("directory")
	shell(t, `coap-client-notls -m get "coap://127.0.0.1:5683/ps/unknown?c=panel-9"`)
	s.press(t, "ctrl+6")
	work(118, 122)
	s.click(t, "POST")
	save("traffic")
	for i := range 7 { // somebody guesses a password
		shell(t, fmt.Sprintf(`mosquitto_pub -p 1883 -u line1 -P guess-%d -t plant/line1/temp -m 0 || true`, i))
	}
	s.press(t, "ctrl+0")
	s.press(t, "ctrl+j") // without the drawer
	work(122, 124)
	s.click(t, "valve-9")
	save("access")
	secured.connect(t)
	s.press(t, "ctrl+9")
	work(124, 126)
	s.click(t, "sensor-17")
	save("certificates")
	s.press(t, "ctrl+7")
	s.reads(t, "Response")
	s.press(t, "ctrl+Return")
	s.reads(t, "datagrams")
	save("request")
	s.press(t, "ctrl+k")
	time.Sleep(time.Second) // the palette is open
	s.run(t, "xdotool", "type", "settings")
	s.press(t, "Return")
	s.reads(t, "Default")
	save("settings")
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
