package conformance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/engine/settings"
)

const mutations = 3000

// harassed are observers, with what is sent from their address.
var harassed = []struct {
	name          string
	dialect       settings.Dialect
	toml          string
	before, after string
	seeds         []string
}{
	{
		name: "emqx5", dialect: settings.DialectEMQX5, toml: required,
		before: `
				a POST mqtt/connection?clientid=1 -> 2.01 "$T"
				a GET ps/t?clientid=1&token=$T observe=0 tkn=a1b2c3d4e5f60718 -> 2.05 observe=*`,
		seeds: []string{
			"POST ps/x?clientid=1&token=$T : 1", "NON GET ps/y?clientid=1&token=$T observe=0",
			"POST ps/x?clientid=1&token=$T block1=0/1/16 : 0123456789abcdef", "GET ps/x?clientid=1&token=$T block2=1/0/64",
			"PUT mqtt/connection?clientid=1&token=$T",
		},
		after: `
				a PUT mqtt/connection?clientid=1&token=$T -> 2.04`,
	},
	{
		name: "emqx4", dialect: settings.DialectEMQX4,
		before: `
				a GET mqtt/t?c=1 observe=0 tkn=a1b2c3d4e5f60718 -> 2.05 observe=0`,
		seeds: []string{
			"PUT mqtt/x?c=1 : 1", "NON GET mqtt/y?c=1 observe=0", "POST ps/?c=1 ct=40 : <x>;ct=42",
			"PUT ps/x?c=1 ct=42 maxage=5 block1=0/1/16 : 0123456789abcdef", "GET .well-known/core?rt=x block2=0/0/16",
		},
		after: `
				gateway knows 1`,
	},
	{
		name: "auto", dialect: settings.DialectAuto,
		before: `
				a GET ps/t observe=0 tkn=a1b2c3d4e5f60718 -> 2.05 observe=*`,
		seeds: []string{
			"POST ps/x?q=1 : 1", "PUT mqtt/x?c=1 : 1", `POST pubsub ct=606 : {0: "x", 2: "core.ps.data"}`,
			"FETCH pubsub ct=606 : {0: \"x\"}", "POST rd?ep=x&lt=60 ct=40 : </a>;rt=b", "GET ps/x block2=1/0/64 noresponse=2",
		},
	},
}

// TestMutatedDatagramsEndNothing sends requests with mistakes in them from the address of an observer: neither its
// observation nor its session ends, and the gateway answers.
func TestMutatedDatagramsEndNothing(t *testing.T) {
	for _, c := range harassed {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, err := newWorld(t, c.dialect, c.toml)
			defer w.end(t)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.converse(c.before); err != nil {
				t.Fatal(err)
			}
			if err := w.harass("a", c.seeds); err != nil {
				t.Fatal(err)
			}
			if err := w.converse("m publishes t q0 : still" + c.after); err != nil {
				t.Fatal(err)
			}
			told, err := w.devices["a"].read(patience, func(m *message) bool {
				return string(m.token) == "\xa1\xb2\xc3\xd4\xe5\xf6\x07\x18" && string(m.payload) == "still"
			})
			if err != nil || told == nil {
				t.Errorf("the observation has ended (%v)", err)
			}
		})
	}
}

// harass sends mutations of requests from a device's address.
func (w *world) harass(name string, requests []string) error {
	d, err := w.device(name)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(7641, 7252))
	for i := range mutations {
		m, err := d.parse(w.fill(requests[i%len(requests)]))
		if err != nil {
			return err
		}
		if err := d.send(mutated(random, m.encode())); err != nil {
			return err
		}
		if i%50 == 49 {
			if err := d.pings(); err != nil {
				return fmt.Errorf("after %d: %w", i, err)
			}
			d.inbox = nil
		}
	}
	return nil
}

// mutated changes a datagram in one to four places. What is left of it is neither an empty message nor DELETE: a Reset and
// the close of a connection may well end what they say.
func mutated(random *rand.Rand, b []byte) []byte {
	for range 1 + random.IntN(4) {
		at := random.IntN(len(b))
		switch random.IntN(5) {
		case 0:
			b[at] ^= 1 << random.IntN(8)
		case 1:
			b[at] = byte(random.Uint32())
		case 2:
			b = slices.Insert(b, at, byte(random.Uint32()))
		case 3:
			b = slices.Delete(b, at, at+1)
		default:
			b = b[:max(at, 5)]
		}
		if len(b) == 0 {
			return []byte{0x40}
		}
	}
	if len(b) > 1 && (b[1] == 0 || b[1] == codeOf["DELETE"]) {
		b[1] = 1
	}
	return b
}
