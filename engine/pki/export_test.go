package pki

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// export exports a pair for a test, and returns the names of its files, * at those that are secret.
func export(t *testing.T, pair *Pair, f Format, authority *Pair, o ExportOptions) ([]File, string) {
	t.Helper()
	files, err := pair.Export(f, authority.Certificate(), o)
	if err != nil {
		t.Fatal(err)
	}
	return files, fileNames(files)
}

func fileNames(files []File) string {
	var names []string
	for _, file := range files {
		name := file.Name
		if file.Secret {
			name += "*"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func write(t *testing.T, folder string, files []File) {
	t.Helper()
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(folder, file.Name), file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExportedFiles(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	trusted := &Pair{Chain: authority.Chain}
	password := ExportOptions{Password: "geheim"}
	for _, test := range []struct {
		name string
		pair *Pair
		f    Format
		o    ExportOptions
		want string
	}{
		{"device", device, PEM, ExportOptions{}, "sensor-17.pem sensor-17.key* ca.pem"},
		{"device", device, DER, ExportOptions{}, "sensor-17.der sensor-17.key.der* ca.der"},
		{"device", device, PKCS12, password, "sensor-17.p12*"},
		{"device", device, CHeader, ExportOptions{}, "sensor-17.h*"},
		{"device", device, Zephyr, ExportOptions{}, "sensor-17-zephyr.c*"},
		{"device", device, MbedTLS, ExportOptions{}, "sensor-17-mbedtls.h*"},
		{"device", device, CoAPClient, ExportOptions{}, "sensor-17-coap-client.sh sensor-17.pem sensor-17.key* ca.pem"},
		{"device under another name", device, PEM, ExportOptions{Name: "CON"}, "_CON.pem _CON.key* ca.pem"},
		{"authority", authority, PEM, ExportOptions{Name: "ours"}, "ours.pem ours.key*"},
		{"authority", authority, CHeader, ExportOptions{Name: "ours"}, "ours.h"},
		{"authority", authority, Zephyr, ExportOptions{Name: "ours"}, "ours-zephyr.c"},
		{"authority", authority, MbedTLS, ExportOptions{Name: "ours"}, "ours-mbedtls.h"},
		{"authority", authority, CoAPClient, ExportOptions{Name: "ours"}, "ours-coap-client.sh ca.pem"},
		{"trusted", trusted, PEM, ExportOptions{Name: "theirs"}, "theirs.pem"},
		{"trusted", trusted, PKCS12, password, "Workbench development CA.p12"},
	} {
		if _, got := export(t, test.pair, test.f, authority, test.o); got != test.want {
			t.Errorf("%s as %s: %s, not %s", test.name, test.f, got, test.want)
		}
	}
	if _, err := device.Export(PKCS12, nil, ExportOptions{}); err == nil || !strings.Contains(err.Error(), "password") {
		t.Errorf("PKCS #12 without a password: %v", err)
	}
	if _, err := device.Export(PKCS12, nil, ExportOptions{Password: "🔑"}); err == nil || !strings.Contains(err.Error(), "emoji") {
		t.Errorf("PKCS #12 with a key for a password: %v", err)
	}
	if _, err := device.Export("jks", nil, ExportOptions{}); err == nil || !strings.Contains(err.Error(), `"jks"`) {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestExportsCanBeImported(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	for _, f := range []Format{PEM, DER, PKCS12} {
		files, _ := export(t, device, f, authority, ExportOptions{Password: "geheim"})
		for _, file := range files {
			if _, err := Import(file.Data, "geheim"); err != nil {
				t.Errorf("%s: %v", file.Name, err)
			}
		}
	}
	files, _ := export(t, device, PKCS12, authority, ExportOptions{Password: "geheim"})
	imported, err := Import(files[0].Data, "geheim")
	if err != nil || content(imported) != "sensor-17 < Workbench development CA +" {
		t.Errorf("PKCS #12 holds %v, %v", imported, err)
	}
	trusted := &Pair{Chain: authority.Chain}
	files, _ = export(t, trusted, PKCS12, authority, ExportOptions{Password: "geheim"})
	imported, err = Import(files[0].Data, "geheim")
	if err != nil || content(imported) != "Workbench development CA" {
		t.Errorf("a trust store holds %v, %v", imported, err)
	}
}

func TestOtherProgramsReadExports(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	folder := t.TempDir()
	for _, f := range []Format{PEM, DER, PKCS12} {
		files, _ := export(t, device, f, authority, ExportOptions{Password: "geheim"})
		write(t, folder, files)
	}
	openssl(t, folder, "verify", "-CAfile", "ca.pem", "sensor-17.pem")
	openssl(t, folder, "x509", "-inform", "DER", "-in", "sensor-17.der", "-noout")
	openssl(t, folder, "pkey", "-inform", "DER", "-in", "sensor-17.key.der", "-noout")
	public := openssl(t, folder, "x509", "-in", "sensor-17.pem", "-noout", "-pubkey")
	if got := openssl(t, folder, "pkey", "-in", "sensor-17.key", "-pubout"); got != public {
		t.Error("the key is another one")
	}
	text := openssl(t, folder, "pkcs12", "-in", "sensor-17.p12", "-passin", "pass:geheim", "-nodes")
	for _, want := range []string{"CN = sensor-17", "CN = Workbench development CA", "BEGIN PRIVATE KEY"} {
		if !strings.Contains(text, want) {
			t.Errorf("PKCS #12 is without %q", want)
		}
	}
	keytool, err := exec.LookPath("keytool")
	if err != nil {
		t.Skip("keytool is not installed")
	}
	output, err := exec.Command(keytool, "-list", "-keystore", filepath.Join(folder, "sensor-17.p12"), "-storepass", "geheim").CombinedOutput()
	if err != nil || !strings.Contains(string(output), "PrivateKeyEntry") {
		t.Errorf("keytool: %v\n%s", err, output)
	}
}

func TestCoAPClientLine(t *testing.T) {
	authority := testAuthority(t)
	server, err := authority.Issue(Request{Name: "gateway.local", Kind: Server})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		pair *Pair
		o    ExportOptions
		want string
	}{
		{testDevice(t, authority, "sensor-17"), ExportOptions{Host: "gateway.local", Path: "/ps/plant/line1/temp"},
			"coap-client-openssl -m get \\\n  -c sensor-17.pem -j sensor-17.key \\\n  -R ca.pem \\\n  coaps://gateway.local/ps/plant/line1/temp\n"},
		{testDevice(t, authority, "Bob's lamp"), ExportOptions{Host: "fe80::1", Path: "a?b=c&d"},
			"coap-client-openssl -m get \\\n  -c 'Bob'\\''s lamp.pem' -j 'Bob'\\''s lamp.key' \\\n  -R ca.pem \\\n  'coaps://[fe80::1]/a?b=c&d'\n"},
		{server, ExportOptions{}, "coap-client-openssl -m get \\\n  -R ca.pem \\\n  coaps://localhost/.well-known/core\n"},
		{authority, ExportOptions{Host: "192.0.2.1:5685"}, "coap-client-openssl -m get \\\n  -R ca.pem \\\n  coaps://192.0.2.1:5685/.well-known/core\n"},
	} {
		files, _ := export(t, test.pair, CoAPClient, authority, test.o)
		if got := string(files[0].Data); got != test.want {
			t.Errorf("%s\nnot\n%s", got, test.want)
		}
	}
}

func TestCoAPClientLineOfPSK(t *testing.T) {
	for _, test := range []struct{ identity, key, want string }{
		{"sensor-18", "secretPSK", "-u sensor-18 \\\n  -k secretPSK"},
		{"it's", "a b", "-u 'it'\\''s' \\\n  -k 'a b'"},
		{"sensor-18", "\x01'\\\xff9", `-u sensor-18 \` + "\n" + `  -k $'\001\'\\\3779'`},
	} {
		files, err := ExportPSK(test.identity, []byte(test.key), CoAPClient, ExportOptions{Name: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if want := "coap-client-openssl -m get \\\n  " + test.want + " \\\n  coaps://localhost/.well-known/core\n"; string(files[0].Data) != want {
			t.Errorf("%s\nnot\n%s", files[0].Data, want)
		}
		if bash, err := exec.LookPath("bash"); err == nil {
			output, err := exec.Command(bash, "-c", "coap-client-openssl() { printf %s \"$6\"; }; "+string(files[0].Data)).Output()
			if err != nil || string(output) != test.key {
				t.Errorf("bash reads the key as %q, not %q (%v)", output, test.key, err)
			}
		}
	}
	if _, err := ExportPSK("x", []byte("a\x00b"), CoAPClient, ExportOptions{}); err == nil || !strings.Contains(err.Error(), "zero byte") {
		t.Errorf("a zero byte: %v", err)
	}
}

func TestExportPSK(t *testing.T) {
	for f, want := range map[Format]string{
		CHeader: "sensor-18.h*", Zephyr: "sensor-18-zephyr.c*", MbedTLS: "sensor-18-mbedtls.h*", CoAPClient: "sensor-18-coap-client.sh*",
	} {
		files, err := ExportPSK("sensor-18", []byte("secretPSK"), f, ExportOptions{})
		if err != nil || fileNames(files) != want {
			t.Errorf("%s: %s, %v", f, fileNames(files), err)
		}
	}
	for _, f := range []Format{PEM, DER, PKCS12, "jks"} {
		if _, err := ExportPSK("sensor-18", []byte("secretPSK"), f, ExportOptions{}); err == nil || strings.Contains(err.Error(), "secretPSK") {
			t.Errorf("%s: %v", f, err)
		}
	}
	if _, err := ExportPSK("", []byte("secretPSK"), CHeader, ExportOptions{}); err == nil {
		t.Error("without an identity")
	}
}

func TestFileName(t *testing.T) {
	long := strings.Repeat("ü", 80)
	for name, want := range map[string]string{
		"sensor-17": "sensor-17", "Prüfstand 3": "Prüfstand 3", "a/b\\c:d": "a_b_c_d", "../../etc/passwd": "_.._etc_passwd", "con": "_con", "COM1.dev": "_COM1.dev",
		"com¹": "_com¹", "ca": "_ca", "CA.x": "_CA.x", "a.": "a", " . ": "device", "": "device", "-rf": "_-rf", "a\x00\nb": "a__b", "a\xffb": "a_b", long: long[:100],
		"what?*<>|\"": "what______",
	} {
		if got := fileName(name); got != want {
			t.Errorf("%q is %q, not %q", name, got, want)
		}
	}
}

func TestIdentifier(t *testing.T) {
	for name, want := range map[string]string{
		"sensor-17": "sensor_17", "Prüfstand 3": "pr_fstand_3", "17": "device_17", "_x": "x", "int": "int", "": "device", "датчик": "device", "a--b__c": "a_b_c",
		strings.Repeat("x", 100): strings.Repeat("x", 48),
	} {
		if got := identifier(name); got != want {
			t.Errorf("%q is %q, not %q", name, got, want)
		}
	}
}

func TestSubjectsOfOthersAreNamed(t *testing.T) {
	entry := Describe(rootCA(t, "Plant Root").Certificate())
	if entry.Kind != Trusted || entry.Subject != entry.Issuer || !slices.Equal(entry.Usages, []string{"issuing certificates"}) || entry.Serial != "01" {
		t.Errorf("%+v", entry)
	}
	authority := testAuthority(t)
	entry = Describe(testDevice(t, authority, "sensor-17").Certificate())
	if entry.Kind != Client || entry.Issuer != "CN=Workbench development CA" || !slices.Equal(entry.Usages, []string{"client authentication"}) || entry.ID == "" {
		t.Errorf("%+v", entry)
	}
}
