package traffic

import (
	"strings"
	"sync"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/record"
	"sluice/ui/widget/format"
)

// Row is one message as the tables show it. It is decoded when somebody looks at it; its methods may be called from
// any goroutine.
type Row struct {
	Frame record.Frame

	known record.Known // what it belongs to, and what is odd about it

	ring *record.Ring

	decode   sync.Once
	message  record.Message
	resource string
	claims   string // the client that a message names which belongs to none that is known
}

// Message is the decoded frame.
func (r *Row) Message() *record.Message {
	r.look()
	return &r.message
}

func (r *Row) look() {
	r.decode.Do(func() {
		r.message = record.Decode(r.Frame)
		r.resource = r.describe()
		if r.Frame.Client == "" {
			r.claims = r.claimed()
		}
	})
}

// claimed is the client ID that a first request gives, and that its answer goes to.
func (r *Row) claimed() string {
	if r.Frame.Outgoing && r.known.Request != 0 && r.ring != nil {
		if request, kept := r.ring.Get(r.known.Request); kept {
			message := record.Decode(request)
			return clientIn(&message)
		}
	}
	return clientIn(&r.message)
}

// clientIn finds the client ID in a query, "c" or "clientid" as the dialects have it, or in a CONNECT packet.
func clientIn(m *record.Message) string {
	for _, f := range m.Fields {
		switch f.Name {
		case "Uri-Query":
			for part := range strings.SplitSeq(f.Value, "&") {
				if name, value, _ := strings.Cut(part, "="); name == "c" || name == "clientid" {
					return value
				}
			}
		case "Client ID":
			return f.Value
		}
	}
	return ""
}

// describe says what the message is about. A notification does not say of what it is one, its request does.
func (r *Row) describe() string {
	text := r.message.Resource
	if r.known.Request != 0 && r.ring != nil && strings.HasPrefix(text, "observe ") {
		if request, kept := r.ring.Get(r.known.Request); kept {
			path, _, _ := strings.Cut(record.Decode(request).Resource, " · ")
			path, _, _ = strings.Cut(path, "?")
			text = path + " · " + text
		}
	}
	if note := r.Note(); note != "" {
		if text != "" {
			text += " · "
		}
		text += note
	}
	return text
}

// Time is the local time of day with milliseconds.
func (r *Row) Time() string { return format.Clock(r.Frame.At) }

// Direction is an arrow: right for what came in, left for what Sluice sent.
func (r *Row) Direction() string {
	if r.Frame.Outgoing {
		return "←"
	}
	return "→"
}

// Peer is the client's ID, as a first request names it where it was not known yet, and its address where there is none.
func (r *Row) Peer() string {
	if r.Frame.Client != "" {
		return r.Frame.Client
	}
	if r.look(); r.claims != "" {
		return r.claims
	}
	return r.Address()
}

// Address is the peer's address.
func (r *Row) Address() string { return r.Frame.Peer.String() }

// Type is CON, NON, ACK or RST, or MQTT.
func (r *Row) Type() string { return r.Message().Type }

// Code is the method or response code, or the kind of MQTT packet.
func (r *Row) Code() string { return r.Message().Code }

// Resource is what the message is about, with what was wrong or repeated about it.
func (r *Row) Resource() string {
	r.look()
	return r.resource
}

// MID is the message ID or packet identifier.
func (r *Row) MID() string { return r.Message().MID }

// Payload is the beginning of the payload on one line, or why there is none to show.
func (r *Row) Payload() string {
	m := r.Message()
	if m.Err != "" {
		return m.Err
	}
	return m.PayloadPreview
}

// Took is how long after its request an answer passed.
func (r *Row) Took() string {
	if r.known.Took < 0 {
		return ""
	}
	return format.Duration(r.known.Took)
}

// Size is the number of bytes.
func (r *Row) Size() string { return format.Count(int64(len(r.Frame.Data))) }

// Note says what was wrong or repeated about the message.
func (r *Row) Note() string {
	switch n := r.Frame.Note; {
	case n&record.LostByConditions != 0:
		return r.conditioned()
	case n&record.Malformed != 0:
		return lang.L("malformed")
	case n&record.Retransmitted != 0:
		return lang.L("sent again")
	case n&record.Altered != 0:
		return lang.L("message ID reused")
	case n&record.Duplicate != 0:
		return lang.L("received again")
	case n&record.DuplicatedByConditions != 0 || r.Frame.Condition.Cause != record.ByChance:
		return r.conditioned()
	case r.known.Repeats != 0:
		return lang.L("received again")
	case n&record.DelayedByConditions != 0:
		return r.conditioned()
	case r.known.Odd&record.OddUnanswered != 0:
		return lang.L("not answered")
	}
	return ""
}
