package traffic

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"sluice/engine/record"
	"sluice/ui/command"
	"sluice/ui/units"
)

// asText is a message as one line with its fields below. Secrets are masked as in the window.
func asText(r *Row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %s %s %s\n", units.Moment(r.Frame.At), r.Direction(), r.Peer(), r.Type(), r.Code(), r.Resource())
	for _, f := range r.Message().Fields {
		fmt.Fprintf(&b, "  %s: %s\n", f.Name, f.Value)
	}
	return b.String()
}

// asJSON is a message as JSON. Secrets are masked as in the window.
func asJSON(r *Row) string {
	m := r.Message()
	fields := make([]map[string]string, 0, len(m.Fields))
	for _, f := range m.Fields {
		fields = append(fields, map[string]string{"name": f.Name, "value": f.Value})
	}
	direction := "in"
	if r.Frame.Outgoing {
		direction = "out"
	}
	b, err := json.MarshalIndent(map[string]any{
		"time": r.Frame.At, "direction": direction, "client": r.Frame.Client, "address": r.Address(), "listener": r.Frame.Listener,
		"type": m.Type, "code": m.Code, "resource": m.Resource, "message_id": m.MID, "token": m.Token, "fields": fields, "error": m.Err,
	}, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}

// asHex is the message's bytes; those of secrets are written as dots, as in the hex view.
func asHex(r *Row) string {
	digits := []byte(hex.EncodeToString(r.Frame.Data))
	for _, span := range r.Message().Mask {
		for i := max(2*span.From, 0); i < min(2*span.To, len(digits)); i++ {
			digits[i] = '.'
		}
	}
	return string(digits)
}

// asCommand is the command line that sends the message again, empty for one that no client sends. Secrets stay masked.
func asCommand(r *Row, g command.Gateway) string {
	m := r.Message()
	if r.Frame.Outgoing || m.Err != "" {
		return ""
	}
	switch {
	case r.Frame.Protocol.IsCoAP() && isMethod(m.Code):
		return g.Again(request(m))
	case r.Frame.Protocol == record.MQTT && m.Code == "PUBLISH":
		flags := r.Frame.Data[0] // MQTT 5, section 3.3.1
		return g.MosquittoPub(fieldOf(m, "Topic name"), m.Payload, flags>>1&3, flags&1 == 1)
	}
	return ""
}

// request is a decoded CoAP request as it is sent again. In place of secrets it has a word that says so.
func request(m *record.Message) command.Request {
	r := command.Request{Method: m.Code, ContentFormat: m.ContentFormat, Payload: m.Payload}
	for _, f := range m.Fields {
		switch f.Name {
		case "Uri-Path":
			r.Path = append(r.Path, f.Value)
		case "Uri-Query":
			r.Query = append(r.Query, strings.ReplaceAll(f.Value, "•••", "SECRET"))
		case "Observe":
			r.Observe = strings.HasPrefix(f.Value, "0")
		}
	}
	return r
}

// fieldOf is the value of a field, empty where there is none of that name.
func fieldOf(m *record.Message, name string) string {
	for _, f := range m.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

func isMethod(code string) bool {
	switch code {
	case "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH":
		return true
	}
	return false
}
