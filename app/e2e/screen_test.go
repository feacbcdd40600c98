//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// screen is a window under Xvfb that is driven with keys and read with character recognition, as a user would read it.
type screen struct {
	program     *process
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
	s.program = start(t, s.environment, program(t, "SLUICE_WINDOW"), args...)
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
func (s *screen) text(t *testing.T, shot string, format ...string) string {
	t.Helper()
	png := shot + ".png"
	s.run(t, "convert", "xwd:"+shot, "-resize", "200%", "-negate", "-colorspace", "Gray", png)
	read := exec.Command("tesseract", append([]string{png, "-", "--psm", "11"}, format...)...)
	read.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1") // its threads wait for each other on few cores
	out, err := read.Output()
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

// click finds a word on the screen and clicks it.
func (s *screen) click(t *testing.T, word string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		for line := range strings.Lines(s.text(t, s.shoot(t), "tsv")) {
			// level, page, block, paragraph, line, word, left, top, width, height, confidence, text; twice as large.
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) < 12 || f[11] != word {
				continue
			}
			var box [4]int
			for i := range box {
				box[i], _ = strconv.Atoi(f[6+i])
			}
			s.run(t, "xdotool", "mousemove", strconv.Itoa((box[0]+box[2]/2)/2), strconv.Itoa((box[1]+box[3]/2)/2), "click", "1")
			return
		}
	}
	t.Fatalf("there is no %q to click", word)
}
