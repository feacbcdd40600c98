package request

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"strings"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/collection/credentials"
	"sluice/engine/secure"
	"sluice/ui/language"
	"sluice/ui/widget/format"
)

// explain says why there is no answer, from whom, and what to do about it.
func explain(err error, result *collection.Result) string {
	var file *fs.PathError
	if errors.As(err, &file) && errors.Is(err, fs.ErrNotExist) {
		return lang.L("There is no file {{.Path}}. Choose one under Payload, or correct its name.", map[string]any{"Path": file.Path})
	}
	if errors.As(err, &file) && errors.Is(err, fs.ErrPermission) {
		return lang.L("The file {{.Path}} may not be read by you.", map[string]any{"Path": file.Path})
	}
	switch {
	case result.Sent == nil && errors.Is(err, client.ErrUnanswered): // of an AWAIT
		return lang.L("No notification came in time.")
	case result.Sent == nil:
		return language.Say(err)
	}
	to := result.Sent.Endpoint
	host, _, splitErr := net.SplitHostPort(to.HostPort)
	if splitErr != nil {
		host = to.HostPort
	}
	words := map[string]any{"Address": to.HostPort, "Host": host, "Identity": strings.TrimPrefix(result.Sent.Identity, credentials.PSKPrefix)}
	if to.Scheme == "coaps" && result.Exchange == nil {
		if text := explainHandshake(err, result.Sent.Identity, words); text != "" {
			return text
		}
	}
	switch {
	case errors.Is(err, client.ErrUnanswered):
		return explainSilence(result, words)
	case errors.Is(err, client.ErrRefused):
		return lang.L("Nobody listens at {{.Address}}. Start the server there, or correct the port.", words)
	case errors.Is(err, client.ErrReset):
		return lang.L("{{.Address}} answered by a Reset: it cannot make sense of the message, or forgot what it is about. Datagrams shows what was sent.", words)
	case errors.Is(err, client.ErrNoHost):
		return lang.L("There is no host named {{.Host}}. Check how it is spelled, or write its IP address.", words)
	case errors.Is(err, client.ErrNameServer):
		return lang.L("The name {{.Host}} could not be looked up: no name server answers. Check the network, or write the IP address.", words)
	case errors.Is(err, client.ErrNoRoute):
		return lang.L("No network leads to {{.Address}} from this machine. Check the address, and that the network is connected.", words)
	}
	return language.Say(err)
}

// explainSilence is about a request that got no answer in time.
func explainSilence(result *collection.Result, words map[string]any) string {
	words["Time"] = format.Duration(result.Sent.Client.Timeout)
	if x := result.Exchange; x != nil {
		words["Time"] = format.Duration(x.Took)
	}
	if n := strays(result.Exchange); n > 0 {
		return lang.L("{{.Address}} did not answer within {{.Time}}.", words) + " " +
			lang.N("{{.Count}} messages came that answer no request: Datagrams shows them.", n, map[string]any{"Count": format.Count(int64(n))})
	}
	text := lang.L("Nobody answered at {{.Address}} within {{.Time}}. Check the address and the port, that the device is awake, and that no firewall is between. Transmission sets how long to wait.", words)
	if result.Sent.Client.NonConfirmable {
		text += " " + lang.L("A NON is sent only once: if it was lost, nobody sent it again.")
	}
	return text
}

// strays counts what came of no exchange.
func strays(x *client.Exchange) int {
	n := 0
	if x != nil {
		for _, d := range x.Datagrams {
			if d.Stray {
				n++
			}
		}
	}
	return n
}

// explainHandshake is about a DTLS session that there is not; empty: it has another reason.
func explainHandshake(err error, identity string, words map[string]any) string {
	withKey := strings.HasPrefix(identity, credentials.PSKPrefix)
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert *client.AlertError
	switch {
	case errors.As(err, &unknown):
		words["Issuer"] = "?"
		if unknown.Cert != nil {
			words["Issuer"] = unknown.Cert.Issuer.String()
		}
		return lang.L("The certificate of {{.Address}} was issued by {{.Issuer}}, who is not trusted here. Import that authority under Certificates, or choose under Security who is.", words)
	case errors.As(err, &name):
		words["Names"] = namesIn(name.Certificate)
		return lang.L("The certificate of {{.Address}} is for {{.Names}} and not for {{.Host}}. Ask the server by a name that is in it.", words)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return lang.L("The certificate of {{.Address}} has expired or is not valid yet. Renew it, or set the clock of this machine.", words)
	case errors.As(err, &alert):
		words["Alert"] = secure.AlertName(alert.Description)
		return lang.L("{{.Address}} refused the DTLS handshake with the alert {{.Alert}}.", words) + " " + explainAlert(alert.Description, withKey, words)
	case !errors.Is(err, client.ErrHandshake) && !errors.Is(err, client.ErrUnanswered):
		return ""
	case withKey:
		return lang.L("{{.Address}} did not complete the DTLS handshake. Check that it listens there for coaps, and that it has the same key for the identity {{.Identity}}: with another key many servers stay silent.", words)
	}
	return lang.L("{{.Address}} did not complete the DTLS handshake. Check that it listens there for coaps, and whether it wants a pre-shared key, which Security chooses.", words)
}

// namesIn lists whom a certificate is for.
func namesIn(c *x509.Certificate) string {
	if c == nil {
		return "?"
	}
	names := c.DNSNames
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	return strings.Join(names, ", ")
}

// explainAlert says what an alert means for what was shown (RFC 5246, section 7.2.2, and RFC 4279, section 2).
func explainAlert(description byte, withKey bool, words map[string]any) string {
	switch description {
	case 115: // unknown_psk_identity
		return lang.L("It has no key for the identity {{.Identity}}.", words)
	case 0, 20, 51: // close_notify, of GnuTLS; bad_record_mac, decrypt_error
		if withKey {
			return lang.L("Probably its key for the identity {{.Identity}} is another one.", words)
		}
	case 42, 43, 44, 45, 46, 48: // bad_certificate to certificate_unknown, and unknown_ca
		return lang.L("It does not accept the certificate that was shown: choose another one under Security, or have the server trust its authority.")
	case 40, 71: // handshake_failure, insufficient_security
		if withKey {
			return lang.L("Nothing offered suits it: it may want a certificate instead of a pre-shared key, which Security chooses.")
		}
		return lang.L("Nothing offered suits it: it may want a pre-shared key, or a certificate of the client, which Security chooses.")
	}
	return lang.L("Security chooses what is shown to it.")
}
