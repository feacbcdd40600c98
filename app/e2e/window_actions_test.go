//go:build e2e

package e2e

import (
	"net"
	"testing"
)

// What is published from the Topics pane reaches MQTT subscribers and observing CoAP clients.
func TestWindowPublishes(t *testing.T) {
	s := openWindow(t)
	subscriber := background(t, "mosquitto_sub -p 1883 -t kiln -v &")
	observer := background(t, `coap-client-notls -m get -s 60 "coap://127.0.0.1:5683/mqtt/kiln?c=kiln-1" &`)
	publishUntil(t, observer, "mosquitto_pub -p 1883 -t kiln -m first", "first")
	waitSubscribed(t, subscriber, "kiln")
	shell(t, "mosquitto_pub -p 1883 -t anvil -m above") // gets the keyboard's ring, within which a machine reads nothing
	s.press(t, "ctrl+3")
	s.reads(t, "retained") // the pane is drawn: the drawer below it names the topic too
	s.click(t, "kiln")
	form := s.find(t, "Publish")
	s.clickAt(t, point{form.x, form.y + 60})
	s.run(t, "xdotool", "type", "typed by hand")
	s.press(t, "ctrl+Return")
	subscriber.sees(t, "kiln typed by hand\n")
	observer.sees(t, "typed by hand")
}

// A port that another program holds is named, the next free one is offered, and choosing it opens it; the other listeners
// serve meanwhile.
func TestWindowOffersTheNextFreePort(t *testing.T) {
	needs(t, "mosquitto_pub")
	portsFree(t)
	taken, err := net.ListenPacket("udp", "127.0.0.1:5683")
	must(t, err == nil, "%v", err)
	defer taken.Close()
	s := launch(t)
	s.reads(t, "127.0.0.1:5683", "5684")
	shell(t, "mosquitto_pub -p 1883 -t still -m served")
	s.click(t, "Use") // of the button
	s.reads(t, "127.0.0.1:5684", "Running")
	got := shell(t, `coap-client-notls -m put -e 1 "coap://127.0.0.1:5684/mqtt/moved?c=mover"`)
	must(t, got == "", "publishing to the new port printed %q", got)
}

// Stop ends the listeners, Start brings them back.
func TestWindowStopsAndStarts(t *testing.T) {
	s := openWindow(t)
	button := s.click(t, "Stop")
	s.reads(t, "Stopped")
	portsFree(t)
	s.clickAt(t, button) // it says Start now, dark on a bright ground, which is hard to read for a machine
	s.reads(t, "Running")
	answers(t)
}
