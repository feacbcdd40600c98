//go:build e2e

package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secrets are what nobody but its owner is to see, by what they are.
type secrets map[string][]byte

// addPrivateKey adds a private key: the number, the whole, and the lines of the file that have a part of the number.
func (s secrets) addPrivateKey(t *testing.T, name string, file []byte) {
	t.Helper()
	block, _ := pem.Decode(file)
	must(t, block != nil, "the key of %s is no PEM", name)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(t, err == nil, "the key of %s: %v", name, err)
	number, err := key.(*ecdsa.PrivateKey).Bytes()
	must(t, err == nil, "the key of %s: %v", name, err)
	s[name+", number"], s[name+", PKCS #8"] = number, block.Bytes
	from := bytes.Index(block.Bytes, number)
	must(t, from >= 0, "the key of %s does not hold its number", name)
	const line = 48 // bytes in a line of PEM
	for i, text := range strings.Split(strings.TrimSpace(string(file)), "\n")[1:] {
		if (i+1)*line > from && i*line < from+len(number) {
			s[fmt.Sprintf("%s, line %d", name, i)] = []byte(text)
		}
	}
}

// in returns the names of those that data has: as they are, in hex, in Base64 at any offset, or as Go prints bytes.
func (s secrets) in(data []byte) (found []string) {
	lower := bytes.ToLower(data)
	for name, secret := range s {
		printed := strings.Trim(fmt.Sprint(secret), "[]")
		forms := [][]byte{secret, []byte(printed), []byte(strings.ReplaceAll(printed, " ", ","))}
		for offset := range 3 {
			for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
				encoded := encoding.EncodeToString(append(make([]byte, offset), secret...))
				forms = append(forms, []byte(encoded[4:len(encoded)-4]))
			}
		}
		if bytes.Contains(lower, []byte(hex.EncodeToString(secret))) ||
			slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Contains(data, form) }) {
			found = append(found, name)
		}
	}
	return found
}

// keepsItsSecrets ends the program and searches what it printed, what the command line printed, and every file beside the
// state file but the key that seals it.
func (p *plant) keepsItsSecrets(t *testing.T) {
	must(t, p.interrupt(t) == nil, "it did not end well")
	found := map[string][]string{
		"the log":                 p.secrets.in([]byte(p.output.String())),
		"what certificates print": p.secrets.in([]byte(p.said.String())),
	}
	searched := 0
	err := filepath.WalkDir(filepath.Dir(p.state), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if path == p.state+".key" {
			_, master, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
			p.secrets["what seals"] = []byte(master)
			return err
		}
		searched++
		found[path] = p.secrets.in(data)
		return err
	})
	must(t, err == nil && searched > 0, "searched %d files: %v", searched, err)
	for where, secrets := range found {
		if len(secrets) > 0 {
			t.Errorf("%s has %q", where, secrets)
		}
	}
}

func TestSecretsAreFoundWhereTheyAre(t *testing.T) {
	secret := []byte(lampKey)
	known := secrets{"key": secret}
	for form, text := range map[string]string{
		"raw": lampKey, "hex": hex.EncodeToString(secret), "HEX": strings.ToUpper(hex.EncodeToString(secret)), "bytes": fmt.Sprint(secret),
		"base64": base64.StdEncoding.EncodeToString(secret), "shifted base64": base64.StdEncoding.EncodeToString([]byte("x" + lampKey)),
		"twice shifted base64": base64.RawURLEncoding.EncodeToString([]byte("xy" + lampKey + "z")), "PEM": string(pemOf("X", secret)),
	} {
		must(t, known.in([]byte("a "+text+" b")) != nil, "%s is not found", form)
	}
	must(t, known.in([]byte("a "+wrongKey+" b")) == nil, "another key is found")
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// A key file that others may read is not used, and the message says what to do. A gateway that needs no key goes on.
func TestSecureKeyFileOfALooseMode(t *testing.T) {
	t.Parallel()
	p := preparePlant(t)
	must(t, os.Chmod(p.state+".key", 0o640) == nil, "chmod")
	config := filepath.Join(t.TempDir(), "sluice.toml")
	must(t, os.WriteFile(config, []byte("[[listener]]\nbind = \"coaps://127.0.0.1:0\"\n"), 0o600) == nil, "write the settings")
	serving := []string{"serve", "--state", p.state, "--config", config}
	printed, err := runs(t, program(t, "SLUICE_HEADLESS"), serving...)
	must(t, err != nil && err.Error() == "exit status 1", "it ended with %v", err)
	must(t, strings.Contains(printed, "chmod 600 "+p.state+".key") && !strings.Contains(printed, "ready"), "it says\n%s", printed)

	plain := serveApart(t, "", "--state", p.state)
	must(t, strings.Contains(plain.output.String(), "chmod 600 "+p.state+".key"), "it says\n%s", plain.output)
	must(t, plain.interrupt(t) == nil, "it did not end well")

	must(t, os.Chmod(p.state+".key", 0o600) == nil, "chmod")
	start(t, nil, program(t, "SLUICE_HEADLESS"), serving...).sees(t, "ready\n")
}
