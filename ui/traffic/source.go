package traffic

import "sluice/engine/record"

// source is where messages come from: the live ring, or the messages of a file, which stay as they are.
type source struct {
	ring *record.Ring
	name string // of the file; empty for the live ring
}

func (s *source) live() bool { return s.name == "" }
