package pki

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func FuzzImport(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "import", "*"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, password := range []string{"", "secret", "secret1"} {
			f.Add(data, password)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		const fewIterations = 10_000 // so that many inputs are tried, and what takes long for another reason shows
		start := time.Now()
		imported, err := importWithin(data, password, fewIterations)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
		if err != nil {
			return
		}
		if len(imported.Pairs)+len(imported.Keys) == 0 {
			t.Error("neither an error nor anything imported")
		}
		for _, pair := range imported.Pairs {
			checkImported(t, pair)
		}
	})
}

// checkImported wants a pair to be of use: whatever is imported can be described, verified and exported.
func checkImported(t *testing.T, pair *Pair) {
	entry := Describe(pair.Certificate())
	if entry.ID == "" || entry.Key == "" {
		t.Errorf("%+v", entry)
	}
	if pair.Key != nil && !samePublicKey(pair.Certificate(), pair.Key) {
		t.Error("the key is of another certificate")
	}
	for i, cert := range pair.Chain[1:] {
		if !bytes.Equal(pair.Chain[i].RawIssuer, cert.RawSubject) {
			t.Error("the chain is out of order")
		}
	}
	_ = Verify(pair.Chain, []*x509.Certificate{pair.Chain[len(pair.Chain)-1]}, func(string) bool { return false }, time.Now())
	for _, format := range []Format{PEM, DER, CHeader, Zephyr, MbedTLS, CoAPClient} {
		files, err := pair.Export(format, nil, ExportOptions{})
		if err != nil || len(files) == 0 {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{
		"name,organization,lifetime,kind,names\nsensor-1,Plant,90,client,a.example\n", "sensor-1;;36h;server;192.0.2.1,::1\r\n", "\xEF\xBB\xBFcn\tdays\nx\t1\n",
		"\"a\"\"b\",,\n\"open", "\xFF\xFEn\x00a\x00m\x00e\x00\n\x00x\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		requests, err := ReadCSV(bytes.NewReader(data))
		if (err == nil) != (len(requests) > 0) {
			t.Fatalf("%d requests, and %v", len(requests), err)
		}
		for _, request := range requests {
			if err := request.Check(); err != nil {
				t.Errorf("%+v: %v", request, err)
			}
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add("73:65 0x63", "hex")
	f.Add("c2VjcmV0UFNLIQ==", "base64")
	f.Add("secretPSK\n", "text")
	f.Fuzz(func(t *testing.T, text, encoding string) {
		key, err := ParseKey(text, KeyEncoding(encoding))
		switch {
		case err == nil && (len(key) == 0 || len(key) > MaxKey):
			t.Errorf("a key of %d bytes", len(key))
		case err != nil && len(text) > 12 && encoding == "text" && strings.Contains(err.Error(), text):
			t.Errorf("the error shows the key: %v", err)
		}
	})
}

func FuzzParseLifetime(f *testing.F) {
	for _, seed := range []string{"90", "90d", "1d12h30m", "2Y", "99999999999y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if lifetime, err := ParseLifetime(text); err == nil && (lifetime < time.Minute || lifetime > maxLifetime) {
			t.Errorf("%q is %v", text, lifetime)
		}
	})
}
