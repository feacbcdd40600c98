package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sluice/engine/store"
)

// commandLine runs `sluice certificates` on a state file.
type commandLine struct {
	t     *testing.T
	state string
	stdin string
}

func newCommandLine(t *testing.T) *commandLine {
	return &commandLine{t: t, state: filepath.Join(away(t), "sluice.db")}
}

func (c *commandLine) run(args ...string) (status int, stdout, stderr string) {
	c.t.Helper()
	var out, errs bytes.Buffer
	root := newRootCommand()
	root.SetIn(strings.NewReader(c.stdin))
	status = execute(c.t.Context(), root, append([]string{"certificates", "--state", c.state}, args...), &out, &errs)
	return status, out.String(), errs.String()
}

// does runs a command that is to go well, and returns what it prints.
func (c *commandLine) does(args ...string) string {
	c.t.Helper()
	status, stdout, stderr := c.run(args...)
	if status != statusOK || stderr != "" {
		c.t.Fatalf("%q ends with %d and says\n%s", args, status, stderr)
	}
	return stdout
}

// refuses runs a command that is to fail with a message.
func (c *commandLine) refuses(status int, message string, args ...string) {
	c.t.Helper()
	got, _, stderr := c.run(args...)
	if got != status || !strings.Contains(stderr, message) {
		c.t.Errorf("%q ends with %d, want %d and %q, and says\n%s", args, got, status, message, stderr)
	}
}

func TestCertificatesFromNothingToADevice(t *testing.T) {
	c := newCommandLine(t)
	c.refuses(statusFailed, "begin with sluice certificates setup", "list")
	if out := c.does("setup", "lamp-3"); strings.Count(out, "Made ") != 3 {
		t.Errorf("setup says\n%s", out)
	}
	if out := c.does("setup", "lamp-3"); out != "Nothing was missing.\n" {
		t.Errorf("setup says\n%s", out)
	}
	if out := c.does("list"); strings.Count(out, "\n") != 4 || !strings.Contains(out, "lamp-3") {
		t.Errorf("list says\n%s", out)
	}
	folder := filepath.Join(t.TempDir(), "lamp-3")
	c.does("export", "lamp-3", "--format", "pem", "--to", folder)
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, "lamp-3.pem"), filepath.Join(folder, "lamp-3.key"))
	if err != nil {
		t.Fatal(err)
	}
	authority, err := os.ReadFile(filepath.Join(folder, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
	if runtime.GOOS != "windows" {
		for name, want := range map[string]fs.FileMode{"lamp-3.key": 0o600, "lamp-3.pem": 0o644} {
			if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
	}
	c.does("revoke", "lamp-3")
	if out := c.does("list"); !strings.Contains(out, "(revoked)") {
		t.Errorf("list says\n%s", out)
	}
	c.does("restore", "lamp-3")
	c.does("delete", "lamp-3")
	c.refuses(statusFailed, `no certificate called "lamp-3"`, "export", "lamp-3", "--format", "pem")
}

func TestExportOverwritesOnlyWhenTold(t *testing.T) {
	c := newCommandLine(t)
	c.does("setup", "lamp-3")
	folder := t.TempDir()
	mine := write(t, filepath.Join(folder, "ca.pem"), "mine")
	c.refuses(statusFailed, mine+": already there, nothing was written; --force overwrites", "export", "lamp-3", "--format", "pem", "--to", folder)
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("written all the same: %v", files)
	}
	if err := os.WriteFile(filepath.Join(folder, "lamp-3.key"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c.does("export", "lamp-3", "--format", "pem", "--to", folder, "--force")
	if text, _ := os.ReadFile(mine); string(text) == "mine" {
		t.Error("not overwritten")
	}
	if info, err := os.Stat(filepath.Join(folder, "lamp-3.key")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the key keeps the mode of the file that was there: %v, %v", info.Mode(), err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 3 {
		t.Errorf("left behind: %v", files)
	}
}

// The certificate of the authority is the same for all devices.
func TestDevicesAreExportedIntoOneFolder(t *testing.T) {
	c := newCommandLine(t)
	c.does("setup", "lamp-3")
	c.does("issue", "lamp-4")
	folder := t.TempDir()
	for _, name := range []string{"lamp-3", "lamp-4", "lamp-3"} {
		out := c.does("export", name, "--format", "pem", "--to", folder)
		for _, file := range []string{name + ".pem", name + ".key", "ca.pem"} {
			if !strings.Contains(out, filepath.Join(folder, file)+"\n") {
				t.Errorf("%s: not named: %s\n%s", name, file, out)
			}
		}
	}
	if files, _ := os.ReadDir(folder); len(files) != 5 {
		t.Errorf("%d files", len(files))
	}
	if err := os.Chmod(filepath.Join(folder, "lamp-3.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		c.refuses(statusFailed, "lamp-3.key: already there", "export", "lamp-3", "--format", "pem", "--to", folder)
	}
}

func TestCertificatesOfATable(t *testing.T) {
	c := newCommandLine(t)
	table := write(t, filepath.Join(t.TempDir(), "devices.csv"), "name\nlamp-4\nlamp-5\n")
	c.does("setup")
	if out := c.does("issue", "--csv", table); !strings.Contains(out, "lamp-4") || !strings.Contains(out, "lamp-5") {
		t.Errorf("issue says\n%s", out)
	}
	c.does("issue", "gateway.example", "--server", "--alt", "192.0.2.7", "--days", "3")
	write(t, table, "name\nlamp-6\n"+strings.Repeat("x", 70)+"\n")
	c.refuses(statusFailed, "line 3", "issue", "--csv", table)
	c.refuses(statusUsage, "either one name or --csv", "issue")
	c.refuses(statusUsage, "either one name or --csv", "issue", "lamp-7", "--csv", table)
	if out := c.does("list"); strings.Contains(out, "lamp-6") {
		t.Errorf("half a table was issued:\n%s", out)
	}
}

func TestCertificatesThatShareAName(t *testing.T) {
	c := newCommandLine(t)
	c.does("setup")
	c.does("issue", "lamp-3")
	id := lastField(c.does("issue", "lamp-3"))
	c.refuses(statusFailed, "name one by its fingerprint", "revoke", "lamp-3")
	c.does("revoke", strings.ToUpper(id[:8]))
	c.does("export", "lamp-3", "--format", "der", "--to", t.TempDir()) // the one that is not revoked
}

func lastField(text string) string {
	fields := strings.Fields(text)
	return fields[len(fields)-1]
}

func TestImportFromTheCommandLine(t *testing.T) {
	theirs, c := newCommandLine(t), newCommandLine(t)
	theirs.does("setup", "lamp-3")
	folder := t.TempDir()
	password := write(t, filepath.Join(folder, "password"), "hunter2hunter2\n")
	theirs.does("export", "lamp-3", "--format", "pkcs12", "--to", folder, "--password-file", password)
	bundle := filepath.Join(folder, "lamp-3.p12")
	c.refuses(statusFailed, "--password-file", "import", bundle)
	if out := c.does("import", bundle, "--password-file", password, "--name", "their lamp"); !strings.Contains(out, "their lamp") {
		t.Errorf("import says\n%s", out)
	}
	c.refuses(statusFailed, "no such file", "import", filepath.Join(folder, "missing.pem"))
	c.refuses(statusUsage, "takes one argument", "import")
}

func TestPreSharedKeysFromTheCommandLine(t *testing.T) {
	c := newCommandLine(t)
	secret := []byte("0123456789abcdef")
	c.stdin = hex.EncodeToString(secret) + "\n"
	out := c.does("psk", "add", "lamp-3", "--hex", "--client-id", "lamp-3")
	if strings.Contains(out, c.stdin[:8]) {
		t.Error("the key is printed")
	}
	c.refuses(statusFailed, "--replace", "psk", "add", "lamp-3", "--hex")
	c.does("psk", "add", "lamp-3", "--hex", "--replace")
	c.does("psk", "add", "lamp-4", "--generate", "32")
	c.does("psk", "add", "lamp-5", "--text", "--key-file", write(t, filepath.Join(t.TempDir(), "key"), "a key of a text file\r\n"))
	c.does("psk", "bind", "lamp-5", "--client-id", "five")
	if out := c.does("psk", "list"); !strings.Contains(out, "lamp-4    32") || !strings.Contains(out, "five") || strings.Contains(out, "a key") {
		t.Errorf("list says\n%s", out)
	}
	folder := t.TempDir()
	c.does("psk", "export", "lamp-5", "--format", "coap-client", "--to", folder)
	line, err := os.ReadFile(filepath.Join(folder, "lamp-5-coap-client.sh"))
	if err != nil || !strings.Contains(string(line), "'a key of a text file'") {
		t.Errorf("%s, %v", line, err)
	}
	c.does("psk", "delete", "lamp-5")
	c.refuses(statusFailed, "not kept", "psk", "delete", "lamp-5")
	c.refuses(statusUsage, "one of --hex", "psk", "add", "lamp-6")
	c.refuses(statusUsage, "one of --hex", "psk", "add", "lamp-6", "--hex", "--text")
	c.refuses(statusUsage, "16 to 64", "psk", "add", "lamp-6", "--generate", "8")
	c.stdin = "not hex: hunter2"
	c.refuses(statusFailed, "hex digits", "psk", "add", "lamp-6", "--hex")
	if _, _, stderr := c.run("psk", "add", "lamp-6", "--hex"); strings.Contains(stderr, "hunter2") {
		t.Errorf("what was read is shown: %s", stderr)
	}
	c.stdin = ""
	c.refuses(statusFailed, "empty", "psk", "add", "lamp-6", "--text")
}

func TestWhereTheSealingKeyIs(t *testing.T) {
	c := newCommandLine(t)
	c.does("setup")
	if out := c.does("seal"); out != "Sealed by a key file ("+c.state+".key).\n" {
		t.Errorf("seal says %q", out)
	}
	passphrase := write(t, filepath.Join(t.TempDir(), "passphrase"), "correct horse\n")
	if out := c.does("seal", "passphrase", "--new-passphrase-file", passphrase); out != "Sealed by a passphrase.\n" {
		t.Errorf("seal says %q", out)
	}
	c.refuses(statusFailed, "name the file that holds it with --seal-passphrase-file", "issue", "lamp-3")
	c.does("issue", "lamp-3", "--seal-passphrase-file", passphrase)
	wrong := write(t, filepath.Join(t.TempDir(), "wrong"), "battery staple\n")
	c.refuses(statusFailed, "the passphrase is wrong", "issue", "lamp-4", "--seal-passphrase-file", wrong)
	c.refuses(statusUsage, "exclude each other", "list", "--seal-passphrase-file", wrong, "--seal-key-file", wrong)
	c.refuses(statusUsage, "keyring, file or passphrase", "seal", "safe")

	keyFile := filepath.Join(t.TempDir(), "sluice.key")
	c.does("seal", "file", "--new-key-file", keyFile, "--seal-passphrase-file", passphrase)
	c.does("issue", "lamp-5")
	if runtime.GOOS != "windows" {
		if err := os.Chmod(keyFile, 0o644); err != nil {
			t.Fatal(err)
		}
		c.refuses(statusFailed, "chmod 600 "+keyFile, "issue", "lamp-6")
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	c.refuses(statusFailed, "is missing", "issue", "lamp-6")
	if status, stdout, stderr := c.run("list"); status != statusOK || !strings.Contains(stdout, "lamp-5") || !strings.Contains(stderr, "is missing") {
		t.Errorf("list ends with %d and says\n%s%s", status, stdout, stderr)
	}
	c.does("seal", "--start-over")
	c.does("setup", "lamp-6")
}

func TestCertificatesOfARunningSluice(t *testing.T) {
	c := newCommandLine(t)
	s, err := store.Open(c.state)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c.refuses(statusFailed, "is in use: another Sluice has it open; end it first, or use its Certificates pane", "setup")
}

func TestUnknownCommandOfCertificates(t *testing.T) {
	c := newCommandLine(t)
	c.refuses(statusUsage, `there is no command "lst"; did you mean list`, "lst")
	c.refuses(statusUsage, "--format is missing", "export", "lamp-3")
}
