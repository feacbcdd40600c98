package collection

import (
	"embed"
	"strings"

	"sluice/engine/mistakes"
)

//go:embed ready/*.coap
var ready embed.FS

// ReadyPrefix is before the name of a collection that comes with the program.
const ReadyPrefix = "ready:"

// ReadyNames are the collections that come with the program: for EMQX 5 without and with connections, EMQX 4,
// draft-ietf-core-coap-pubsub and the resource directory.
func ReadyNames() []string {
	return []string{"emqx5", "emqx5-connection", "emqx4", "ietf", "directory"}
}

// ReadySource is the text of a collection that comes with the program.
func ReadySource(name string) ([]byte, error) {
	data, err := ready.ReadFile("ready/" + name + Extension)
	if err != nil {
		return nil, mistakes.Errorf("there is no collection %s%s; there are %s", ReadyPrefix, name, strings.Join(ReadyNames(), ", "))
	}
	return data, nil
}

// Ready reads a collection that comes with the program.
func Ready(name string) (*File, error) {
	data, err := ReadySource(name)
	if err != nil {
		return nil, err
	}
	return Parse(ReadyPrefix+name, data)
}
