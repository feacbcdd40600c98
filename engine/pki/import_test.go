package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// readTestdata reads a file that another program made.
func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "import", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// content says in few words what an import held: the names of each chain, with + for a key; key for one that is loose.
func content(imported *Imported) string {
	var parts []string
	for _, pair := range imported.Pairs {
		var names []string
		for _, cert := range pair.Chain {
			names = append(names, displayName(cert))
		}
		text := strings.Join(names, " < ")
		if pair.Key != nil {
			text += " +"
		}
		parts = append(parts, text)
	}
	for range imported.Keys {
		parts = append(parts, "key")
	}
	return strings.Join(parts, "; ")
}

func TestImportsWhatOthersWrite(t *testing.T) {
	const chain = "acme-1 < Acme Test Intermediate < Acme Test Root +"
	for _, test := range []struct{ file, password, want string }{
		{"bundle.pem", "", chain},
		{"certificate.pem", "", "acme-1"},
		{"certificate.der", "", "acme-1"},
		{"certificates.der", "", "acme-1 < Acme Test Intermediate"},
		{"trusted-certificate.pem", "", "acme-1"},
		{"utf16.pem", "", "acme-1"},
		{"sec1-with-parameters.pem", "", "key"},
		{"sec1.der", "", "key"},
		{"pkcs8.der", "", "key"},
		{"rsa2048-pkcs1.pem", "", "key"},
		{"ed25519.pem", "", "key"},
		{"pkcs8-aes-128-cbc.pem", "secret", "key"},
		{"pkcs8-aes-192-cbc.pem", "secret", "key"},
		{"pkcs8-aes-256-cbc.pem", "secret", "key"},
		{"pkcs8-des3.pem", "secret", "key"},
		{"pkcs8-hmac-sha1.pem", "secret", "key"},
		{"pkcs8-hmac-sha512.pem", "secret", "key"},
		{"pkcs8-scrypt.pem", "secret", "key"},
		{"pkcs8-encrypted.der", "secret", "key"},
		{"sec1-legacy-aes256.pem", "secret", "key"},
		{"sec1-legacy-des3.pem", "secret", "key"},
		{"modern.p12", "secret", chain},
		{"legacy-rc2.p12", "secret", chain},
		{"legacy-des.p12", "secret", "acme-1 +"},
		{"empty-password.p12", "", "acme-1 +"},
		{"mac-only.p12", "secret", "acme-1 +"},
		{"no-mac.p12", "", "acme-1 +"},
		{"no-mac.p12", "needless", "acme-1 +"},
		{"no-keys.p12", "secret", "Acme Test Root"},
		{"java-two-keys.p12", "secret1", "java-one +; java-two +"},
		{"java-truststore.p12", "secret1", "Acme Test Root"},
	} {
		t.Run(test.file, func(t *testing.T) {
			imported, err := Import(readTestdata(t, test.file), test.password)
			if err != nil {
				t.Fatal(err)
			}
			if got := content(imported); got != test.want {
				t.Errorf("holds %q, not %q (skipped %v)", got, test.want, imported.Skipped)
			}
		})
	}
}

func TestImportAsksForThePassword(t *testing.T) {
	for _, file := range []string{
		"pkcs8-aes-128-cbc.pem", "pkcs8-des3.pem", "pkcs8-scrypt.pem", "pkcs8-encrypted.der", "sec1-legacy-aes256.pem",
		"modern.p12", "legacy-rc2.p12", "legacy-des.p12", "no-keys.p12", "java-truststore.p12", "mac-only.p12",
	} {
		for _, password := range []string{"", "Secret", "geheim", "\xff", "🔑"} {
			if _, err := Import(readTestdata(t, file), password); !errors.Is(err, ErrPassword) {
				t.Errorf("%s with %q: %v", file, password, err)
			}
		}
	}
}

func TestWrongPasswordIsToldFromAnotherFile(t *testing.T) {
	// One wrong password in 256 decrypts to padding that is right: what is inside tells.
	data := readTestdata(t, "pkcs8-aes-128-cbc.pem")
	for i := range 600 {
		r := &importer{password: string(rune('a'+i%26)) + strings.Repeat("x", i/26), iterations: maxIterations}
		if err := r.read(data); !errors.Is(err, ErrPassword) {
			t.Fatalf("password %d: %v, %d keys", i, err, len(r.keys))
		}
	}
}

func TestImportSaysWhatAFileIs(t *testing.T) {
	for _, test := range []struct{ file, password, want string }{
		{"request.pem", "", "certificate signing request"},
		{"request.der", "", "certificate signing request"},
		{"public.pem", "", "public key"},
		{"public.der", "", "public key"},
		{"crl.pem", "", "revocation list"},
		{"crl.der", "", "revocation list"},
		{"openssh.key", "", "ssh-keygen"},
		{"openssh.pub", "", "public key of SSH"},
		{"pkcs7.pem", "", "openssl pkcs7"},
		{"pkcs7.p7b", "", "openssl pkcs7"},
		{"java.jks", "", "keytool"},
		{"rsa1024.pem", "", "RSA key of 1024 bits"},
		{"p224.pem", "", "curve P-224"},
		{"secp256k1.pem", "", "cannot be read"},
		{"x25519.pem", "", "P-256"},
		{"pkcs8-pbes1.pem", "secret", "openssl pkcs8 -topk8"},
		{"pkcs8-many-rounds.pem", "secret", "6000000 rounds"},
		{"many-rounds.p12", "secret", "rounds of key derivation"},
	} {
		t.Run(test.file, func(t *testing.T) {
			start := time.Now()
			_, err := Import(readTestdata(t, test.file), test.password)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, without %q", err, test.want)
			}
			if errors.Is(err, ErrPassword) {
				t.Error("a password is asked for")
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestImportOfWhatIsNoFileOfThisKind(t *testing.T) {
	for _, test := range []struct {
		name, data, want string
	}{
		{"nothing", "", "empty"},
		{"space", " \n", "empty"},
		{"a picture", "\x89PNG\r\n", "neither PEM, DER nor PKCS #12"},
		{"Base64 alone", "MIIBkTCB+wIJAK", "BEGIN and END"},
		{"a cut file", "-----BEGIN CERTIFICATE-----\nMIIB", "cut or was changed"},
		{"cut DER", "\x30\x82\x01\x00\x02", "cut or was changed"},
		{"BER", "\x30\x80\x02\x01\x03", "BER"},
		{"other DER", "\x30\x03\x02\x01\x07", "neither a certificate"},
		{"PuTTY", "PuTTY-User-Key-File-3: ssh-ed25519\n", "PuTTY"},
		{"an empty certificate", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "no certificate"},
		{"OpenPGP", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n", "OpenPGP"},
		{"too much", strings.Repeat("x", maxImport+1), "up to 1048576"},
	} {
		if _, err := Import([]byte(test.data), ""); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, without %q", test.name, err, test.want)
		}
	}
}

func TestImportNamesWhatItSkips(t *testing.T) {
	file := bytes.Join([][]byte{
		readTestdata(t, "certificate.pem"), readTestdata(t, "request.pem"), readTestdata(t, "rsa1024.pem"),
		[]byte("-----BEGIN NOTES-----\n\nAAAA\n-----END NOTES-----\n-----BEGIN CERTIFICATE-----\nMII"),
	}, nil)
	imported, err := Import(file, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, skipped := range imported.Skipped {
		got = append(got, skipped.String())
	}
	for i, want := range []string{
		"block 2 (CERTIFICATE REQUEST): ", "block 3 (PRIVATE KEY): an RSA key of 1024 bits", "block 4 (NOTES): ", "after \"-----BEGIN CERTIFICATE-----\"",
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Fatalf("skipped %q, and part %d is not %q", got, i, want)
		}
	}
}

func TestImportTellsAPairFromItsIssuer(t *testing.T) {
	authority, other := testAuthority(t), testAuthority(t) // of one name
	device := testDevice(t, authority, "sensor-17")
	file := bytes.Join([][]byte{
		certificatePEM(other.Certificate(), device.Certificate(), device.Certificate(), authority.Certificate()),
		keyPEM(t, authority.Key), keyPEM(t, device.Key), keyPEM(t, device.Key), keyPEM(t, testAuthority(t).Key),
	}, nil)
	imported, err := Import(file, "")
	if err != nil {
		t.Fatal(err)
	}
	const name = "Workbench development CA"
	if got, want := content(imported), name+"; sensor-17 < "+name+" +; "+name+" +; key"; got != want {
		t.Errorf("holds %q, not %q", got, want)
	}
	if chain := imported.Pairs[1].Chain; !chain[1].Equal(authority.Certificate()) {
		t.Error("the issuer is the one of the same name")
	}
}

func TestAuthoritiesThatIssuedEachOtherAreImported(t *testing.T) {
	one, two := rootCA(t, "One"), rootCA(t, "Two")
	cross := func(of, by *Pair) *x509.Certificate {
		template := *of.Certificate()
		template.SerialNumber = big.NewInt(9)
		der, err := x509.CreateCertificate(rand.Reader, &template, by.Certificate(), of.Key.Public(), by.Key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	imported, err := Import(certificatePEM(cross(one, two), cross(two, one)), "")
	if err != nil {
		t.Fatal(err)
	}
	if got := content(imported); got != "One < Two" {
		t.Errorf("holds %q", got)
	}
}

func TestImportIsBounded(t *testing.T) {
	// Each names each of the other half as its issuer, and none is: finding out must not try all.
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger := rootCA(t, "Stranger")
	var many []byte
	for i := range 2 * maxCertificates {
		of, by := pkix.Name{CommonName: "Even"}, pkix.Name{CommonName: "Odd"}
		if i%2 == 1 {
			of, by = by, of
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: of, NotAfter: time.Now().Add(day), BasicConstraintsValid: true, IsCA: true}
		cert, err := sign(template, &x509.Certificate{Subject: by}, key, stranger.Key)
		if err != nil {
			t.Fatal(err)
		}
		many = append(many, certificatePEM(cert)...)
	}
	start := time.Now()
	imported, err := Import(many, "")
	if err != nil || len(imported.Pairs) != maxCertificates || len(imported.Skipped) != maxCertificates {
		t.Fatalf("%d pairs, %d skipped, %v", len(imported.Pairs), len(imported.Skipped), err)
	}
	encrypted := bytes.Repeat(readTestdata(t, "pkcs8-aes-128-cbc.pem"), 2600) // of 2,048 rounds each
	imported, err = Import(encrypted, "secret")
	if err != nil || content(imported) != "key" || len(imported.Skipped) == 0 {
		t.Fatalf("%v, %v", imported, err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestRoundsOfPKCS12AreSeenThoughSomethingElseIsBroken(t *testing.T) {
	whole := readTestdata(t, "many-rounds.p12")
	r := &importer{iterations: maxIterations}
	for name, data := range map[string][]byte{
		"whole":                    whole,
		"an attribute that is cut": bytes.Replace(whole, []byte("\x31\x16\x04\x14"), []byte("\x31\x7f\x04\x14"), 1),
		"a salt that is no string": bytes.ReplaceAll(whole, []byte("\x30\x1d\x04\x08"), []byte("\x30\x1d\x0c\x08")),
	} {
		if err := r.spendPKCS12(data); err == nil {
			t.Errorf("%s: nothing is spent", name)
		}
	}
}
