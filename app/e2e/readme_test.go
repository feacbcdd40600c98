//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The README's tour, pasted into a shell line by line, prints what the README says.
func TestReadmeTour(t *testing.T) {
	needs(t, "coap-client-notls", "mosquitto_sub", "mosquitto_pub", "bash")
	steps := tour(t)
	must(t, len(steps) >= 5, "the tour has %d steps", len(steps))
	portsFree(t)
	serve(t)

	cmd := exec.Command("bash", "--norc")
	cmd.Dir = t.TempDir()
	printed := newOutput()
	cmd.Stdout, cmd.Stderr = printed, printed
	in, err := cmd.StdinPipe()
	must(t, err == nil, "%v", err)
	p := &process{cmd: cmd, output: printed}
	must(t, cmd.Start() == nil, "start bash")
	t.Cleanup(func() {
		_, _ = in.Write([]byte("kill $(jobs -p)\n"))
		_ = in.Close()
		_ = cmd.Wait()
	})
	for _, s := range steps {
		for _, line := range s.lines {
			// A person pastes the next line when the last one is done.
			_, err := in.Write([]byte(line + "\necho done: '" + strings.ReplaceAll(line, "'", "") + "'\n"))
			must(t, err == nil, "%v", err)
			p.sees(t, "done: "+strings.ReplaceAll(line, "'", "")+"\n")
			if strings.HasPrefix(line, "mosquitto_sub") && strings.HasSuffix(line, "&") {
				waitSubscribed(t, p, "room/probe")
			}
		}
		for _, want := range s.prints {
			p.sees(t, want)
		}
	}
	must(t, !strings.Contains(printed.String(), "4.0"), "something was refused:\n%s", printed)
}

// step is some lines to paste and what is printed then.
type step struct{ lines, prints []string }

// tour reads the fenced blocks of the README's tour: sh is pasted, text is printed.
func tour(t *testing.T) []step {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	must(t, err == nil, "read the README: %v", err)
	_, section, found := strings.Cut(string(text), "## A five-minute tour\n")
	must(t, found, "the README has no tour")
	section, _, _ = strings.Cut(section, "\n## ")
	var steps []step
	var block string
	for line := range strings.Lines(section) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			block = strings.TrimPrefix(line, "```")
			if block == "sh" {
				steps = append(steps, step{})
			}
		case block == "sh":
			steps[len(steps)-1].lines = append(steps[len(steps)-1].lines, line)
		case block == "text":
			steps[len(steps)-1].prints = append(steps[len(steps)-1].prints, line)
		}
	}
	return steps
}
