package dtls

import "testing"

func TestSuitesAreFoundByTheNamesOfOpenSSL(t *testing.T) {
	for name, want := range map[string]string{
		"ECDHE-ECDSA-AES128-CCM8":     "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
		"ECDHE-ECDSA-AES128-CCM":      "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
		"ECDHE-RSA-AES256-GCM-SHA384": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
		"ECDHE-ECDSA-AES256-SHA":      "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
		"ECDHE-RSA-CHACHA20-POLY1305": "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
		"ECDHE-PSK-AES128-CBC-SHA256": "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256",
		"PSK-AES128-CBC-SHA256":       "TLS_PSK_WITH_AES_128_CBC_SHA256",
		"PSK-AES256-CCM8":             "TLS_PSK_WITH_AES_256_CCM_8",
		"PSK-CHACHA20-POLY1305":       "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256",
		"TLS_PSK_WITH_AES_128_CCM_8":  "TLS_PSK_WITH_AES_128_CCM_8",
		"RSA-PSK-AES256-GCM-SHA384":   "",
		"TLS_AES_256_GCM_SHA384":      "",
		"":                            "",
	} {
		if got, ok := CipherSuiteNamed(name); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %v; want %q", name, got, ok, want)
		}
	}
	if _, err := suitesNamed([]string{"TLS_AES_256_GCM_SHA384"}); err == nil {
		t.Error("a suite that is not known is taken")
	}
	if _, err := suitesNamed([]string{}); err == nil {
		t.Error("no suite at all is taken")
	}
}
