package device

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/mistakes"
)

// content is what a value is sent as.
type content struct {
	data   []byte
	format message.MediaType
}

// encode makes a payload of a value: text and numbers as text, bytes as they are, all else as JSON.
func encode(value any) (content, error) {
	c := content{format: message.TextPlain}
	switch v := value.(type) {
	case string:
		c.data = []byte(v)
	case []byte:
		c.data, c.format = v, message.AppOctets
	case float64:
		c.data = strconv.AppendFloat(nil, v, 'f', -1, 64)
	case int:
		c.data = strconv.AppendInt(nil, int64(v), 10)
	case bool:
		c.data = strconv.AppendBool(nil, v)
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return c, mistakes.Errorf("write the payload as JSON: %w", err)
		}
		c.data, c.format = data, message.AppJSON
	}
	if len(c.data) > maxText {
		return c, mistakes.Errorf("a payload of %d bytes is longer than %d", len(c.data), maxText)
	}
	return c, nil
}

// kept is a value as a device keeps it: numbers are float64, and it is no longer than what could be sent.
func kept(value any) (any, error) {
	if n, ok := value.(int); ok {
		return float64(n), nil
	}
	_, err := encode(value)
	return value, err
}

// read is a payload as expressions see it: JSON, or else text.
func read(payload []byte) any {
	var v any
	if len(payload) > maxText || json.Unmarshal(payload, &v) != nil {
		return string(payload[:min(len(payload), maxText)])
	}
	return v
}

// shown is the beginning of a payload for people.
func shown(c content) string {
	const most = 80
	if c.format == message.AppOctets || !utf8.Valid(c.data) {
		return fmt.Sprintf("%d bytes", len(c.data))
	}
	if len(c.data) <= most {
		return string(c.data)
	}
	cut := most
	for !utf8.RuneStart(c.data[cut]) {
		cut--
	}
	return string(c.data[:cut]) + "…"
}
