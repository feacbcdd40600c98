package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"sluice/engine/secure"
)

// intermediate has an authority issue another one, as NewAuthority's may not, and imported ones do.
func intermediate(t *testing.T, root *Pair, change func(*x509.Certificate)) *Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Plant CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * day),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte("plant"),
	}
	if change != nil {
		change(template)
	}
	cert, err := sign(template, root.Certificate(), key, root.Key)
	if err != nil {
		t.Fatal(err)
	}
	return &Pair{Chain: append([]*x509.Certificate{cert}, root.Chain...), Key: key}
}

// rootCA is an authority that may issue authorities.
func rootCA(t *testing.T, name string) *Pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(2000 * day),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	cert, err := sign(template, template, key, key)
	if err != nil {
		t.Fatal(err)
	}
	return &Pair{Chain: []*x509.Certificate{cert}, Key: key}
}

// broken is a certificate whose signature is wrong.
func broken(t *testing.T, pair *Pair) *x509.Certificate {
	t.Helper()
	raw := append([]byte{}, pair.Certificate().Raw...)
	raw[len(raw)-1] ^= 1
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestVerify(t *testing.T) {
	now := time.Now()
	root := rootCA(t, "Plant Root")
	plant := intermediate(t, root, nil)
	short := intermediate(t, root, func(c *x509.Certificate) { c.NotAfter = now.Add(10 * day) })
	barred := intermediate(t, root, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature })
	authority, namesake := testAuthority(t), testAuthority(t)
	device := testDevice(t, authority, "sensor-17")
	server, err := authority.Issue(Request{Name: "gateway.local", Kind: Server})
	if err != nil {
		t.Fatal(err)
	}
	below := testDevice(t, plant, "sensor-18")
	outlives := intermediate(t, short, func(c *x509.Certificate) {
		c.Subject.CommonName, c.IsCA, c.KeyUsage = "sensor-19", false, x509.KeyUsageDigitalSignature
	})
	acme, err := Import(readTestdata(t, "bundle.pem"), "")
	if err != nil {
		t.Fatal(err)
	}
	acmeRoot := acme.Pairs[0].Chain[2]
	sha1, err := Import(readTestdata(t, "sha1.pem"), "")
	if err != nil {
		t.Fatal(err)
	}
	weakKey, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak := selfSigned(t, "weak", weakKey)

	type certificates = []*x509.Certificate
	for _, test := range []struct {
		name    string
		chain   certificates
		roots   certificates
		revoked *x509.Certificate
		after   time.Duration
		want    secure.Outcome
		detail  string
	}{
		{"a device of the authority", device.Chain[:1], authority.Chain, nil, 0, secure.Accepted, ""},
		{"with the root in the chain", device.Chain, authority.Chain, nil, 0, secure.Accepted, ""},
		{"with an intermediate", below.Presented(), root.Chain, nil, 0, secure.Accepted, ""},
		{"of an intermediate that is trusted itself", below.Chain[:1], plant.Chain[:1], nil, 0, secure.Accepted, ""},
		{"among others of that name", device.Chain[:1], certificates{namesake.Chain[0], authority.Chain[0]}, nil, 0, secure.Accepted, ""},
		{"nothing", nil, authority.Chain, nil, 0, secure.NoCertificate, ""},
		{"no authority is trusted", device.Chain, nil, nil, 0, secure.UnknownAuthority, "CN=Workbench development CA"},
		{"of another authority", below.Presented(), authority.Chain, nil, 0, secure.UnknownAuthority, "CN=Plant Root"},
		{"without its intermediate", below.Chain[:1], root.Chain, nil, 0, secure.UnknownAuthority, "CN=Plant CA"},
		{"of another authority of that name", device.Chain[:1], namesake.Chain, nil, 0, secure.UnknownAuthority, "another key"},
		{"expired", device.Chain[:1], authority.Chain, nil, 91 * day, secure.Expired, "CN=sensor-17,O=Workbench, on " + date(device.Chain[0].NotAfter)},
		{"expired and of another authority", device.Chain[:1], root.Chain, nil, 91 * day, secure.UnknownAuthority, "CN=Workbench development CA"},
		{"of an intermediate that expired", outlives.Presented(), root.Chain, nil, 11 * day, secure.Expired, "CN=Plant CA, on"},
		{"not valid yet", device.Chain[:1], authority.Chain, nil, -2 * day, secure.NotYetValid, "CN=sensor-17,O=Workbench, from "},
		{"revoked", device.Chain[:1], authority.Chain, device.Chain[0], 0, secure.Revoked, "CN=sensor-17,O=Workbench"},
		{"revoked intermediate", below.Presented(), root.Chain, plant.Chain[0], 0, secure.Revoked, "CN=Plant CA"},
		{"revoked authority", device.Chain[:1], authority.Chain, authority.Chain[0], 0, secure.Revoked, "CN=Workbench development CA"},
		{"a server's", server.Chain[:1], authority.Chain, nil, 0, secure.WrongUsage, ""},
		{"a broken signature", certificates{broken(t, device)}, authority.Chain, nil, 0, secure.BadCertificate, "signature of CN=Workbench development CA on CN=sensor-17"},
		{"a weak key", certificates{weak}, certificates{weak}, nil, 0, secure.BadCertificate, "1024 bits"},
		{"signed with SHA-1", sha1.Pairs[0].Chain, certificates{acmeRoot}, nil, 0, secure.BadCertificate, "ECDSA-SHA1"},
		{"made elsewhere, and good", acme.Pairs[0].Chain[:2], certificates{acmeRoot}, nil, 0, secure.Accepted, ""},
		{"too many", append(make(certificates, 10), device.Chain...), authority.Chain, nil, 0, secure.BadCertificate, "12 certificates"},
		{"of what may not issue", certificates{testLeaf(t, barred), barred.Chain[0]}, root.Chain, nil, 0, secure.BadCertificate, "may not issue"},
	} {
		t.Run(test.name, func(t *testing.T) {
			revoked := func(id string) bool { return test.revoked != nil && id == Fingerprint(test.revoked.Raw) }
			err := Verify(test.chain, test.roots, revoked, now.Add(test.after))
			outcome, detail := secure.Accepted, ""
			var refusal *secure.Refusal
			if errors.As(err, &refusal) {
				outcome, detail = refusal.Outcome, refusal.Detail
			} else if err != nil {
				t.Fatalf("%T is no refusal", err)
			}
			if outcome != test.want || !strings.Contains(detail, test.detail) {
				t.Errorf("%v (%s), not %v (%s)", outcome, detail, test.want, test.detail)
			}
			if len(detail) > maxDetail {
				t.Errorf("the detail has %d bytes", len(detail))
			}
		})
	}
}

// testLeaf has a certificate that may not issue sign one all the same.
func testLeaf(t *testing.T, issuer *Pair) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request := Request{Name: "sensor-21", Kind: Client}
	template, err := request.template(time.Now(), issuer.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := sign(template, issuer.Certificate(), key, issuer.Key)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func selfSigned(t *testing.T, name string, key *rsa.PrivateKey) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-day), NotAfter: time.Now().Add(day)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestRefusalsAreShort(t *testing.T) {
	var refusal *secure.Refusal
	if err := refuse(secure.UnknownAuthority, "%s", strings.Repeat("ü", 200)); !errors.As(err, &refusal) || len(refusal.Detail) != maxDetail {
		t.Errorf("the detail has %d bytes", len(refusal.Detail))
	}
}
