package record

import (
	"fmt"
	"strconv"
	"strings"
)

// Connect flags (MQTT 5, section 3.1.2.3).
const (
	flagCleanStart = 1 << 1
	flagWill       = 1 << 2
	flagWillRetain = 1 << 5
	flagPassword   = 1 << 6
	flagUsername   = 1 << 7
)

// connect reads CONNECT (MQTT 5, section 3.1).
func (m *mqttDecoder) connect() (client string, ok bool) {
	flags, ok := m.connectHeader()
	if !ok {
		return "", false
	}
	if client, ok = m.text("Client ID", "MQTT 5, 3.1.3.1"); !ok {
		return "", false
	}
	if client == "" {
		client = "(no client ID)"
	}
	if flags&flagWill != 0 && !m.will() {
		return client, false
	}
	if flags&flagUsername != 0 {
		username, ok := m.text("User name", "MQTT 5, 3.1.3.5")
		if !ok {
			return client, false
		}
		m.detail("user " + username)
	}
	if flags&flagPassword != 0 {
		_, start, ok := m.chunk("Password")
		if !ok {
			return client, false
		}
		m.field("Password", masked, start, m.at-start, "MQTT 5, 3.1.3.6")
		m.mask(start+2, m.at)
	}
	return client, true
}

// connectHeader reads the variable header.
func (m *mqttDecoder) connectHeader() (flags byte, ok bool) {
	if _, ok = m.text("Protocol name", "MQTT 5, 3.1.2.1"); !ok {
		return 0, false
	}
	version, ok := m.byte()
	if !ok {
		m.fail(m.at, "the protocol version is missing")
		return 0, false
	}
	name := map[byte]string{3: "MQTT 3.1", 4: "MQTT 3.1.1", 5: "MQTT 5"}[version]
	if name == "" {
		name = "unknown version " + strconv.Itoa(int(version))
	}
	m.field("Protocol version", name, m.at-1, 1, "MQTT 5, 3.1.2.2")
	m.detail(name)
	if version < 5 {
		m.version = 3
	}
	if flags, ok = m.byte(); !ok {
		m.fail(m.at, "the connect flags are missing")
		return 0, false
	}
	m.field("Connect flags", connectFlags(flags), m.at-1, 1, "MQTT 5, 3.1.2.3")
	keepAlive, ok := m.uint16()
	if !ok {
		m.fail(m.at, "the keep alive is missing")
		return 0, false
	}
	m.field("Keep alive", strconv.Itoa(keepAlive)+" s", m.at-2, 2, "MQTT 5, 3.1.2.10")
	return flags, m.version != 5 || m.properties("MQTT 5, 3.1.2.11")
}

func connectFlags(flags byte) string {
	var set []string
	for _, f := range []struct {
		bit  byte
		name string
	}{
		{flagUsername, "user name"}, {flagPassword, "password"}, {flagCleanStart, "clean start"},
	} {
		if flags&f.bit != 0 {
			set = append(set, f.name)
		}
	}
	if flags&flagWill != 0 {
		will := "will QoS " + strconv.Itoa(int(flags>>3&3))
		if flags&flagWillRetain != 0 {
			will += " retained"
		}
		set = append(set, will)
	}
	if len(set) == 0 {
		return "none"
	}
	return strings.Join(set, ", ")
}

// will reads the will message (MQTT 5, sections 3.1.3.2 to 3.1.3.4).
func (m *mqttDecoder) will() bool {
	if m.version == 5 && !m.properties("MQTT 5, 3.1.3.2") {
		return false
	}
	topic, ok := m.text("Will topic", "MQTT 5, 3.1.3.3")
	if !ok {
		return false
	}
	m.detail("will " + topic)
	value, start, ok := m.chunk("Will payload")
	if !ok {
		return false
	}
	m.field("Will payload", preview(value), start, m.at-start, "MQTT 5, 3.1.3.4")
	return true
}

// connack reads CONNACK (MQTT 5, section 3.2).
func (m *mqttDecoder) connack() (resource string, ok bool) {
	flags, ok := m.byte()
	if !ok {
		m.fail(m.at, "the acknowledge flags are missing")
		return "", false
	}
	m.field("Session present", yes(flags&1 != 0), m.at-1, 1, "MQTT 5, 3.2.2.1")
	code, ok := m.byte()
	if !ok {
		m.fail(m.at, "the reason code is missing")
		return "", false
	}
	old := m.left() == 0 // MQTT 3.1.1 ends here, MQTT 5 never does
	resource = m.reason(code)
	if name, known := connectReturnCodes[code]; old && known {
		resource = name
	}
	m.field("Reason code", fmt.Sprintf("0x%02x %s", code, resource), m.at-1, 1, "MQTT 5, 3.2.2.2")
	if flags&1 != 0 {
		m.detail("session present")
	}
	return resource, old || m.properties("MQTT 5, 3.2.2.3")
}
