package dtls

import "testing"

func TestSuitesThatAreNotSpoken(t *testing.T) {
	for _, names := range [][]string{{"TLS_AES_256_GCM_SHA384"}, {"TLS_RSA_PSK_WITH_AES_256_GCM_SHA384"}, {""}, {}} {
		if suites, err := suitesNamed(names); err == nil {
			t.Errorf("%q are taken: %v", names, suites)
		}
	}
	if suites, err := suitesNamed(CipherSuites()); err != nil || len(suites) != len(known) {
		t.Errorf("of all %d are taken: %v", len(suites), err)
	}
}
