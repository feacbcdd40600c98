package gateway

import (
	"sync"

	"sluice/engine/coap"
)

// registry knows all sessions.
type registry struct {
	max         int // sessions
	full        *coap.Reached
	mu          sync.RWMutex
	all         []*session
	connections map[string]*session // connection mode, by client ID
	queries     map[string]*session // query mode, by client ID: EMQX 4 keeps one session an ID
}

func newRegistry(max int, full *coap.Reached) *registry {
	return &registry{max: max, full: full, connections: make(map[string]*session), queries: make(map[string]*session)}
}

// connection returns the session that was created under a client ID, or nil.
func (r *registry) connection(id []byte) *session {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.connections[string(id)]
}

// query returns the query mode session of a client ID, or nil.
func (r *registry) query(id []byte) *session {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.queries[string(id)]
}

// add lists a session; false when there are too many.
func (r *registry) add(s *session) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list(s)
}

func (r *registry) list(s *session) bool {
	if len(r.all) >= r.max {
		r.full.Note()
		return false
	}
	r.all = append(r.all, s)
	s.position = len(r.all)
	return true
}

// claim registers s, which may be listed already, under a client ID unless that is taken.
func (r *registry) claim(s *session, id string) (taken, full bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.connections[id] != nil {
		return true, false
	}
	if s.position == 0 && !r.list(s) {
		return false, true
	}
	r.connections[id] = s
	return false, false
}

// replace lists s as the query mode session of a client ID and returns the one it takes the place of.
func (r *registry) replace(s *session, id string) (old *session, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.list(s) {
		return nil, false
	}
	old = r.queries[id]
	r.queries[id] = s
	return old, true
}

// remove forgets a session that had a client ID.
func (r *registry) remove(s *session, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.connections[id] == s {
		delete(r.connections, id)
	}
	if r.queries[id] == s {
		delete(r.queries, id)
	}
	if s.position == 0 {
		return
	}
	last := len(r.all) - 1
	moved := r.all[last]
	r.all[s.position-1] = moved
	moved.position = s.position
	r.all[last] = nil
	r.all = r.all[:last]
	s.position = 0
}

// snapshot returns all sessions.
func (r *registry) snapshot() []*session {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return append([]*session(nil), r.all...)
}

func (r *registry) len() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.all)
}
