package keys

// Each is what CertificateEach and PSKEach are made of.
var Each = newEach

// Waiting is how many names the next batch has.
func (e *each) Waiting() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.next == nil {
		return 0
	}
	return len(e.next.names)
}
