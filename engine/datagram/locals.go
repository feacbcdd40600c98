package datagram

// maxLocals bounds what Locals remember. Others are read anew each time.
const maxLocals = 1024

// Locals remember what T the control messages of datagrams stand for: parsing one allocates. They belong to one goroutine.
type Locals[T any] struct {
	parse func(controlMessage []byte) T
	known map[string]T
}

// NewLocals returns Locals that know none.
func NewLocals[T any](parse func(controlMessage []byte) T) *Locals[T] {
	return &Locals[T]{parse: parse, known: map[string]T{}}
}

// Of returns what a control message stands for.
func (l *Locals[T]) Of(controlMessage []byte) T {
	if t, ok := l.known[string(controlMessage)]; ok {
		return t
	}
	t := l.parse(controlMessage)
	if len(l.known) < maxLocals {
		l.known[string(controlMessage)] = t
	}
	return t
}
