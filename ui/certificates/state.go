package certificates

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/pki"
	"sluice/engine/secure"
)

// state is what was read of the engine at one tick.
type state struct {
	entries    []pki.Entry
	psks       []pki.PreSharedKey
	handshakes []secure.Handshake
	clients    []engine.Client
	listeners  []listener
	shown      map[string][]string // the ports of the listeners that show a server certificate, by its ID
	byID       map[string]*pki.Entry
	issues     map[string][]pki.Kind      // the kinds of what an authority has issued, by its ID
	connected  map[string][]engine.Client // by the ID of their certificate, and by that of its issuer
	keyed      map[string][]engine.Client // by PSK identity
	renewal    *pki.Entry                 // the server's certificate, where it is to be renewed
}

// index fills what is found by ID.
func (s *state) index(now time.Time) {
	s.byID = make(map[string]*pki.Entry, len(s.entries))
	s.issues = map[string][]pki.Kind{}
	for i := range s.entries {
		e := &s.entries[i]
		s.byID[e.ID] = e
		if e.IssuerID != e.ID && !slices.Contains(s.issues[e.IssuerID], e.Kind) {
			s.issues[e.IssuerID] = append(s.issues[e.IssuerID], e.Kind)
		}
	}
	s.indexClients()
	s.shown = map[string][]string{}
	for _, l := range s.listeners {
		if e := s.shownBy(l, now); e != nil {
			s.shown[e.ID] = append(s.shown[e.ID], l.scheme+" "+l.port)
		}
	}
}

func (s *state) indexClients() {
	slices.SortFunc(s.clients, func(a, b engine.Client) int { return strings.Compare(a.ID, b.ID) })
	s.connected, s.keyed = map[string][]engine.Client{}, map[string][]engine.Client{}
	for _, c := range s.clients {
		switch i := c.Identity; {
		case i.PSK != "":
			s.keyed[i.PSK] = append(s.keyed[i.PSK], c)
		case i.Fingerprint != "":
			s.connected[i.Fingerprint] = append(s.connected[i.Fingerprint], c)
			if e := s.byID[i.Fingerprint]; e != nil && e.IssuerID != "" && e.IssuerID != e.ID {
				s.connected[e.IssuerID] = append(s.connected[e.IssuerID], c)
			}
		}
	}
}

// issuer names who issued a certificate: the kept one's name, or the common name.
func (s *state) issuer(e pki.Entry) string {
	switch issuer := s.byID[e.IssuerID]; {
	case e.IssuerID == e.ID || e.Issuer == e.Subject:
		if e.Kind == pki.Trusted {
			return commonName(e.Issuer)
		}
		return lang.L("itself")
	case issuer != nil:
		return issuer.Name
	}
	return commonName(e.Issuer)
}

// commonName is the CN of a distinguished name (RFC 2253), or all of it.
func commonName(subject string) string {
	for _, part := range splitRDNs(subject) {
		if name, ok := strings.CutPrefix(part, "CN="); ok {
			return strings.NewReplacer(`\,`, ",", `\+`, "+", `\"`, `"`, `\\`, `\`).Replace(name)
		}
	}
	return subject
}

// splitRDNs splits a distinguished name at commas and plus signs that are not escaped.
func splitRDNs(subject string) []string {
	var parts []string
	from := 0
	for i := 0; i < len(subject); i++ {
		switch subject[i] {
		case '\\':
			i++
		case ',', '+':
			parts = append(parts, subject[from:i])
			from = i + 1
		}
	}
	return append(parts, subject[from:])
}

// usedBy says in few words who uses a certificate.
func (s *state) usedBy(e pki.Entry) string {
	const nobody = "—"
	if !e.Revoked.IsZero() {
		return nobody
	}
	switch e.Kind {
	case pki.Authority:
		return s.issued(e)
	case pki.Server:
		if ports := s.shown[e.ID]; len(ports) > 0 {
			return strings.Join(ports, ", ")
		}
	case pki.Client:
		if len(s.withCertificate(e.ID)) > 0 {
			return lang.L("connected now")
		}
	case pki.Trusted:
		if slices.ContainsFunc(s.listeners, func(l listener) bool { return l.auth != secure.VerifyNone && !l.ownCAs }) {
			return lang.L("client check")
		}
	}
	return nobody
}

// issued says what an authority has issued.
func (s *state) issued(authority pki.Entry) string {
	var words []string
	if slices.Contains(s.issues[authority.ID], pki.Client) {
		words = append(words, lang.L("clients"))
	}
	if slices.Contains(s.issues[authority.ID], pki.Server) {
		words = append(words, lang.L("server"))
	}
	if len(words) == 0 {
		return "—"
	}
	return strings.Join(words, lang.L(", "))
}

// shownBy is the kept certificate that a listener shows to a client that names no server.
func (s *state) shownBy(l listener, now time.Time) *pki.Entry {
	if l.ownFile {
		return nil
	}
	var best *pki.Entry
	for i := range s.entries {
		e := &s.entries[i]
		switch {
		case e.Kind != pki.Server || !e.HasKey || !e.Revoked.IsZero():
		case l.certificate != "":
			if e.Name == l.certificate {
				return e
			}
		case best == nil || better(e, best, now):
			best = e
		}
	}
	return best
}

// better prefers a certificate that holds to one that does not, then the newer one.
func better(a, b *pki.Entry, now time.Time) bool {
	holds := func(e *pki.Entry) bool { return now.After(e.NotBefore) && now.Before(e.NotAfter) }
	if holds(a) != holds(b) {
		return holds(a)
	}
	return a.NotBefore.After(b.NotBefore)
}

// withCertificate are the clients that are connected with a certificate; under an authority, with one that it issued.
func (s *state) withCertificate(id string) []engine.Client { return s.connected[id] }

// withPSK are the clients that are connected with a pre-shared key.
func (s *state) withPSK(identity string) []engine.Client { return s.keyed[identity] }

// chain is a certificate with those who vouch for it, the root first, as far as they are kept.
func (s *state) chain(e pki.Entry) []pki.Entry {
	list := []pki.Entry{e}
	for len(list) <= len(s.entries) {
		issuer := s.byID[list[0].IssuerID]
		if issuer == nil || issuer.ID == list[0].ID {
			break
		}
		list = append([]pki.Entry{*issuer}, list...)
	}
	return list
}
