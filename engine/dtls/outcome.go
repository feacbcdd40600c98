package dtls

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pion/dtls/v3/pkg/protocol/alert"

	"sluice/engine/secure"
)

// maxDetail is what secure.Handshake.Detail has room for, in bytes.
const maxDetail = 256

// brief shortens a detail.
func brief(text string) string {
	if len(text) <= maxDetail {
		return text
	}
	const more = "…"
	end := maxDetail - len(more)
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// Alerts that pion has no name for (RFC 4279, section 6).
const unknownPSKIdentity = 115

// alertOf is the alert that tells the client why it is refused.
func alertOf(o secure.Outcome) byte {
	switch o {
	case secure.UnknownAuthority:
		return byte(alert.UnknownCA)
	case secure.Expired, secure.NotYetValid:
		return byte(alert.CertificateExpired)
	case secure.Revoked:
		return byte(alert.CertificateRevoked)
	case secure.WrongUsage:
		return byte(alert.UnsupportedCertificate)
	case secure.BadCertificate:
		return byte(alert.BadCertificate)
	case secure.NoSharedVersion:
		return byte(alert.ProtocolVersion)
	case secure.UnknownPSKIdentity:
		return unknownPSKIdentity
	case secure.WrongKey:
		return byte(alert.DecryptError)
	case secure.Malformed:
		return byte(alert.DecodeError)
	default:
		return byte(alert.HandshakeFailure)
	}
}

// alertRecord is a fatal alert in the clear.
func alertRecord(description byte, sequence uint64) []byte {
	r := record{typeAlert, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, byte(alert.Fatal), description}
	r.setSequence(sequence)
	return r
}

// peerAlert is what pion's error for an alert is.
type peerAlert interface {
	IsFatalOrCloseNotify() bool
	Marshal() ([]byte, error)
}

// alertIn is the description of the alert that an error of pion is for.
func alertIn(err error) (description byte, ok bool) {
	var said peerAlert
	if !errors.As(err, &said) {
		return 0, false
	}
	b, err := said.Marshal()
	if err != nil || len(b) != 2 {
		return 0, false
	}
	return b[1], true
}

// outcome says why a handshake failed.
func (s *session) outcome(err error) *secure.Refusal {
	if why := s.refused.Load(); why != nil {
		return why
	}
	var why *secure.Refusal
	description, alerted := alertIn(err)
	switch {
	case errors.As(err, &why):
		return why
	case alerted:
		return refusedByPeer(description)
	case s.replaced.Load():
		return begunAnew
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &secure.Refusal{Outcome: secure.TimedOut, Detail: s.stalled()}
	}
	return classified(err)
}

// begunAnew is how a handshake ends whose client began another one.
var begunAnew = &secure.Refusal{Outcome: secure.TimedOut, Detail: "the client began another handshake"}

// stalled says what did not come.
func (s *session) stalled() string {
	if s.keyGiven.Load() {
		return "the client sent nothing more after its PSK identity"
	}
	return "the client sent nothing more after its ClientHello"
}

// classified goes by the words of pion, whose errors have no names.
func classified(err error) *secure.Refusal {
	text := err.Error()
	for _, prefix := range []string{"handshake error: ", "dtls fatal: ", "dtls internal: ", "dtls temporary: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	outcome := secure.Malformed
	switch {
	case strings.Contains(text, "key signature do not match"), strings.Contains(text, "certificate"),
		strings.Contains(text, "x509:"):
		outcome = secure.BadCertificate
	case strings.Contains(text, "cipher suites"), strings.Contains(text, "elliptic curves"),
		strings.Contains(text, "SignatureScheme"):
		outcome = secure.NoSharedCipher
	}
	return &secure.Refusal{Outcome: outcome, Detail: text}
}

// refusedByPeer says what an alert of the client means for us.
func refusedByPeer(description byte) *secure.Refusal {
	name, meaning := fmt.Sprintf("alert %d", description), ""
	if known, ok := alerts[alert.Description(description)]; ok {
		name, meaning = known.name, known.meaning
	}
	if meaning != "" {
		name += ": " + meaning
	}
	return &secure.Refusal{Outcome: secure.RefusedByPeer, Detail: name}
}

var alerts = map[alert.Description]struct{ name, meaning string }{
	alert.CloseNotify:            {"close_notify", "the client closed the connection before the handshake was done"},
	alert.UnexpectedMessage:      {"unexpected_message", "the client did not expect our answer"},
	alert.BadRecordMac:           {"bad_record_mac", "the client cannot decrypt our answer; its pre-shared key may be another one"},
	alert.HandshakeFailure:       {"handshake_failure", "the client does not accept what the server offers"},
	alert.NoCertificate:          {"no_certificate", "the client has no certificate to show"},
	alert.BadCertificate:         {"bad_certificate", "the client does not accept our certificate"},
	alert.UnsupportedCertificate: {"unsupported_certificate", "the client cannot use a certificate of this kind"},
	alert.CertificateRevoked:     {"certificate_revoked", "the client takes our certificate for revoked"},
	alert.CertificateExpired:     {"certificate_expired", "the client finds our certificate expired, or its clock is wrong"},
	alert.CertificateUnknown:     {"certificate_unknown", "the client does not accept our certificate"},
	alert.IllegalParameter:       {"illegal_parameter", "the client does not accept a parameter of our answer"},
	alert.UnknownCA:              {"unknown_ca", "the client does not trust our authority"},
	alert.AccessDenied:           {"access_denied", "the client does not want to go on"},
	alert.DecodeError:            {"decode_error", "the client cannot read our answer"},
	alert.DecryptError:           {"decrypt_error", "the client cannot verify our signature or our Finished"},
	alert.ProtocolVersion:        {"protocol_version", "the client does not speak DTLS 1.2"},
	alert.InsufficientSecurity:   {"insufficient_security", "the client demands a stronger cipher suite"},
	alert.InternalError:          {"internal_error", "the client failed"},
	alert.UserCanceled:           {"user_canceled", "the client gave up"},
	alert.NoRenegotiation:        {"no_renegotiation", ""},
	alert.UnsupportedExtension:   {"unsupported_extension", "the client did not ask for an extension of our answer"},
	unknownPSKIdentity:           {"unknown_psk_identity", "the client does not know this PSK identity"},
}

// ended counts a handshake and tells of it; why is nil for one that went well.
func (l *Listener) ended(s *session, why *secure.Refusal) {
	now := time.Now()
	h := secure.Handshake{
		At: now, Took: now.Sub(s.at), Listener: l.config.Listener, Peer: s.route.Load().remote, Resumed: s.resumed.Load(),
	}
	if claimed := s.claimed.Load(); claimed != nil {
		h.Identity = *claimed
	}
	if why != nil {
		h.Outcome, h.Detail = why.Outcome, brief(why.Detail)
		select {
		case <-l.closed:
			return // nobody's fault
		default:
		}
	} else if h.Resumed {
		l.stats.resumed.Add(1)
	}
	l.count(h.Outcome)
	if l.config.OnHandshake != nil && (why == nil || l.refusals.take(now)) {
		l.config.OnHandshake(h)
	}
}

func (l *Listener) count(o secure.Outcome) {
	if int(o) < len(l.stats.ended) {
		l.stats.ended[o].Add(1)
	}
}

// tellOfFlood tells of what no session was made for by way of another goroutine, if there was not much of it.
func (l *Listener) tellOfFlood(rt *route, why *secure.Refusal, now time.Time) {
	if l.config.OnHandshake == nil || !l.floods.take(now) {
		return
	}
	select {
	case l.notes <- secure.Handshake{
		At: now, Listener: l.config.Listener, Peer: rt.remote, Outcome: why.Outcome, Detail: brief(why.Detail),
	}:
	default:
	}
}

// tell hands notes on until the listener is closed.
func (l *Listener) tell() {
	for {
		select {
		case h := <-l.notes:
			l.config.OnHandshake(h)
		case <-l.closed:
			return
		}
	}
}
