package secure

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// alerts are those of RFC 8446, section 6, and RFC 5246, section 7.2, that say why a client ends a handshake, with what
// that means for what the server showed.
var alerts = map[uint8]struct{ name, meaning string }{
	0:   {"close_notify", "the client went away"},
	10:  {"unexpected_message", ""},
	20:  {"bad_record_mac", "the client cannot read what we encrypted: its key is another one"},
	22:  {"record_overflow", "our messages are too long for the client"},
	40:  {"handshake_failure", "the client found nothing in common, or does not accept what we chose"},
	42:  {"bad_certificate", "the client does not accept our certificate"},
	43:  {"unsupported_certificate", "the client cannot use our kind of certificate"},
	44:  {"certificate_revoked", "the client holds our certificate for revoked"},
	45:  {"certificate_expired", "the client holds our certificate for expired: is its clock right?"},
	46:  {"certificate_unknown", "the client does not accept our certificate: its authority, or the name in it"},
	47:  {"illegal_parameter", ""},
	48:  {"unknown_ca", "the client does not trust our authority"},
	49:  {"access_denied", "the client does not want to talk to us"},
	50:  {"decode_error", "the client cannot read what we sent"},
	51:  {"decrypt_error", "the client found a signature or a key wrong"},
	70:  {"protocol_version", "the client knows no version that is allowed here"},
	71:  {"insufficient_security", "the client demands stronger ciphers"},
	80:  {"internal_error", "the client has a problem of its own"},
	90:  {"user_canceled", "the client gave up"},
	109: {"missing_extension", ""},
	110: {"unsupported_extension", ""},
	112: {"unrecognized_name", ""},
	115: {"unknown_psk_identity", "the client has no key for our identity hint"},
	120: {"no_application_protocol", ""},
}

// Alert says in plain English which alert a client sent and what that means for us, as the Detail of RefusedByPeer.
func Alert(description uint8) string {
	alert, known := alerts[description]
	switch {
	case !known:
		return fmt.Sprintf("alert %d", description)
	case alert.meaning == "":
		return alert.name
	}
	return alert.name + ": " + alert.meaning
}

// AlertName is the name of an alert as the registry of TLS has it.
func AlertName(description uint8) string {
	if alert, known := alerts[description]; known {
		return alert.name
	}
	return fmt.Sprintf("alert %d", description)
}

const maxDetail = 256 // bytes

// Detail makes a text that came from outside fit for Handshake.Detail: one line of valid UTF-8, not too long.
func Detail(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	if len(text) <= maxDetail {
		return text
	}
	cut := maxDetail - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
