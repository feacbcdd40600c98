package settings

import "strings"

var secureKeys = append(append(
	[]describedKey{{"listener.dtls_options", "a table, [listener.dtls_options], on coaps listeners only"}},
	tlsKeys("listener.dtls_options", "coaps", `a list of "dtlsv1.2" and "dtlsv1", of which only the first is spoken`)...),
	append([]describedKey{
		{"listener.dtls_options.connection_id", allowedBool},
		{"listener.ssl_options", "a table, [listener.ssl_options], on mqtts and wss listeners only"},
	}, tlsKeys("listener.ssl_options", "mqtts", `a list of "tlsv1.2", "tlsv1.3" and, not spoken, "tlsv1" and "tlsv1.1"`)...)...)

// tlsKeys describes what both tables have.
func tlsKeys(table, scheme, versions string) []describedKey {
	honored := "true or false, which is as without ciphers: the order is the client's"
	if scheme != "coaps" {
		honored = "true or false, but the order is always the server's own"
	}
	keys := []describedKey{
		{"verify", `"verify_none" or "verify_peer"`},
		{"fail_if_no_peer_cert", "true, with verify_peer only, or false"},
		{"cacertfile", "the path of a file with certificates in PEM form, or nothing: the authorities that Sluice keeps"},
		{"certfile", "the path of a file with certificates in PEM form, or nothing: a certificate that Sluice keeps"},
		{"keyfile", "the path of a file with a key in PEM form, beside a certfile; without it the certfile holds the key"},
		{"password", "the text that opens the key, beside a certfile; it is never kept"},
		{"certificate", "the name of a server certificate that Sluice keeps, or nothing: the one that fits, without a certfile"},
		{"versions", versions},
		{"ciphers", "a list of " + strings.Join(CipherSuites(scheme), ", ") + ", or of their names in OpenSSL"},
		{"honor_cipher_order", honored},
		{"depth", "a whole number from 0 to 255"},
		{"handshake_timeout", allowedDuration},
		{"reuse_sessions", allowedBool},
		{"max_handshakes", "a whole number from 0 (256) to 1000000"},
	}
	for i := range keys {
		keys[i].path = table + "." + keys[i].path
	}
	return keys
}
