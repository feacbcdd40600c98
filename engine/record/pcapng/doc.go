// Package pcapng writes frames of the record as a pcapng file that Wireshark and tshark read, and reads such files and
// those that Wireshark, tshark and tcpdump wrote, in the older pcap format too, back into frames.
//
// A frame holds a message and who sent it, not the packets that carried it. The packets of a file are made for it: IP and
// UDP for CoAP over datagrams, IP and TCP for MQTT and CoAP over TCP, with sequence numbers that follow each other. Time
// stamps are those of the frames, in nanoseconds. There is an interface a listener, named by its URL; the direction is in
// the packet's flags, and what the engine knew of a message beyond its bytes is in its comments. The address of a listener
// that is bound to all addresses is not known: it is written as unspecified, or as loopback when the peer is on it.
// Wireshark tells CoAP and MQTT by their ports: the default port of the plain protocol stands for that of any listener of
// coap, coaps, coap+tcp, coaps+tcp, mqtt and mqtts, so that messages that passed over DTLS or TLS read as what was inside.
//
// Passwords and connection tokens are overwritten with asterisks, so that a file can be handed on. Payloads are as they
// were sent.
package pcapng

import (
	"strings"
	"time"

	"sluice/engine/record"
)

// notes are the comments for what the engine knew of a message.
var notes = []struct {
	note    record.Note
	comment string
}{
	{record.Retransmitted, "retransmitted"},
	{record.Duplicate, "duplicate"},
	{record.Malformed, "malformed"},
	{record.Altered, "altered: a message ID came again with other bytes"},
	{record.Cut, "cut: only the beginning was kept"},
	{record.LostByConditions, "lost by conditions"},
	{record.DelayedByConditions, "delayed by conditions"},
	{record.DuplicatedByConditions, "duplicated by conditions"},
}

// clientComment begins the comment that names a client ID.
const clientComment = "client "

// commentsOf are the comments of a packet with f.
func commentsOf(f *record.Frame) []string {
	var comments []string
	for _, n := range notes {
		if f.Note&n.note != 0 {
			comments = append(comments, n.comment)
		}
	}
	if f.Condition != (record.Condition{}) {
		comments = append(comments, conditionComment(f.Condition))
	}
	if f.Client != "" {
		comments = append(comments, clientComment+f.Client)
	}
	return comments
}

// The comment on what conditions did, as "conditions: NB-IoT, delay 640ms, overtaken".
const (
	conditionPrefix = "conditions: "
	ownConditions   = "own"
	delayPrefix     = "delay "
)

// causes are the words for why.
var causes = map[record.Cause]string{
	record.Silence: "silent period", record.Unmapped: "port forgotten", record.Overflow: "too many delayed", record.TooLong: "too long", record.Overtaken: "overtaken",
	record.Remapped: "another port",
}

func conditionComment(c record.Condition) string {
	words := []string{ownConditions}
	if c.Preset != "" {
		words[0] = c.Preset
	}
	if c.Delay > 0 {
		words = append(words, delayPrefix+c.Delay.String())
	}
	if cause := causes[c.Cause]; cause != "" {
		words = append(words, cause)
	}
	return conditionPrefix + strings.Join(words, ", ")
}

// readCondition reads what conditionComment wrote; what is not known to it is left out.
func readCondition(text string) (c record.Condition) {
	for i, word := range strings.Split(text, ", ") {
		if i == 0 {
			if word != ownConditions {
				c.Preset = word
			}
			continue
		}
		if delay, ok := strings.CutPrefix(word, delayPrefix); ok {
			if d, err := time.ParseDuration(delay); err == nil && d > 0 {
				c.Delay = d
			}
			continue
		}
		for cause, known := range causes {
			if word == known {
				c.Cause = cause
			}
		}
	}
	return c
}

// annotate sets in f what the comments of its packet say.
func annotate(f *record.Frame, comments []string) {
	for _, c := range comments {
		if client, ok := strings.CutPrefix(c, clientComment); ok {
			f.Client = client
		}
		if text, ok := strings.CutPrefix(c, conditionPrefix); ok {
			f.Condition = readCondition(text)
		}
		for _, n := range notes {
			if c == n.comment {
				f.Note |= n.note
			}
		}
	}
}
