package command

import (
	"encoding/hex"
	"strconv"
	"strings"

	"sluice/engine/collection"
	"sluice/engine/record"
)

// Authority is where the CoAP listener is reached from this machine, HOST:PORT; empty where it takes no datagrams.
func (g Gateway) Authority() string {
	if authority, ok := strings.CutPrefix(g.coap(), "coap://"); ok {
		return authority
	}
	return ""
}

// AsRequest writes a CoAP request to this gateway as a file of a collection has it.
func (g Gateway) AsRequest(r Request) string {
	request := collection.Request{Verb: collection.Verb(r.Method), Target: g.uri(r), Payload: writtenPayload(r)}
	if r.ContentFormat >= 0 {
		format := record.ContentFormatName(r.ContentFormat)
		if format == "" {
			format = strconv.Itoa(r.ContentFormat)
		}
		request.Options = append(request.Options, collection.Option{Name: "Content-Format", Value: format})
	}
	if r.Observe {
		request.Observe = "messages"
	}
	return request.String()
}

// writtenPayload is a payload as people read it, or in hexadecimal where that would not be sent as it is.
func writtenPayload(r Request) collection.Payload {
	kind, text := collection.DescribePayload(r.Payload, r.ContentFormat)
	switch {
	case strings.Contains(text, "{{"), strings.Contains(text, "\r"), strings.HasPrefix(text, "\n"), strings.HasSuffix(text, "\n"):
		return collection.Payload{Kind: collection.HexPayload, Text: hex.EncodeToString(r.Payload)}
	case kind == collection.TextPayload:
		kind = ""
	}
	return collection.Payload{Kind: kind, Text: text}
}
