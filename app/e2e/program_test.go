//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything that should happen at once may take on a busy machine.
const patience = 20 * time.Second

// program returns the built program that an environment variable names.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is not set; run these tests with make test", variable)
	}
	return path
}

// needs skips nothing: a client that is missing is a failure, for then the test would prove nothing.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Fatalf("%s is not installed; make test installs it", p)
		}
	}
}

// process is a program that runs while the test goes on.
type process struct {
	cmd    *exec.Cmd
	output *output
	ended  chan error
}

// output collects what a process prints and can be waited on.
type output struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newOutput() *output { return &output{changed: make(chan struct{}, 1)} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	n, err := o.text.Write(b)
	o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return n, err
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start runs a program until the test ends, with environment added to the test's own.
func start(t *testing.T, environment []string, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), output: newOutput(), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.Env = append(os.Environ(), environment...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() { p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended // its ports are free then
		if t.Failed() {
			t.Logf("%s printed:\n%s", filepath.Base(name), p.output)
		}
	})
	return p
}

// sees waits until the process has printed want.
func (p *process) sees(t *testing.T, want string) {
	t.Helper()
	deadline := time.After(patience)
	for !strings.Contains(p.output.String(), want) {
		select {
		case <-p.output.changed:
		case <-deadline:
			t.Fatalf("%s did not print %q; it printed:\n%s", strings.Join(p.cmd.Args, " "), want, p.output)
		}
	}
}

// interrupt asks the process to end and returns how it did.
func (p *process) interrupt(t *testing.T) error {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("signal: %v", err)
	}
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-time.After(patience):
		t.Fatalf("it did not end; it printed:\n%s", p.output)
		return nil
	}
}

// shell runs one line as a user pastes it and returns what it printed.
func shell(t *testing.T, line string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "bash", "-c", line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s\n%v\n%s", line, err, out)
	}
	return strings.TrimSpace(string(out))
}

// background runs one line that ends in &.
func background(t *testing.T, line string) *process {
	t.Helper()
	return start(t, nil, "bash", "-c", "exec "+strings.TrimSuffix(strings.TrimSpace(line), "&"))
}

// portsFree fails when another program holds one of the default ports, since the lines under test name them.
func portsFree(t *testing.T) {
	t.Helper()
	for _, address := range []string{"127.0.0.1:1883", "127.0.0.1:8083"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatalf("the default port is in use: %v", err)
		}
		_ = l.Close()
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:5683")
	if err != nil {
		t.Fatalf("the default port is in use: %v", err)
	}
	_ = c.Close()
}

// serve starts `sluice serve` on its default settings and waits until it is ready.
func serve(t *testing.T, args ...string) *process {
	t.Helper()
	args = append([]string{"serve", "--state", filepath.Join(t.TempDir(), "sluice.db")}, args...)
	p := start(t, nil, program(t, "SLUICE_HEADLESS"), args...)
	p.sees(t, "ready\n")
	return p
}

// display starts an X server without a screen and returns the environment that leads to it.
func display(t *testing.T, options ...string) []string {
	t.Helper()
	needs(t, "Xvfb")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", append([]string{"-displayfd", "3", "-screen", "0", "1440x900x24", "+extension", "GLX", "-nolisten", "tcp"}, options...)...)
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Xvfb: %v", err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("Xvfb names no display: %v", err)
	}
	home := t.TempDir()
	must(t, os.Mkdir(filepath.Join(home, "cache"), 0o700) == nil, "make a cache folder")
	return []string{
		"DISPLAY=:" + strings.TrimSpace(number), "WAYLAND_DISPLAY=", "HOME=" + home,
		"XDG_CONFIG_HOME=" + filepath.Join(home, "config"), "XDG_CACHE_HOME=" + filepath.Join(home, "cache"),
		"LIBGL_ALWAYS_SOFTWARE=1", "LANG=C.UTF-8",
	}
}

// answers waits until something speaks CoAP on the default port: a ping is answered by a Reset.
func answers(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("udp", "127.0.0.1:5683")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 16)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_, _ = conn.Write([]byte{0x40, 0, 0, 1})
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if n, err := conn.Read(buf); err == nil && n == 4 && buf[0] == 0x70 {
			return
		}
	}
	t.Fatal("nobody answers on the default CoAP port")
}

func must(t *testing.T, condition bool, format string, args ...any) {
	t.Helper()
	if !condition {
		t.Fatalf(format, args...)
	}
}
