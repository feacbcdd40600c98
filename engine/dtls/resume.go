package dtls

import (
	"container/list"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/secure"
)

const (
	// maxResumptions and resumptionLifetime bound what is kept for sessions to be taken up again (RFC 5246, F.1.4).
	maxResumptions     = 4096
	resumptionLifetime = 24 * time.Hour
)

// resumptions keeps the sessions that may be taken up again, the latest at the front.
type resumptions struct {
	mu     sync.Mutex
	byID   map[string]*list.Element
	latest list.List // of *resumable
}

type resumable struct {
	pion.Session
	until time.Time
}

func (r *resumptions) put(session pion.Session, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID = map[string]*list.Element{}
	}
	r.remove(string(session.ID))
	for r.latest.Len() >= maxResumptions {
		r.remove(string(r.latest.Back().Value.(*resumable).ID))
	}
	r.byID[string(session.ID)] = r.latest.PushFront(&resumable{session, now.Add(resumptionLifetime)})
}

func (r *resumptions) get(id []byte, now time.Time) (pion.Session, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.byID[string(id)]
	if !ok {
		return pion.Session{}, false
	}
	kept := e.Value.(*resumable)
	if now.After(kept.until) {
		r.remove(string(id))
		return pion.Session{}, false
	}
	return kept.Session, true
}

func (r *resumptions) drop(id []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove(string(id))
}

// remove needs r.mu.
func (r *resumptions) remove(id string) {
	if e, ok := r.byID[id]; ok {
		r.latest.Remove(e)
		delete(r.byID, id)
	}
}

// resumption is the pion.SessionStore of one handshake. What it does not find leads to a full handshake.
type resumption struct{ session *session }

// Set keeps a session. pion keeps none in which the client showed a certificate.
func (r *resumption) Set(_ []byte, s pion.Session) error {
	r.session.listener.resumed.put(s, time.Now())
	return nil
}

// Get finds a session that may be taken up now.
func (r *resumption) Get(id []byte) (pion.Session, error) {
	// pion agrees to no Connection ID in a session that is taken up, and then sends one all the same.
	if r.session.hello.movable {
		return pion.Session{}, nil
	}
	s, ok := r.session.listener.resumed.get(id, time.Now())
	if !ok || r.session.mayResume(&s) != nil {
		return pion.Session{}, nil
	}
	return s, nil
}

// Del forgets a session that an alert ended (RFC 5246, section 7.2.2).
func (r *resumption) Del(id []byte) error {
	r.session.listener.resumed.drop(id)
	return nil
}

// mayResume judges by the credentials of now.
func (s *session) mayResume(kept *pion.Session) error {
	credentials := s.listener.config.Credentials
	identity := identityOf(kept.CipherSuiteID, kept.PeerCertificates, kept.IdentityHint)
	if why := s.judge(identity); why != nil {
		return why
	}
	if len(kept.PeerCertificates) > 0 {
		if err := credentials.VerifyClient(kept.PeerCertificates); err != nil {
			return fmt.Errorf("take up a session: %w", err)
		}
	}
	if identity.PSK == "" {
		return nil
	}
	if key, ok := credentials.PSK(kept.IdentityHint); !ok || sha256.Sum256(key) != kept.PSKHash {
		return &secure.Refusal{Outcome: secure.UnknownPSKIdentity}
	}
	return nil
}
