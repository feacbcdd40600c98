package command_test

import (
	"os/exec"
	"testing"

	"sluice/ui/command"
)

func TestCommands(t *testing.T) {
	g := command.Gateway{CoAP: "127.0.0.1:5683", MQTT: "127.0.0.1:1883"}
	for name, c := range map[string]struct{ got, want string }{
		"connect":          {g.Connect("sensor 1"), `coap-client-notls -m post -e "" "coap://127.0.0.1:5683/mqtt/connection?clientid=sensor%201"`},
		"publish text":     {g.Publish("plant/temp", []byte("23.4"), 0, false), `coap-client-notls -m put -e "23.4" coap://127.0.0.1:5683/ps/plant/temp`},
		"publish retained": {g.Publish("a", []byte(`{"t":1}`), 1, true), `coap-client-notls -m put -e '{"t":1}' "coap://127.0.0.1:5683/ps/a?qos=1&retain=true"`},
		"publish bytes":    {g.Publish("a", []byte{0, 0xff}, 0, false), `printf '\000\377' | coap-client-notls -m put -f - coap://127.0.0.1:5683/ps/a`},
		"publish nothing":  {g.Publish("a", nil, 0, false), `coap-client-notls -m put -e "" coap://127.0.0.1:5683/ps/a`},
		"observe a filter": {g.Observe("plant/+/cmd/#"), `coap-client-notls -m get -s 60 coap://127.0.0.1:5683/ps/plant/+/cmd/%23`},
		"a request":        {g.Again(command.Request{Method: "POST", Path: []string{"ps", "a"}, Query: []string{"c=1"}, ContentFormat: -1, Payload: []byte("on")}), `coap-client-notls -m post -e "on" "coap://127.0.0.1:5683/ps/a?c=1"`},
		"an observe":       {g.Again(command.Request{Method: "GET", Path: []string{"ps", "a"}, ContentFormat: -1, Observe: true}), `coap-client-notls -m get -s 60 coap://127.0.0.1:5683/ps/a`},
		"a binary request": {g.Again(command.Request{Method: "PUT", Path: []string{"ps", "a"}, ContentFormat: -1, Payload: []byte{9, 1}}), `printf '\011\001' | coap-client-notls -m put -f - coap://127.0.0.1:5683/ps/a`},
		"a wild path": {g.Again(command.Request{Method: "GET", Path: []string{"ps", "a/b", "#"}, Query: []string{"c=a+b &c", "u=é"}, ContentFormat: 50}),
			`coap-client-notls -m get -t 50 "coap://127.0.0.1:5683/ps/a%2Fb/%23?c=a+b%20%26c&u=%C3%A9"`},
		"a percent sign":     {g.Publish("a%", []byte("50%41"), 0, false), `coap-client-notls -m put -e "50%2541" coap://127.0.0.1:5683/ps/a%25`},
		"read":               {g.Read("$SYS/uptime"), `coap-client-notls -m get 'coap://127.0.0.1:5683/ps/$SYS/uptime'`},
		"mosquitto_pub":      {g.MosquittoPub("a b", []byte("it's"), 2, true), `mosquitto_pub -h 127.0.0.1 -p 1883 -t "a b" -q 2 -r -m "it's"`},
		"mosquitto_pub none": {g.MosquittoPub("a", nil, 0, true), `mosquitto_pub -h 127.0.0.1 -p 1883 -t a -r -n`},
		"mosquitto_pub raw":  {g.MosquittoPub("a", []byte{1}, 0, false), `printf '\001' | mosquitto_pub -h 127.0.0.1 -p 1883 -t a -s`},
		"mosquitto_sub":      {g.MosquittoSub("#"), `mosquitto_sub -h 127.0.0.1 -p 1883 -t "#" -v`},
		"all addresses":      {command.Gateway{CoAP: "0.0.0.0:5683"}.Read("a"), `coap-client-notls -m get coap://127.0.0.1:5683/ps/a`},
		"all addresses, v6":  {command.Gateway{CoAP: "[::]:5683"}.Read("a"), `coap-client-notls -m get "coap://[::1]:5683/ps/a"`},
		"over TCP":           {command.Gateway{CoAP: "127.0.0.1:5683", Scheme: "coap+tcp"}.Read("a"), `coap-client-notls -m get coap+tcp://127.0.0.1:5683/ps/a`},
		"no listener":        {command.Gateway{}.MosquittoSub("a"), `mosquitto_sub -t a -v`},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, c.got, c.want)
		}
	}
}

// A word that Quote writes comes back from a shell as it was.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "a b", `"`, `'`, "$HOME", "`id`", `\`, "!", "é", "a\nb", "#", "-n"} {
		f.Add(s)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("no shell")
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range []byte(s) {
			if c == 0 {
				t.Skip("an argument cannot hold a zero byte")
			}
		}
		out, err := exec.Command(sh, "-c", "printf %s_ "+command.Quote(s)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != s+"_" {
			t.Fatalf("Quote(%q) = %s, a shell reads %q", s, command.Quote(s), out)
		}
	})
}
