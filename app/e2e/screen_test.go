//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// openWindow starts the program with a window on its default settings and waits until it serves and shows its panes.
func openWindow(t *testing.T, args ...string) *screen {
	t.Helper()
	needs(t, "coap-client-notls", "mosquitto_pub")
	portsFree(t)
	s := launch(t, args...)
	answers(t)
	s.reads(t, "Clients", "Topics", "Observers", "Traffic")
	return s
}

// launch starts the program with a window and answers what it asks on a first start.
func launch(t *testing.T, args ...string) *screen {
	t.Helper()
	s := launchUnanswered(t, args...)
	if !slices.Contains(args, "--config") {
		s.answersFirst(t)
	}
	return s
}

// launchUnanswered starts the program with a window.
func launchUnanswered(t *testing.T, args ...string) *screen {
	t.Helper()
	needs(t, "xdotool", "xwd", "convert", "tesseract")
	s := &screen{environment: display(t), folder: t.TempDir()}
	args = append([]string{"--state", filepath.Join(t.TempDir(), "sluice.db")}, args...)
	s.program = start(t, s.environment, program(t, "SLUICE_WINDOW"), args...)
	s.run(t, "xdotool", "mousemove", "900", "60")
	return s
}

// answersFirst answers what a first start asks: only this machine may reach the gateway.
func (s *screen) answersFirst(t *testing.T) {
	t.Helper()
	s.reads(t, "Who", "demonstration")
	s.press(t, "Return")
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

// point is a place on the screen.
type point struct{ x, y int }

// click finds a word and clicks it.
func (s *screen) click(t *testing.T, word string) point {
	t.Helper()
	at := s.find(t, word)
	s.clickAt(t, at)
	return at
}

// find waits until a word is on the screen and returns where, the topmost place if there are several.
func (s *screen) find(t *testing.T, word string) point {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if at, ok := locate(s.text(t, s.shoot(t), "tsv"), word); ok {
			return at
		}
	}
	t.Fatalf("there is no %q on the screen", word)
	return point{}
}

func (s *screen) clickAt(t *testing.T, at point) {
	t.Helper()
	s.run(t, "xdotool", "mousemove", strconv.Itoa(at.x), strconv.Itoa(at.y), "click", "1")
	s.run(t, "xdotool", "mousemove", "900", "60") // what is under the pointer looks different
}

// locate looks a word up in what character recognition prints as a table: level, page, block, paragraph, line, word, left,
// top, width, height, confidence, text. The picture was twice the size of the screen.
func locate(table, word string) (at point, ok bool) {
	for line := range strings.Lines(table) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) < 12 || f[11] != word {
			continue
		}
		var box [4]int
		for i := range box {
			box[i], _ = strconv.Atoi(f[6+i])
		}
		if here := (point{(box[0] + box[2]/2) / 2, (box[1] + box[3]/2) / 2}); !ok || here.y < at.y {
			at, ok = here, true
		}
	}
	return at, ok
}
