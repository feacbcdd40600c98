package certificates

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/pki"
	"sluice/engine/secure"
)

// outcomeWords say who was let in, or why a handshake was refused.
func outcomeWords(h secure.Handshake) string {
	if h.Outcome == secure.Accepted {
		who := h.Identity.String()
		if who == "" {
			who = lang.L("without a certificate")
		}
		if h.Resumed {
			who += ", " + lang.L("session taken up again")
		}
		return who
	}
	text := reason(h.Outcome)
	if h.Detail != "" {
		text += ": " + h.Detail
	}
	return text
}

func reason(o secure.Outcome) string {
	switch o {
	case secure.UnknownAuthority:
		return lang.L("unknown authority")
	case secure.NoCertificate:
		return lang.L("no certificate")
	case secure.Expired:
		return lang.L("certificate expired")
	case secure.NotYetValid:
		return lang.L("certificate not valid yet")
	case secure.Revoked:
		return lang.L("certificate revoked")
	case secure.WrongUsage:
		return lang.L("certificate is not for clients")
	case secure.BadCertificate:
		return lang.L("bad certificate")
	case secure.NoSharedCipher:
		return lang.L("no shared cipher")
	case secure.NoSharedVersion:
		return lang.L("no shared version")
	case secure.UnknownPSKIdentity:
		return lang.L("unknown PSK identity")
	case secure.WrongKey:
		return lang.L("wrong key")
	case secure.RefusedByPeer:
		return lang.L("refused by the device")
	case secure.NoServerCertificate:
		return lang.L("no server certificate")
	case secure.TimedOut:
		return lang.L("no answer any more")
	case secure.Malformed:
		return lang.L("not a handshake")
	case secure.TooMany:
		return lang.L("too many handshakes")
	}
	return lang.L("refused")
}

// remedy is what can be done about a refused handshake.
type remedy uint8

const (
	noRemedy remedy = iota
	importAuthority
	issueCertificate
	showCertificate
	addPSK
	showPSK
	makeServer
)

// explanation is what a refused handshake means and what to do next.
type explanation struct {
	meaning, advice string
	remedies        []remedy
}

// explain says what an outcome means. authority names the own authority, empty if there is none.
func explain(h secure.Handshake, s *state) explanation {
	data := map[string]any{"Detail": h.Detail, "Authority": s.authority(), "Who": who(h), "PSK": h.Identity.PSK}
	if data["PSK"] == "" {
		data["PSK"] = h.Detail
	}
	switch h.Outcome {
	case secure.UnknownAuthority, secure.NoCertificate, secure.Expired, secure.NotYetValid, secure.Revoked, secure.WrongUsage, secure.BadCertificate:
		return explainCertificate(h.Outcome, data)
	case secure.UnknownPSKIdentity:
		return explanation{lang.L("The device named the PSK identity {{.PSK}}, which nobody has defined here.", data),
			lang.L("Add it with the key that the device has, or correct the identity on the device. Identities are told apart by case and spaces."), []remedy{addPSK}}
	case secure.WrongKey:
		return explanation{lang.L("What the device encrypted cannot be read: its key for {{.PSK}} is another one than here.", data),
			lang.L("Compare the two, byte by byte: a key that is entered as hex here and as text on the device differs. Or replace it on both sides."), []remedy{showPSK}}
	case secure.NoSharedCipher:
		return explanation{lang.L("The device and this listener have no cipher suite in common."), ciphersAdvice(h, s), nil}
	case secure.NoSharedVersion:
		_, data["Detail"] = offered(h.Detail)
		return explanation{lang.L("The device speaks {{.Detail}} and this listener does not.", data),
			lang.L("coaps speaks DTLS 1.2, mqtts and wss TLS 1.2 and 1.3. Older versions are not safe (RFC 8996). Update the device's library or its settings."), nil}
	case secure.RefusedByPeer:
		return explanation{lang.L("The device ended the handshake: {{.Detail}}.", data),
			lang.L("Most often it does not trust the server's certificate: give it the authority's certificate, and let it connect to a name that the server's certificate is for."), nil}
	case secure.NoServerCertificate:
		return explanation{lang.L("There is no server certificate to show, and the device offered no pre-shared key."),
			lang.L("Make a server certificate, or give the device a pre-shared key."), []remedy{makeServer, addPSK}}
	case secure.TimedOut:
		return explanation{lang.L("The device went silent in the middle of the handshake."),
			lang.L("It may have given up without a word over a certificate that it does not trust, or large datagrams are lost on the way: a certificate on P-256 or a pre-shared key needs smaller ones."), nil}
	case secure.Malformed:
		return explanation{lang.L("What came is not the beginning of a handshake."),
			lang.L("A device that sends coap:// to this port looks like that: its URI has to begin with coaps://."), nil}
	case secure.TooMany:
		return explanation{lang.L("As many handshakes or sessions were under way as the limits allow."),
			lang.L("Devices try again by themselves. Where it stays like that, raise max_handshakes of the listener."), nil}
	}
	return explanation{meaning: reason(h.Outcome)}
}

func explainCertificate(o secure.Outcome, data map[string]any) explanation {
	switch o {
	case secure.UnknownAuthority:
		advice := lang.L("Import {{.Detail}} as trusted, or make an authority and give the device a certificate of it.", data)
		if data["Authority"] != "" {
			advice = lang.L("Import {{.Detail}} as trusted, or give the device a certificate of {{.Authority}}.", data)
		}
		return explanation{lang.L("The device showed a certificate of {{.Detail}}, which is not among the trusted authorities.", data),
			advice, []remedy{importAuthority, issueCertificate}}
	case secure.NoCertificate:
		return explanation{lang.L("The listener lets in nobody without a certificate, and the device showed none."),
			lang.L("Issue one and put it on the device, use a pre-shared key, or set fail_if_no_peer_cert = false for the listener."), []remedy{issueCertificate, addPSK}}
	case secure.Expired:
		return explanation{lang.L("The certificate of {{.Who}} is not valid any more ({{.Detail}}).", data),
			lang.L("Issue a new one and put it on the device."), []remedy{issueCertificate, showCertificate}}
	case secure.NotYetValid:
		return explanation{lang.L("The certificate of {{.Who}} is not valid yet ({{.Detail}}).", data),
			lang.L("Check the clock of this machine, and that of the one that issued it."), []remedy{showCertificate}}
	case secure.Revoked:
		return explanation{lang.L("The certificate of {{.Who}}, or one that vouches for it, was revoked here.", data),
			lang.L("If it is to be let in again, restore the certificate, or issue a new one."), []remedy{showCertificate, issueCertificate}}
	case secure.WrongUsage:
		return explanation{lang.L("The certificate of {{.Who}} is for something else: its key usage has no client authentication.", data),
			lang.L("Issue one for the device; a server's certificate does not do."), []remedy{issueCertificate}}
	}
	return explanation{lang.L("The certificate of the device cannot be read, or its signature is wrong ({{.Detail}}).", data),
		lang.L("Check what is on the device: the whole chain, its own certificate first, and the key that belongs to it."), []remedy{issueCertificate}}
}

// who is what a refused peer claimed to be.
func who(h secure.Handshake) string {
	if name := h.Identity.String(); name != "" {
		return name
	}
	return lang.L("the device")
}

// ciphersAdvice lists what either side has.
func ciphersAdvice(h secure.Handshake, s *state) string {
	why, theirs := offered(h.Detail)
	if theirs == "" {
		theirs = "—"
	}
	if why != "" {
		why += ".\n"
	}
	var ours []string
	for _, l := range s.listeners {
		if l.url == h.Listener {
			ours = l.ciphers
		}
	}
	return why + lang.L("The device offers: {{.Theirs}}.", map[string]any{"Theirs": theirs}) + "\n" +
		lang.L("This listener speaks: {{.Ours}}.", map[string]any{"Ours": strings.Join(ours, ", ")}) + "\n" +
		lang.L("Switch one of these on in the device's library. Suites with PSK need a pre-shared key here, those with ECDSA a certificate on P-256.")
}

// offered is what a client offers, by the detail of a handshake, and why that is not enough where the detail says so.
func offered(detail string) (why, list string) {
	if before, list, ok := strings.Cut(detail, "the client offers "); ok {
		return upperFirst(strings.TrimSuffix(before, "; ")), list
	}
	return "", detail
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[size:]
}

// authority names the authority that issues, empty if there is none.
func (s *state) authority() string {
	for _, e := range s.entries {
		if e.Kind == pki.Authority && e.Revoked.IsZero() {
			return e.Name
		}
	}
	return ""
}
