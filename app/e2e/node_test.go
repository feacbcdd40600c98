//go:build e2e

package e2e

import "testing"

// node-coap keeps one token over all blocks of a transfer where libcoap takes a new one for each: both have to work.
func TestNodeCoAP(t *testing.T) {
	nodeModule(t, "coap")
	portsFree(t)
	serve(t)
	device := start(t, nil, "node", "testdata/node-coap.js")
	device.sees(t, "observing 2.05\n")
	publishUntil(t, device, `mosquitto_pub -p 1883 -t node/command -m "blink"`, "notified blink\n")
	device.sees(t, "published 2.01\n")
	device.sees(t, "read 2.05 5000 true\n")
	shell(t, `head -c 3000 /dev/zero | tr '\0' x | mosquitto_pub -p 1883 -t node/command -s`)
	device.sees(t, "notified of 3000 bytes\n")
	publishUntil(t, device, `mosquitto_pub -p 1883 -t node/command -m "blink again"`, "notified blink again\n")
}
