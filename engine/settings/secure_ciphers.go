package settings

import (
	"crypto/tls"
	"slices"
	"strings"
)

// dtlsCiphers are the suites that coaps listeners speak, best first, as IANA names them, beside OpenSSL's names.
var dtlsCiphers = [][2]string{
	{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
	{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
	{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
	{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
	{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM"},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "ECDHE-ECDSA-AES128-CCM8"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
	{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
	{"TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-PSK-CHACHA20-POLY1305"},
	{"TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256", "ECDHE-PSK-AES128-CBC-SHA256"},
	{"TLS_PSK_WITH_AES_128_GCM_SHA256", "PSK-AES128-GCM-SHA256"},
	{"TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", "PSK-CHACHA20-POLY1305"},
	{"TLS_PSK_WITH_AES_128_CCM", "PSK-AES128-CCM"},
	{"TLS_PSK_WITH_AES_128_CCM_8", "PSK-AES128-CCM8"},
	{"TLS_PSK_WITH_AES_256_CCM_8", "PSK-AES256-CCM8"},
	{"TLS_PSK_WITH_AES_128_CBC_SHA256", "PSK-AES128-CBC-SHA256"},
}

// tlsCiphers are those of mqtts and wss. The suites of TLS 1.3 have one name only.
var tlsCiphers = func() [][2]string {
	var all [][2]string
	for _, suite := range tls.CipherSuites() {
		all = append(all, [2]string{suite.Name, openSSLName(suite.Name)})
	}
	return all
}()

// openSSLName is how OpenSSL writes the name of a suite with ECDHE; those of TLS 1.3 it writes as IANA does.
func openSSLName(iana string) string {
	exchange, cipher, old := strings.Cut(strings.TrimPrefix(iana, "TLS_"), "_WITH_")
	if !old {
		return iana
	}
	cipher = strings.NewReplacer("AES_128", "AES128", "AES_256", "AES256", "_CBC", "", "POLY1305_SHA256", "POLY1305").Replace(cipher)
	return strings.ReplaceAll(exchange+"_"+cipher, "_", "-")
}

// CipherSuites are the suites that listeners of a scheme speak, under their names of IANA, best first.
func CipherSuites(scheme string) []string {
	var names []string
	for _, suite := range ciphers(scheme) {
		names = append(names, suite[0])
	}
	return names
}

// CipherSuite returns the name of IANA for that of a cipher suite, which may be OpenSSL's, and whether listeners of a scheme
// speak it.
func CipherSuite(scheme, name string) (iana string, spoken bool) {
	name = strings.TrimSpace(name)
	all := ciphers(scheme)
	i := slices.IndexFunc(all, func(suite [2]string) bool {
		return strings.EqualFold(suite[0], name) || strings.EqualFold(suite[1], name)
	})
	if i < 0 {
		return "", false
	}
	return all[i][0], true
}

func ciphers(scheme string) [][2]string {
	if scheme == "coaps" {
		return dtlsCiphers
	}
	return tlsCiphers
}

// CipherSuites are the suites of Ciphers under their names of IANA; nil: all.
func (o TLSOptions) CipherSuites(scheme string) []string {
	var names []string
	for _, name := range o.Ciphers {
		if iana, spoken := CipherSuite(scheme, name); spoken {
			names = append(names, iana)
		}
	}
	return names
}
