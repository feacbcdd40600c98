package pki

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// zephyrHeader declares what the exports use of zephyr/net/tls_credentials.h.
const zephyrHeader = `#include <stddef.h>
enum tls_credential_type {
	TLS_CREDENTIAL_NONE, TLS_CREDENTIAL_CA_CERTIFICATE, TLS_CREDENTIAL_SERVER_CERTIFICATE, TLS_CREDENTIAL_PRIVATE_KEY,
	TLS_CREDENTIAL_PSK, TLS_CREDENTIAL_PSK_ID
};
typedef int sec_tag_t;
int tls_credential_add(sec_tag_t tag, enum tls_credential_type type, const void *cred, size_t credlen);
`

// printer is a program that prints what an export holds: each credential's type and size, then its bytes in hex.
const printer = `#include <stdio.h>
#include <zephyr/net/tls_credentials.h>
int tls_credential_add(sec_tag_t tag, enum tls_credential_type type, const void *cred, size_t credlen)
{
	const unsigned char *b = cred;
	printf("%d %d ", tag, (int)type);
	for (size_t i = 0; i < credlen; i++) {
		printf("%02x", b[i]);
	}
	printf("\n");
	return 0;
}
`

// compile runs the C compiler with all warnings as errors; the test is skipped where there is none.
func compile(t *testing.T, folder string, arguments ...string) {
	t.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler is installed")
	}
	command := exec.Command(compiler, append([]string{"-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-I."}, arguments...)...)
	command.Dir = folder
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("cc %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHeadersCompile(t *testing.T) {
	authority := testAuthority(t)
	plant := intermediate(t, rootCA(t, "Plant Root"), nil)
	for _, name := range []string{"sensor-17", "17 */ /* evil ??/", `Bob's "lamp"`, "датчик", "switch"} {
		for _, issuer := range []*Pair{authority, plant} {
			pair, err := issuer.Issue(Request{Name: name, Kind: Client})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []Format{CHeader, MbedTLS} {
				certificate, err := pair.Export(f, issuer.Chain[len(issuer.Chain)-1], ExportOptions{})
				if err != nil {
					t.Fatal(err)
				}
				psk, err := ExportPSK(name, []byte("secret\x00\xff\"\\??/PSK\n"), f, ExportOptions{Name: name + " psk"})
				if err != nil {
					t.Fatal(err)
				}
				folder := t.TempDir()
				write(t, folder, certificate)
				write(t, folder, psk)
				writeText(t, filepath.Join(folder, "main.c"), `#include "`+certificate[0].Name+"\"\n#include \""+psk[0].Name+"\"\n#include \""+psk[0].Name+"\"\nint main(void) { return 0; }\n")
				compile(t, folder, "-fsyntax-only", "-Wno-unused-const-variable", "main.c")
			}
		}
	}
}

// added compiles a Zephyr export, runs its function, and returns what it adds: lines of tag, type and hex.
func added(t *testing.T, file File, function string) []string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, []File{file})
	writeText(t, filepath.Join(folder, "zephyr", "net", "tls_credentials.h"), "#pragma once\n"+zephyrHeader)
	writeText(t, filepath.Join(folder, "main.c"), printer+"int "+function+"(void);\nint main(void) { return "+function+"(); }\n")
	compile(t, folder, "-o", "main", "main.c", file.Name)
	output, err := exec.Command(filepath.Join(folder, "main")).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

func TestZephyrAddsCredentials(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	files, _ := export(t, device, Zephyr, authority, ExportOptions{SecTag: 42})
	key, _ := export(t, device, DER, authority, ExportOptions{})
	want := []string{
		"42 1 " + hexOf(authority.Certificate().Raw), "42 2 " + hexOf(device.Certificate().Raw), "42 3 " + hexOf(key[1].Data),
	}
	if got := added(t, files[0], "sensor_17_add_credentials"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("it adds\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	plant := intermediate(t, rootCA(t, "Plant Root"), nil)
	below := testDevice(t, plant, "sensor-18")
	files, _ = export(t, below, Zephyr, &Pair{Chain: plant.Chain[1:]}, ExportOptions{})
	if got := added(t, files[0], "sensor_18_add_credentials"); got[1] != "1 2 "+hexOf(append(certificatePEM(below.Chain[:2]...), 0)) {
		t.Errorf("the chain is no PEM with a NUL at its end: %s", got[1])
	}

	psk, err := ExportPSK(`it's "18"`, []byte("secret\x00\xff"), Zephyr, ExportOptions{Name: "sensor-18"})
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"1 4 " + hexOf([]byte("secret\x00\xff")), "1 5 " + hexOf([]byte(`it's "18"`))}
	if got := added(t, psk[0], "sensor_18_add_credentials"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("it adds %q, not %q", got, want)
	}
}

func hexOf(data []byte) string { return hex.EncodeToString(data) }
