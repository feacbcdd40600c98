//go:build e2e

package e2e

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The pre-shared keys and passwords of a plant; libcoap's clients take a key as text.
const (
	lampKey         = "9Kd2vXq7LwRt5ZbN"
	wrongKey        = "Wm4JcTy8HsPg3FxE"
	userPassword    = "Vr6nQz1MkDy9BtUe"
	wrongPassword   = "Xa3gLp7SjCw2FhZo"
	keyFilePassword = "Ue8sYb4RiNv5KmTq"
)

// plant is what a user makes on the command line before anything runs, and the program that then runs on it.
type plant struct {
	*apart
	state, folder string
	secrets       secrets
	said          *output // by the command line
	// open asks clients for a certificate, strict demands one; a pre-shared key will do for both. mqttsFiles has its
	// certificate and its encrypted private key from files.
	open, strict, mqtts, mqttsFiles string // ports
}

// newPlant makes an authority, certificates and keys, exports them for devices, and starts Sluice. When the test ends, what
// Sluice kept and said is searched for every secret.
func newPlant(t *testing.T) *plant {
	t.Helper()
	p := preparePlant(t)
	serverKey, err := filepath.Glob(filepath.Join(p.folder, "server", "*.key"))
	must(t, err == nil && len(serverKey) == 1, "the server's key: %v, %v", serverKey, err)
	encrypted := filepath.Join(p.folder, "server-encrypted.pem")
	shell(t, fmt.Sprintf("openssl pkcs8 -topk8 -v2 aes-256-cbc -in '%s' -out '%s' -passout pass:%s", serverKey[0], encrypted, keyFilePassword))
	settings := fmt.Sprintf(`
[access]
anonymous = true
[[access.user]]
username = "plant"
password = %q
[[listener]]
bind = "coaps://127.0.0.1:0"
dtls_options = {verify = "verify_peer", handshake_timeout = "5s"}
[[listener]]
bind = "coaps://127.0.0.1:0"
dtls_options = {verify = "verify_peer", fail_if_no_peer_cert = true}
[[listener]]
bind = "mqtts://127.0.0.1:0"
ssl_options = {verify = "verify_peer", fail_if_no_peer_cert = true}
[[listener]]
bind = "mqtts://127.0.0.1:0"
ssl_options = {verify = "verify_peer", fail_if_no_peer_cert = true, certfile = %q, keyfile = %q, cacertfile = %q, password = %q}
`, userPassword, strings.TrimSuffix(serverKey[0], "key")+"pem", encrypted, p.path("server", "ca.pem"), keyFilePassword)
	p.apart = serveApart(t, settings, "--state", p.state, "--log-level", "debug")
	coaps, mqtts := p.ports(t, "coaps"), p.ports(t, "mqtts")
	p.open, p.strict, p.mqtts, p.mqttsFiles = coaps[0], coaps[1], mqtts[0], mqtts[1]
	t.Cleanup(func() { p.keepsItsSecrets(t) })
	return p
}

// preparePlant is newPlant without the program that runs.
func preparePlant(t *testing.T) *plant {
	t.Helper()
	needs(t, "openssl")
	p := &plant{state: filepath.Join(t.TempDir(), "sluice.db"), folder: t.TempDir(), said: newOutput(), secrets: secrets{}}
	for i, password := range []string{lampKey, wrongKey, userPassword, wrongPassword, keyFilePassword} {
		p.secrets[fmt.Sprint("key or password ", i)] = []byte(password)
	}
	p.certificates(t, "", "setup", "sensor-17")
	p.export(t, "sensor-17", "sensor-17")
	p.certificates(t, "", "issue", "sensor-18")
	p.export(t, "sensor-18", "sensor-18")
	p.certificates(t, "", "revoke", "sensor-18")
	p.export(t, p.fingerprint(t, "server"), "server")
	p.certificates(t, hex.EncodeToString([]byte(lampKey)), "psk", "add", "lamp-4", "--hex")
	p.expire(t, "sensor-19")

	foreign := *p // another workbench, with a device of the same name
	foreign.state = filepath.Join(t.TempDir(), "foreign.db")
	foreign.certificates(t, "", "setup", "sensor-17")
	foreign.export(t, "sensor-17", "foreign")
	return p
}

// path is that of an exported file.
func (p *plant) path(parts ...string) string {
	return filepath.Join(append([]string{p.folder}, parts...)...)
}

// certificates runs `sluice certificates` and returns what it printed.
func (p *plant) certificates(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program(t, "SLUICE_HEADLESS"), append([]string{"certificates", "--state", p.state}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	must(t, err == nil, "%q: %v\n%s", args, err, out)
	_, _ = p.said.Write(out)
	return string(out)
}

// export writes a certificate, its private key and its authority into a folder of their own.
func (p *plant) export(t *testing.T, name, folder string) {
	t.Helper()
	p.certificates(t, "", "export", name, "--format", "pem", "--to", p.path(folder))
	keys, err := filepath.Glob(p.path(folder, "*.key"))
	must(t, err == nil && len(keys) == 1, "exported keys: %v, %v", keys, err)
	text, err := os.ReadFile(keys[0])
	must(t, err == nil, "%v", err)
	p.secrets.addPrivateKey(t, folder, text)
}

// fingerprint is that of the certificate of a kind, as the list shows it.
func (p *plant) fingerprint(t *testing.T, kind string) string {
	t.Helper()
	for line := range strings.Lines(p.certificates(t, "", "list")) {
		if fields := strings.Fields(line); strings.Contains(line, "  "+kind+" ") {
			return fields[len(fields)-1]
		}
	}
	t.Fatalf("no %s is listed", kind)
	return ""
}

// expire makes the certificate of a device that ran out, with the private key of the authority, which can be exported.
func (p *plant) expire(t *testing.T, name string) {
	t.Helper()
	p.certificates(t, "", "issue", name)
	p.export(t, name, name)
	p.export(t, p.fingerprint(t, "authority"), "authority")
	files, err := filepath.Glob(p.path("authority", "*"))
	must(t, err == nil && len(files) == 2, "exported: %v, %v", files, err)
	authority, err := tls.LoadX509KeyPair(files[1], files[0])
	must(t, err == nil, "%v", err)
	device, err := tls.LoadX509KeyPair(p.path(name, name+".pem"), p.path(name, name+".key"))
	must(t, err == nil, "%v", err)
	old := *device.Leaf
	old.SerialNumber, old.NotBefore, old.NotAfter = big.NewInt(1), time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, &old, authority.Leaf, device.Leaf.PublicKey, authority.PrivateKey)
	must(t, err == nil, "%v", err)
	must(t, os.WriteFile(p.path(name, name+".pem"), pemOf("CERTIFICATE", der), 0o600) == nil, "write the certificate")
}

// certified are libcoap's options for a device that shows its certificate and trusts our authority.
func (p *plant) certified(folder, name string) []string {
	return append([]string{"-c", p.path(folder, name+".pem"), "-j", p.path(folder, name+".key")}, p.trusting("sensor-17")...)
}

// trusting are libcoap's options for a device that checks the server's certificate against the authority in a folder.
func (p *plant) trusting(folder string) []string { return []string{"-R", p.path(folder, "ca.pem")} }

// keyed are libcoap's options for a device with a pre-shared key.
func keyed(identity, key string) []string { return []string{"-u", identity, "-k", key} }

// securePrograms are those of libcoap's clients that speak DTLS.
var securePrograms = []string{"coap-client-openssl", "coap-client-gnutls"}

// device is a device at work over DTLS, with a username and password in what it asks.
func (p *plant) device(t *testing.T, program, port string, credentials []string) *device {
	c := libcoap(program, credentials...)
	c.query = "?c=libcoap&u=plant&p=" + userPassword
	return &device{coapClient: c, line: []string{program}, gateway: p.apart, topic: topicOf(t), base: "coaps://127.0.0.1:" + port}
}

// overTLS is the gateway for MQTT clients that come over TLS with the certificate of a device.
func (p *plant) overTLS(port, folder, name string) *apart {
	secured := *p.apart
	secured.mqtt = port
	secured.mqttOptions = []string{
		"--cafile", p.path("sensor-17", "ca.pem"), "--cert", p.path(folder, name+".pem"), "--key", p.path(folder, name+".key"),
		"-u", "plant", "-P", userPassword,
	}
	return &secured
}

// seesAfter waits for what the program prints after the first so many bytes.
func (p *plant) seesAfter(t *testing.T, offset int, want string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !strings.Contains(p.output.String()[offset:], want) {
		must(t, time.Now().Before(deadline), "it did not print %q; it printed:\n%s", want, p.output.String()[offset:])
		time.Sleep(10 * time.Millisecond)
	}
}

// runs runs a client to its end, which may be a bad one.
func runs(t *testing.T, name string, args ...string) (printed string, err error) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}
