//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// screen is a window under Xvfb that is driven with keys and read with character recognition, as a user would read it.
type screen struct {
	environment []string
	folder      string
	shots       int
}

// openWindow starts the program with a window on its default settings.
func openWindow(t *testing.T, args ...string) *screen {
	t.Helper()
	needs(t, "xdotool", "xwd", "convert", "tesseract", "coap-client-notls", "mosquitto_pub")
	portsFree(t)
	s := &screen{environment: display(t), folder: t.TempDir()}
	args = append([]string{"--state", filepath.Join(t.TempDir(), "sluice.db")}, args...)
	start(t, s.environment, program(t, "SLUICE_WINDOW"), args...)
	answers(t)
	s.run(t, "xdotool", "mousemove", "400", "300")
	s.reads(t, "Clients", "Topics", "Observers", "Traffic")
	return s
}

func (s *screen) run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), s.environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// press sends a key to the window under the pointer.
func (s *screen) press(t *testing.T, key string) { s.run(t, "xdotool", "key", key) }

// shoot takes a picture now and returns its file.
func (s *screen) shoot(t *testing.T) string {
	t.Helper()
	s.shots++
	file := filepath.Join(s.folder, fmt.Sprintf("shot-%d.xwd", s.shots))
	s.run(t, "xwd", "-root", "-silent", "-out", file)
	return file
}

// text reads a picture.
func (s *screen) text(t *testing.T, shot string) string {
	t.Helper()
	png := shot + ".png"
	s.run(t, "convert", "xwd:"+shot, "-resize", "200%", "-negate", "-colorspace", "Gray", png)
	out, err := exec.Command("tesseract", png, "-", "--psm", "11").Output()
	if err != nil {
		t.Fatalf("read the picture: %v", err)
	}
	return string(out)
}

// reads waits until all words are on the screen.
func (s *screen) reads(t *testing.T, words ...string) {
	t.Helper()
	var text string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if text = s.text(t, s.shoot(t)); missing(text, words) == nil {
			return
		}
	}
	t.Fatalf("the window does not show %q; it shows:\n%s", missing(text, words), text)
}

func missing(text string, words []string) []string {
	var m []string
	for _, w := range words {
		if !strings.Contains(text, w) {
			m = append(m, w)
		}
	}
	return m
}

// The window shows a client, a topic with its value, an observer and the traffic as they happen. How soon is printed: the
// picture that is read was taken 200 ms after the event.
func TestWindowShowsWhatHappens(t *testing.T) {
	s := openWindow(t)
	background(t, `coap-client-notls -m get -s 60 "coap://127.0.0.1:5683/mqtt/shop/lamp?c=lamp-seven" &`)
	for _, pane := range []struct {
		name, key string
		line      string // N is a number of its own for each try
		want      []string
	}{
		{"Topics", "ctrl+2", `coap-client-notls -m put -e 47N "coap://127.0.0.1:5683/mqtt/oven?c=oven-1"`, []string{"oven", "47N"}},
		{"Clients", "ctrl+1", `coap-client-notls -m put -e 1 "coap://127.0.0.1:5683/mqtt/a?c=meter-4N"`, []string{"meter-4N", "lamp-seven"}},
		{"Observers", "ctrl+3", `mosquitto_pub -p 1883 -t shop/lamp -m 83N`, []string{"shop/lamp", "83N", "lamp-seven"}},
		{"Traffic", "ctrl+4", `coap-client-notls -m put -e 1 "coap://127.0.0.1:5683/mqtt/door/N?c=door-1"`, []string{"/mqtt/door/N"}},
	} {
		t.Run(pane.name, func(t *testing.T) {
			s.press(t, pane.key)
			s.reads(t, pane.name)
			soon := 0
			const tries = 5
			for i := range tries {
				number := fmt.Sprint(111 * (i + 1))
				shell(t, strings.ReplaceAll(pane.line, "N", number))
				// The event is behind us already: the client has its answer.
				time.Sleep(150 * time.Millisecond)
				shot := s.shoot(t)
				want := strings.Split(strings.ReplaceAll(strings.Join(pane.want, "\n"), "N", number), "\n")
				if missing(s.text(t, shot), want) == nil {
					soon++
					continue
				}
				s.reads(t, want...)
			}
			t.Logf("%d of %d events were on the screen within 200 ms", soon, tries)
			must(t, soon > 0, "no event was on the screen within 200 ms")
		})
	}
}
