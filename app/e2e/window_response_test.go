//go:build e2e

package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// A click on the rail is answered while 20,000 messages a second pass. How fast is printed: the time goes from starting
// the program that clicks to the first change of the rail's pixels, as the screen has them.
func TestWindowAnswersClicksInAFlood(t *testing.T) {
	needs(t, "coap-client-notls", "xdotool")
	portsFree(t)
	folder := t.TempDir()
	s := &screen{environment: display(t, "-fbdir", folder), folder: folder}
	s.program = start(t, s.environment, program(t, "SLUICE_WINDOW"), "--state", filepath.Join(t.TempDir(), "sluice.db"))
	answers(t)
	s.answersFirst(t)
	s.reads(t, "Clients", "Topics", "Observers", "Traffic")
	pixels := openFramebuffer(t, filepath.Join(folder, "Xvfb_screen0"))

	stop := make(chan struct{})
	passed := make(chan int)
	go func() { passed <- flood(t, stop) }()
	time.Sleep(2 * time.Second) // the window draws the flood by then
	started := time.Now()
	const clicks = 100
	var took []time.Duration
	for i := range clicks {
		y := 104 + 36*((i+1)%4) // the items of the rail
		mark := func() []byte { return pixels.at(14, y+10) }
		s.run(t, "xdotool", "mousemove", "100", strconv.Itoa(y))
		time.Sleep(time.Duration(150+i*37%200) * time.Millisecond) // drawn as hovered, and at no fixed time of a tick
		before := slices.Clone(mark())
		clicked := time.Now()
		s.run(t, "xdotool", "click", "--delay", "0", "1")
		for bytes.Equal(mark(), before) {
			must(t, time.Since(clicked) < 5*time.Second, "the click at %d was not answered", y)
			time.Sleep(200 * time.Microsecond)
		}
		took = append(took, time.Since(clicked))
	}
	elapsed := time.Since(started)
	close(stop)
	n := <-passed
	slices.Sort(took)
	t.Logf("%d clicks while %.0f messages/s passed: median %v, 95th percentile %v, longest %v", clicks,
		float64(n)/(elapsed+2*time.Second).Seconds(), took[clicks/2], took[clicks*95/100], took[clicks-1])
}

// flood publishes over MQTT until stop is closed and returns how many messages.
func flood(t *testing.T, stop <-chan struct{}) (sent int) {
	conn, err := net.Dial("tcp", "127.0.0.1:1883")
	if err != nil {
		t.Errorf("connect: %v", err)
		return 0
	}
	defer conn.Close()
	const rate = 20_000
	burst := []byte{0x10, 17, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 5, 'f', 'l', 'o', 'o', 'd'}
	started := time.Now()
	for {
		for due := int(time.Since(started).Seconds() * rate); sent < due; sent++ {
			topic := fmt.Sprintf("flood/%02d", sent%100)
			burst = append(burst, 0x30, byte(2+len(topic)+4), 0, byte(len(topic)))
			burst = append(append(burst, topic...), fmt.Sprintf("%04d", sent%10_000)...)
		}
		if _, err := conn.Write(burst); err != nil {
			t.Errorf("publish: %v", err)
			return sent
		}
		burst = burst[:0]
		select {
		case <-stop:
			return sent
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// framebuffer is the screen of Xvfb in memory: an XWD file that changes as the screen does.
type framebuffer struct {
	data   []byte
	offset int
	stride int
}

func openFramebuffer(t *testing.T, path string) framebuffer {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatalf("map the screen: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(data) })
	word := func(i int) int { return int(binary.BigEndian.Uint32(data[4*i:])) }
	// XWDFileHeader: header_size, bytes_per_line, ncolors; a colour takes 12 bytes.
	return framebuffer{data: data, offset: word(0) + 12*word(19), stride: word(12)}
}

// at is the colour of a pixel.
func (f framebuffer) at(x, y int) []byte {
	at := f.offset + y*f.stride + 4*x
	return f.data[at : at+3]
}
