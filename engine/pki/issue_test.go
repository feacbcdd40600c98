package pki

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAuthority(t *testing.T) {
	authority := testAuthority(t)
	cert := authority.Certificate()
	switch {
	case !cert.IsCA || !cert.MaxPathLenZero || cert.MaxPathLen != 0:
		t.Error("it may issue authorities, or nothing at all")
	case cert.KeyUsage != x509.KeyUsageCertSign|x509.KeyUsageCRLSign:
		t.Errorf("key usage %b", cert.KeyUsage)
	case len(cert.SubjectKeyId) != 20 || !bytes.Equal(cert.SubjectKeyId, cert.AuthorityKeyId):
		t.Errorf("key identifiers %x and %x", cert.SubjectKeyId, cert.AuthorityKeyId)
	case cert.SerialNumber.BitLen() != 127:
		t.Errorf("the serial number has %d bits", cert.SerialNumber.BitLen())
	case time.Until(cert.NotAfter).Round(time.Hour) != AuthorityLifetime:
		t.Errorf("it ends on %v", cert.NotAfter)
	case Describe(cert).Key != elliptic.P256().Params().Name:
		t.Errorf("its key is on %s", Describe(cert).Key)
	}
}

func TestIssue(t *testing.T) {
	authority := testAuthority(t)
	for _, test := range []struct {
		name    string
		request Request
		subject string
		usage   x509.ExtKeyUsage
		names   []string
		ends    time.Duration
	}{
		{"a device", Request{Name: "sensor-17", Kind: Client}, "CN=sensor-17,O=Workbench", x509.ExtKeyUsageClientAuth, nil, 90 * day},
		{"a device of another organization", Request{Name: "sensor-17", Organization: "Plant, Inc.", Kind: Client, Lifetime: 36 * time.Hour},
			`CN=sensor-17,O=Plant\, Inc.`, x509.ExtKeyUsageClientAuth, nil, 36 * time.Hour},
		{"a device with a URI", Request{Name: "x", Kind: Client, Names: []string{"urn:dev:mac:0024befffe804ff1"}}, "CN=x,O=Workbench",
			x509.ExtKeyUsageClientAuth, []string{"urn:dev:mac:0024befffe804ff1"}, 90 * day},
		{"a server", Request{Name: "gateway.local", Kind: Server, Names: []string{"192.0.2.1", "gateway.local", "::1", "*.plant.example"}},
			"CN=gateway.local,O=Workbench", x509.ExtKeyUsageServerAuth, []string{"gateway.local", "*.plant.example", "192.0.2.1", "::1"}, 365 * day},
		{"a server by its address", Request{Name: "192.0.2.1", Kind: Server}, "CN=192.0.2.1,O=Workbench", x509.ExtKeyUsageServerAuth, []string{"192.0.2.1"}, 365 * day},
		{"longer than the authority", Request{Name: "x", Kind: Client, Lifetime: 20 * 365 * day}, "CN=x,O=Workbench", x509.ExtKeyUsageClientAuth, nil, AuthorityLifetime},
	} {
		t.Run(test.name, func(t *testing.T) {
			pair, err := authority.Issue(test.request)
			if err != nil {
				t.Fatal(err)
			}
			cert := pair.Certificate()
			entry := Describe(cert)
			if entry.Subject != test.subject || !slices.Equal(entry.Names, test.names) {
				t.Errorf("subject %s, names %q", entry.Subject, entry.Names)
			}
			// RFC 7925, section 4.4
			if cert.KeyUsage != x509.KeyUsageDigitalSignature || !slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{test.usage}) ||
				cert.SignatureAlgorithm != x509.ECDSAWithSHA256 || entry.Key != "P-256" || cert.IsCA {
				t.Errorf("usage %b %v, signed with %v, key %s", cert.KeyUsage, cert.ExtKeyUsage, cert.SignatureAlgorithm, entry.Key)
			}
			if got := time.Until(cert.NotAfter).Round(time.Minute); got != test.ends {
				t.Errorf("it ends in %v, not %v", got, test.ends)
			}
			if cert.CheckSignatureFrom(authority.Certificate()) != nil || !bytes.Equal(cert.AuthorityKeyId, authority.Certificate().SubjectKeyId) {
				t.Error("the authority did not sign it")
			}
			if !samePublicKey(cert, pair.Key) {
				t.Error("the key is another one")
			}
		})
	}
}

func TestDeviceCertificatesAreSmall(t *testing.T) {
	cert := testDevice(t, testAuthority(t), "sensor-17").Certificate()
	if len(cert.Raw) > 450 {
		t.Errorf("it has %d bytes", len(cert.Raw))
	}
}

func TestIssueRefuses(t *testing.T) {
	authority := testAuthority(t)
	for _, test := range []struct {
		request Request
		want    string
	}{
		{Request{Kind: Client}, "the name is missing"},
		{Request{Name: " x", Kind: Client}, "space"},
		{Request{Name: "a\nb", Kind: Client}, "cannot be shown"},
		{Request{Name: "a\xff", Kind: Client}, "UTF-8"},
		{Request{Name: strings.Repeat("x", 65), Kind: Client}, "takes 64"},
		{Request{Name: "x", Organization: strings.Repeat("ü", 65), Kind: Client}, "the organization has 65"},
		{Request{Name: "x", Kind: Authority}, "only server and client"},
		{Request{Name: "x", Kind: Client, Lifetime: -day}, "shorter"},
		{Request{Name: "x", Kind: Client, Lifetime: 101 * 365 * day}, "longer than 100 years"},
		{Request{Name: "x", Kind: Client, Names: []string{"not a name"}}, `"not a name"`},
		{Request{Name: "x", Kind: Client, Names: []string{"1.2.3"}}, `"1.2.3"`},
		{Request{Name: "x", Kind: Client, Names: make([]string, 101)}, "up to 100"},
		{Request{Name: "My gateway", Kind: Server}, "needs a host name"},
	} {
		if _, err := authority.Issue(test.request); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.80v: %v, without %q", test.request, err, test.want)
		}
	}
}

func TestOnlyAuthoritiesIssue(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	request := Request{Name: "x", Kind: Client}
	if _, err := device.Issue(request); err == nil || !strings.Contains(err.Error(), "sensor-17 may not issue") {
		t.Errorf("a device issues: %v", err)
	}
	if _, err := (&Pair{Chain: authority.Chain}).Issue(request); err == nil || !strings.Contains(err.Error(), "private key") {
		t.Errorf("without a key: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		short, err := NewAuthority("Short", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		if _, err := short.Issue(request); err == nil || !strings.Contains(err.Error(), "expired on") {
			t.Errorf("after its end: %v", err)
		}
	})
}

func TestMachineNames(t *testing.T) {
	network := func(address string) net.Addr { return &net.IPNet{IP: net.ParseIP(address)} }
	addresses := []net.Addr{
		network("fe80::1"), network("192.0.2.7"), network("::1"), network("127.0.0.1"), network("10.0.0.9"), network("192.0.2.7"), network("0.0.0.0"),
	}
	want := "plant.example.org plant plant.local localhost 10.0.0.9 127.0.0.1 192.0.2.7 ::1 fe80::1"
	if got := strings.Join(machineNames("Plant.Example.org.", addresses), " "); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	if got := strings.Join(machineNames("", nil), " "); got != "localhost 127.0.0.1 ::1" {
		t.Errorf("without a name: %s", got)
	}
	if got := machineNames("local host", nil); slices.Contains(got, "local host") {
		t.Errorf("a name that is none: %q", got)
	}
	if _, err := testAuthority(t).Issue(Request{Name: "gateway", Kind: Server, Names: MachineNames()}); err != nil {
		t.Error(err)
	}
}

// openssl runs the program on files in a folder; the test is skipped where it is not installed.
func openssl(t *testing.T, folder string, arguments ...string) string {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	command := exec.Command(program, arguments...)
	command.Dir = folder
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}

func TestOpenSSLAcceptsCertificates(t *testing.T) {
	authority := testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	server, err := authority.Issue(Request{Name: "gateway.local", Kind: Server, Names: MachineNames()})
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, cert := range map[string]*x509.Certificate{
		"ca.pem": authority.Certificate(), "device.pem": device.Certificate(), "server.pem": server.Certificate(),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), certificatePEM(cert), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openssl(t, folder, "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "device.pem")
	openssl(t, folder, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile", "ca.pem", "server.pem")
	openssl(t, folder, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_ip", "127.0.0.1", "-CAfile", "ca.pem", "server.pem")
	if text := openssl(t, folder, "x509", "-in", "device.pem", "-noout", "-subject", "-nameopt", "RFC2253"); !strings.Contains(text, "CN=sensor-17,O=Workbench\n") {
		t.Error(text)
	}
	text := openssl(t, folder, "x509", "-in", "device.pem", "-noout", "-text")
	for _, want := range []string{"ASN1 OID: prime256v1", "ecdsa-with-SHA256", "Digital Signature", "TLS Web Client Authentication", Describe(device.Certificate()).Serial} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q:\n%s", want, text)
		}
	}
}
