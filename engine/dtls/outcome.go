package dtls

import (
	"context"
	"errors"
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
		return &secure.Refusal{Outcome: secure.RefusedByPeer, Detail: secure.Alert(description)}
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
