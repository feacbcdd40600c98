//go:build e2e && windowbench

package e2e

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// input moves the pointer, clicks and types through the X server's extension XTEST. Unlike xdotool it starts no program,
// so that what is measured begins with the event.
type input struct {
	t       *testing.T
	conn    net.Conn
	major   byte // opcode of XTEST
	root    uint32
	keys    map[uint32]byte // key codes by key symbol
	request [36]byte
}

// Key symbols; those of letters are their codes in Latin-1.
const (
	keyControl   = 0xffe3
	keyEscape    = 0xff1b
	keyBackSpace = 0xff08
)

// Types of XTEST's FakeInput.
const (
	keyPress, keyRelease       = 2, 3
	buttonPress, buttonRelease = 4, 5
	motion                     = 6
)

// openInput connects to the X server that an environment leads to.
func openInput(t *testing.T, environment []string) *input {
	t.Helper()
	in := &input{t: t, keys: map[uint32]byte{}}
	var err error
	for _, e := range environment {
		if number, ok := strings.CutPrefix(e, "DISPLAY=:"); ok {
			in.conn, err = net.Dial("unix", "/tmp/.X11-unix/X"+number)
		}
	}
	must(t, err == nil && in.conn != nil, "connect to the X server: %v", err)
	t.Cleanup(func() { _ = in.conn.Close() })
	in.setUp()
	return in
}

// setUp reads the root window, the number of the extension and the keyboard's map.
func (in *input) setUp() {
	in.write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	head := in.read(8)
	must(in.t, head[0] == 1, "the X server refused the connection")
	setup := in.read(4 * int(binary.LittleEndian.Uint16(head[6:])))
	vendor, formats := int(binary.LittleEndian.Uint16(setup[16:])), int(setup[21])
	first, last := setup[26], setup[27]
	in.root = binary.LittleEndian.Uint32(setup[32+(vendor+3)/4*4+8*formats:])

	name := "XTEST"
	in.write(append([]byte{98, 0, 4, 0, byte(len(name)), 0, 0, 0}, name+"\x00\x00\x00"...)) // QueryExtension
	answer := in.read(32)
	must(in.t, answer[8] == 1, "the X server has no XTEST")
	in.major = answer[9]

	in.write([]byte{101, 0, 2, 0, first, last - first + 1, 0, 0}) // GetKeyboardMapping
	answer = in.read(32)
	each := int(answer[1])
	symbols := in.read(4 * int(binary.LittleEndian.Uint32(answer[4:])))
	for code := int(last); code >= int(first); code-- {
		in.keys[binary.LittleEndian.Uint32(symbols[4*each*(code-int(first)):])] = byte(code)
	}
}

func (in *input) write(b []byte) {
	_, err := in.conn.Write(b)
	must(in.t, err == nil, "ask the X server: %v", err)
}

func (in *input) read(n int) []byte {
	b := make([]byte, n)
	_ = in.conn.SetReadDeadline(time.Now().Add(patience))
	_, err := io.ReadFull(in.conn, b)
	must(in.t, err == nil, "read what the X server answers: %v", err)
	return b
}

// fake sends an event; detail is a key code or a button.
func (in *input) fake(kind, detail byte, at point) {
	b := in.request[:]
	clear(b)
	b[0], b[1], b[2], b[4], b[5] = in.major, 2, 9, kind, detail
	binary.LittleEndian.PutUint32(b[12:], in.root)
	binary.LittleEndian.PutUint16(b[24:], uint16(at.x))
	binary.LittleEndian.PutUint16(b[26:], uint16(at.y))
	in.write(b)
}

func (in *input) move(to point) { in.fake(motion, 0, to) }

// click presses the first button where the pointer is, and lets it go.
func (in *input) click() {
	in.fake(buttonPress, 1, point{})
	in.fake(buttonRelease, 1, point{})
}

func (in *input) key(symbol uint32) {
	in.fake(keyPress, in.keys[symbol], point{})
	in.fake(keyRelease, in.keys[symbol], point{})
}

func (in *input) withControl(symbol uint32) {
	in.fake(keyPress, in.keys[keyControl], point{})
	in.key(symbol)
	in.fake(keyRelease, in.keys[keyControl], point{})
}
