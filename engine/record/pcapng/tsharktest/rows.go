// Package tsharktest lets tests compare, message by message, what tshark prints of a capture with what the record decodes.
package tsharktest

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"sluice/engine/record"
)

// Rows are what tshark prints of the CoAP and MQTT messages of a capture, a line each as Row writes it. It skips the test
// where there is no tshark.
func Rows(t testing.TB, path string) []string {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	out, err := exec.CommandContext(t.Context(), "tshark", "-r", path, "-T", "pdml", "-J", "coap mqtt").Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	var rows []string
	decoder := xml.NewDecoder(bytes.NewReader(out))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatalf("read what tshark prints: %v", err)
		}
		begin, ok := token.(xml.StartElement)
		if !ok || begin.Name.Local != "packet" {
			continue
		}
		var p packet
		if err := decoder.DecodeElement(&p, &begin); err != nil {
			t.Fatalf("read what tshark prints: %v", err)
		}
		for _, proto := range p.Protos {
			switch proto.Name {
			case "coap":
				rows = append(rows, proto.coap())
			case "mqtt":
				rows = append(rows, proto.mqtt())
			}
		}
	}
}

// packet and field are those of tshark's PDML.
type packet struct {
	Protos []field `xml:"proto"`
}

type field struct {
	Name   string  `xml:"name,attr"`
	Show   string  `xml:"show,attr"`
	Value  string  `xml:"value,attr"`
	Fields []field `xml:"field"`
}

// find is the first field of a name, at any depth.
func (f *field) find(name string) *field {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			return &f.Fields[i]
		}
		if found := f.Fields[i].find(name); found != nil {
			return found
		}
	}
	return nil
}

func (f *field) show(name string) string {
	if found := f.find(name); found != nil {
		return found.Show
	}
	return ""
}

func (f *field) value(name string) string {
	if found := f.find(name); found != nil {
		return found.Value
	}
	return ""
}

func (f *field) coap() string {
	parts := []string{"coap", "type " + f.show("coap.type"), "code " + f.show("coap.code"), "mid " + f.show("coap.mid"), "token " + f.value("coap.token")}
	for i := range f.Fields {
		o := &f.Fields[i]
		if o.Name != "coap.opt.name" {
			continue
		}
		_, name, _ := strings.Cut(o.Show, ": ")
		if signals(f.show("coap.code")) { // tshark gives their options the names of others
			name = signalOption
		}
		parts = append(parts, option(name, o.Value))
	}
	payload := f.value("coap.block_payload") // where it put a body together
	if payload == "" {
		payload = f.value("coap.payload")
	}
	return line(append(parts, "payload "+payload))
}

func (f *field) mqtt() string {
	return line([]string{"mqtt", "type " + f.show("mqtt.msgtype"), "id " + f.show("mqtt.msgid"), "topic " + f.show("mqtt.topic"), "payload " + f.value("mqtt.msg")})
}

// signalOption stands for the name of any option of a signaling message.
const signalOption = "option"

func signals(code string) bool {
	n, err := strconv.Atoi(code)
	return err == nil && n >= 0xe0
}

// option is an option with all its bytes. The names are those of the registry, in small letters, also for what tshark does
// not know yet.
func option(name, bytes string) string {
	if number, unknown := strings.CutPrefix(name, "Unknown Option ("); unknown {
		name = "option " + strings.TrimSuffix(number, ")")
		for _, o := range record.Options() {
			if fmt.Sprintf("option %d", o.Number) == name {
				name = o.Name
			}
		}
	}
	name, _, _ = strings.Cut(strings.ToLower(name), ",") // whether one that nobody knows is critical
	if name == "no-op" {                                 // that of a draft, for what became Echo (RFC 9175)
		name = "echo"
	}
	return name + " " + bytes
}

// line leaves out what there is nothing of.
func line(parts []string) string {
	var filled []string
	for _, p := range parts {
		if !strings.HasSuffix(p, " ") {
			filled = append(filled, p)
		}
	}
	return strings.Join(filled, " | ")
}

// header are the fields of a CoAP message that are no options.
var header = map[string]bool{"Version": true, "Type": true, "Token length": true, "Code": true, "Message ID": true, "Token": true, "Length": true,
	"Extended length": true, "Payload marker": true, "Payload": true, "Not parsed": true, "Bytes": true}

// Same reports whether tshark prints of a frame what the record holds. Of a malformed one both have the head; how far each
// reads beyond the mistake is its own affair.
func Same(f record.Frame, row string) bool {
	want := Row(f)
	if f.Note&record.Malformed == 0 {
		return row == want
	}
	head := strings.Split(want, " | ")
	for i, part := range head[:min(len(head), 4)] {
		if got := strings.Split(row, " | "); i < len(got) && got[i] != part {
			return false
		}
	}
	return true
}

// Row is what the record holds of a frame, as Rows has it.
func Row(f record.Frame) string {
	m := record.Decode(f)
	if f.Protocol == record.MQTT {
		return mqttRow(f, &m)
	}
	code, _ := f.Code()
	typ := ""
	if f.Protocol == record.CoAP {
		typ = fmt.Sprint(f.Data[0] >> 4 & 3)
	}
	parts := []string{"coap", "type " + typ, fmt.Sprintf("code %d", code), "mid " + m.MID, "token " + m.Token}
	for _, field := range m.Fields {
		name := field.Name
		if header[name] {
			continue
		}
		if signals(fmt.Sprint(code)) {
			name = signalOption
		}
		parts = append(parts, option(name, hex.EncodeToString(f.Data[field.Offset:field.Offset+field.Length])))
	}
	return line(append(parts, "payload "+hex.EncodeToString(m.Payload)))
}

func mqttRow(f record.Frame, m *record.Message) string {
	topic := ""
	for _, field := range m.Fields {
		if topic == "" && (field.Name == "Topic name" || field.Name == "Topic filter") {
			topic = field.Value
		}
	}
	return line([]string{"mqtt", fmt.Sprintf("type %d", f.Data[0]>>4), "id " + m.MID, "topic " + topic, "payload " + hex.EncodeToString(m.Payload)})
}
