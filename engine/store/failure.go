package store

// WriteError is why the latest transaction was not written, nil where it was: what it held was refused. It holds until
// another one is written, or for ever where the file is broken.
func (s *Store) WriteError() error {
	if err := s.refused.Load(); err != nil {
		return *err
	}
	return nil
}

// noteWrite remembers how a transaction ended.
func (s *Store) noteWrite(err error) {
	if err == nil {
		s.refused.Store(nil)
		return
	}
	s.refused.Store(&err)
}
