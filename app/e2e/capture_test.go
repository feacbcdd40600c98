//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// What passed is in the capture when the program has ended, and tshark reads it.
func TestCapture(t *testing.T) {
	needs(t, "coap-client-notls", "mosquitto_pub", "tshark")
	t.Parallel()
	file := filepath.Join(t.TempDir(), "traffic.pcapng")
	gateway := serveApart(t, "", "--capture", file)
	shell(t, `coap-client-notls -m put -e 21.5 "`+gateway.url("/ps/room/temperature?c=sensor-1&p=hidden")+`"`)
	shell(t, `coap-client-notls -m put -e 40 "`+gateway.urlTCP("/ps/room/humidity?c=sensor-2")+`"`)
	gateway.publish(t, "room/lamp", []byte("on"))
	must(t, gateway.interrupt(t) == nil, "it does not end with status 0:\n%s", gateway.output)

	printed := shell(t, "tshark -r "+file+" 2>/dev/null")
	for _, want := range []string{"CoAP", "PUT", "/ps/room/temperature?c=sensor-1&p=******", "2.01 Created", "/ps/room/humidity?c=sensor-2", "MQTT", "Connect Command", "Publish Message", "[room/lamp]"} {
		must(t, strings.Contains(printed, want), "tshark does not print %q but\n%s", want, printed)
	}
}
