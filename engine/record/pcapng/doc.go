// Package pcapng writes frames of the record as a pcapng file that Wireshark and tshark read, and reads such files and
// those that Wireshark wrote back into frames.
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
	if f.Client != "" {
		comments = append(comments, clientComment+f.Client)
	}
	return comments
}

// annotate sets in f what the comments of its packet say.
func annotate(f *record.Frame, comments []string) {
	for _, c := range comments {
		if client, ok := strings.CutPrefix(c, clientComment); ok {
			f.Client = client
		}
		for _, n := range notes {
			if c == n.comment {
				f.Note |= n.note
			}
		}
	}
}
