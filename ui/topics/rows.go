package topics

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/broker"
	"sluice/engine/topics"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// cell is the right side of one line of the tree.
type cell struct {
	value string
	rate  string // messages a second, of a branch those of all below; empty while there are none
	spark []float64
}

func (c cell) equal(o cell) bool {
	return c.value == o.value && c.rate == o.rate && slices.Equal(c.spark, o.spark)
}

// rateText is a rate that is worth a word.
func rateText(perSecond float64) string {
	if perSecond < 0.05 {
		return ""
	}
	return format.Rate(perSecond)
}

const (
	valueLength   = 48  // runes of a value in the tree
	historyLength = 120 // and in the history
	sparkValues   = 40
)

// buildCell makes the right side of a topic; history is newest first.
func buildCell(t *topics.Topic, history []topics.Value) cell {
	c := cell{value: valueText(t.Payload, t.Type, valueLength)}
	if _, _, numeric := payload.Number(t.Payload, units.DeclaredFormat(t.Type)); numeric {
		c.spark = numbers(history)
	}
	return c
}

// valueText is a value in one line of at most so many runes; one without bytes says so.
func valueText(data []byte, of broker.PayloadType, limit int) string {
	if len(data) == 0 {
		return format.Bytes(0)
	}
	return payload.Summary(data, units.DeclaredFormat(of), limit)
}

// branchCell says how many topics are below a closed or empty branch.
func branchCell(below int) cell {
	return cell{value: lang.N("{{.Count}} topics", below, map[string]any{"Count": format.Count(int64(below))})}
}

// numbers returns the numeric values of a history, oldest first.
func numbers(history []topics.Value) []float64 {
	var list []float64
	for _, v := range slices.Backward(history) {
		if n, _, ok := payload.Number(v.Payload, units.DeclaredFormat(v.Type)); ok {
			list = append(list, n)
		}
	}
	return list
}

// historyRow is one value a topic had.
type historyRow struct {
	number uint64 // counts the topic's messages
	value  topics.Value
	text   string
	via    string
	role   theme.Role
	from   string
}

// buildHistory makes the rows of a history that is newest first; count is the number of its newest message.
func buildHistory(history []topics.Value, count uint64) []historyRow {
	rows := make([]historyRow, len(history))
	for i, v := range history {
		via, role := viaBadge(v.Via, v.QoS)
		rows[i] = historyRow{number: count - uint64(i), value: v, text: valueText(v.Payload, v.Type, historyLength), via: via, role: role, from: from(v.From, v.Via)}
	}
	return rows
}

// viaBadge names the side a message came in by.
func viaBadge(via broker.Via, qos byte) (string, theme.Role) {
	switch via.Side() {
	case broker.ViaCoAP:
		if method := via.Method(); method != 0 {
			return "CoAP " + codes.Code(method).String(), theme.MethodRole(method)
		}
		return fmt.Sprintf("CoAP QoS %d", qos), theme.RolePOST
	case broker.ViaWindow:
		return fmt.Sprintf("%s QoS %d", lang.L("Window"), qos), theme.RoleAccent
	default:
		return fmt.Sprintf("MQTT QoS %d", qos), theme.RoleMQTT
	}
}

func from(client string, via broker.Via) string {
	switch {
	case client != "":
		return client
	case via == broker.ViaWindow:
		return lang.L("this window")
	}
	return "—"
}

// summary is the line beside the pane's title; waiting are those topics of the tree that are configured and have no data.
func summary(t *tree, waiting int) string {
	if t.topics == 0 {
		return lang.L("none yet")
	}
	topics := t.topics - waiting
	text := lang.N("{{.Count}} topics", topics, map[string]any{"Count": format.Count(int64(topics))}) + lang.L(", ") +
		lang.L("{{.Count}} retained", map[string]any{"Count": format.Count(int64(t.kept))}) + lang.L(", ") + format.Bytes(t.bytes)
	if waiting > 0 {
		text += lang.L(", ") + lang.L("{{.Count}} configured without data", map[string]any{"Count": format.Count(int64(waiting))})
	}
	return text
}

// asJSON is a topic for copying; a payload that is not text is written as an array of bytes in hex.
func asJSON(t topics.Topic) string {
	fields := map[string]any{"topic": t.Name, "at": t.At, "from": t.From, "qos": t.QoS, "retained": t.Retained, "messages": t.Count}
	if of := declared(t.Type); of != "" {
		fields["type"] = of
	}
	if utf8.Valid(t.Payload) {
		fields["payload"] = string(t.Payload)
	} else {
		fields["payload_hex"] = fmt.Sprintf("%x", t.Payload)
	}
	b, err := json.MarshalIndent(fields, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}
