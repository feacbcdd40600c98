package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// testAuthority makes an authority for a test.
func testAuthority(t testing.TB) *Pair {
	t.Helper()
	authority, err := NewAuthority("Workbench development CA", 0)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

// testDevice has an authority issue a certificate.
func testDevice(t testing.TB, authority *Pair, name string) *Pair {
	t.Helper()
	device, err := authority.Issue(Request{Name: name, Kind: Client})
	if err != nil {
		t.Fatal(err)
	}
	return device
}

// certificatePEM and keyPEM are what files hold.
func certificatePEM(certificates ...*x509.Certificate) []byte {
	var b bytes.Buffer
	for _, cert := range certificates {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	}
	return b.Bytes()
}

func keyPEM(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestPresentedLeavesOutTheRoot(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	if len(device.Chain) != 2 || len(device.Presented()) != 1 || device.Presented()[0] != device.Certificate() {
		t.Errorf("chain of %d, of which %d are shown", len(device.Chain), len(device.Presented()))
	}
	if len(authority.Presented()) != 1 {
		t.Error("a certificate that signed itself is all there is, and is not shown")
	}
	if shown := device.TLS(); len(shown.Certificate) != 1 || shown.Leaf != device.Certificate() || shown.PrivateKey == nil {
		t.Errorf("handshakes get %d certificates", len(shown.Certificate))
	}
}

func TestImportPEM(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	file := append(keyPEM(t, device.Key), certificatePEM(authority.Certificate(), device.Certificate())...)
	imported, err := Import(file, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(imported.Pairs) != 1 || len(imported.Pairs[0].Chain) != 2 || imported.Pairs[0].Key == nil {
		t.Fatalf("imported %+v", imported)
	}
	if !imported.Pairs[0].Certificate().Equal(device.Certificate()) {
		t.Error("the device's own certificate does not come first")
	}
}
