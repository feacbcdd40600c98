package secure

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"testing"
)

func TestDistinguishedName(t *testing.T) {
	oid := func(text string) asn1.ObjectIdentifier {
		for name, short := range map[string]asn1.ObjectIdentifier{
			"C": {2, 5, 4, 6}, "O": {2, 5, 4, 10}, "OU": {2, 5, 4, 11}, "CN": {2, 5, 4, 3},
			"DC": {0, 9, 2342, 19200300, 100, 1, 25}, "emailAddress": {1, 2, 840, 113549, 1, 9, 1}, "1.2.3": {1, 2, 3},
		} {
			if name == text {
				return short
			}
		}
		t.Fatalf("no identifier for %s", text)
		return nil
	}
	type part struct {
		name  string
		value any
	}
	for _, test := range []struct {
		parts []part // in the order of the certificate
		want  string
	}{
		{nil, ""},
		{[]part{{"O", "Workbench"}, {"CN", "sensor-17"}}, "CN=sensor-17,O=Workbench"},
		{[]part{{"CN", "sensor-17"}, {"O", "Workbench"}}, "O=Workbench,CN=sensor-17"},
		{[]part{{"DC", "net"}, {"DC", "plant"}, {"emailAddress", "a@b"}}, "emailAddress=a@b,DC=plant,DC=net"},
		{[]part{{"O", `Plant, "Inc" <a+b>; \`}}, `O=Plant\, \"Inc\" \<a\+b\>\; \\`},
		{[]part{{"O", " # "}}, `O=\ #\ `},
		{[]part{{"O", "#1"}}, `O=\#1`},
		{[]part{{"O", "Prüfstand"}}, "O=Prüfstand"},
		{[]part{{"CN", "a\x1b[2Jb"}}, `CN=a\1B[2Jb`},
		{[]part{{"1.2.3", "x"}}, "1.2.3=x"},
		{[]part{{"1.2.3", 5}}, "1.2.3=#020105"},
	} {
		var sequence pkix.RDNSequence
		for _, p := range test.parts {
			sequence = append(sequence, pkix.RelativeDistinguishedNameSET{{Type: oid(p.name), Value: p.value}})
		}
		raw, err := asn1.Marshal(sequence)
		if err != nil {
			t.Fatal(err)
		}
		if got := Subject(&x509.Certificate{RawSubject: raw}); got != test.want {
			t.Errorf("%s, not %s", got, test.want)
		}
	}
	if got := Issuer(&x509.Certificate{RawIssuer: []byte{1, 2}}); got != "#"+hex.EncodeToString([]byte{1, 2}) {
		t.Errorf("what is no name is %s", got)
	}
}
