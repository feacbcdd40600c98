package coap

import (
	"slices"
	"time"
)

// The presets are what a device may have to live with, one way. They are round numbers from the middle of what operators
// and field reports give, not a model of a radio.
var (
	// NBIoT is narrowband IoT in ordinary coverage. Idle devices make a random access and repeat transmissions, so 0.5 s
	// to 1.5 s pass one way and round trips of 1 s to 3 s reach the ACK_TIMEOUT of 2 s to 3 s (RFC 7252, section 4.8): some
	// requests are retransmitted although nothing was lost. The link layer repeats up to 128 times, so that
	// little is lost, 2 %; a retransmitted message that was only late shows as a duplicate.
	NBIoT = Conditions{Loss: 0.02, Delay: 500 * time.Millisecond, Jitter: time.Second, Duplication: 0.01}
	// LoRaLike is IP over a LoRaWAN network (RFC 9011) at a middle data rate. 50 bytes take about 0.4 s of air time at
	// spreading factor 10, and a class A device hears an answer 1 s or 2 s after it has sent, never before: 1.5 s to 3.5 s
	// one way. Nothing repeats an unconfirmed frame, and 10 % of them collide. A gateway sends only in its share of the
	// time (duty cycle of 1 %): 6 s of every 2 minutes nothing passes. A frame holds 51 bytes at the slow data rates and 222
	// at the fast ones (EU868): longer messages are lost, so bodies want small blocks (RFC 7959).
	LoRaLike = Conditions{
		Loss: 0.10, Delay: 1500 * time.Millisecond, Jitter: 2 * time.Second, SilentFor: 6 * time.Second, SilentEvery: 2 * time.Minute,
		MaxSize: 222,
	}
	// LossyWiFi is a crowded 2.4 GHz network at the edge of its range. Frames are repeated within milliseconds, up to 7
	// times, and a device that saves power hears multiples of a beacon (102 ms) later: 5 ms to 125 ms. 5 % are lost all the
	// same; a lost acknowledgement of the link makes 1 % come twice, and the queues of the access categories let 2 %
	// overtake others.
	LossyWiFi = Conditions{
		Loss: 0.05, Delay: 5 * time.Millisecond, Jitter: 120 * time.Millisecond, Duplication: 0.01, Reordering: 0.02,
	}
	// HomeNAT is a router at home that forgets a UDP mapping after 30 s, less than the 2 minutes that RFC 4787, section
	// 4.3, demands: observers that say nothing are not reached any more, and come back from another port.
	HomeNAT = Conditions{Delay: 10 * time.Millisecond, Jitter: 10 * time.Millisecond, PortAfter: 30 * time.Second}
)

// Preset is a set of conditions with the name it is known by.
type Preset struct {
	Name       string // as in "nb-iot"
	Title      string // for people
	Conditions Conditions
}

// PresetOf is the preset that conditions are, and false if they are none.
func PresetOf(c *Conditions) (Preset, bool) {
	for _, p := range presets {
		if p.Conditions == *c {
			return p, true
		}
	}
	return Preset{}, false
}

// Presets are all there are, in the order to show them.
func Presets() []Preset { return slices.Clone(presets) }

var presets = []Preset{
	{"nb-iot", "NB-IoT", NBIoT},
	{"lora-like", "LoRa-like", LoRaLike},
	{"lossy-wi-fi", "Lossy Wi-Fi", LossyWiFi},
	{"home-nat", "Home NAT", HomeNAT},
}
