package keys

import (
	"sync"

	"sluice/engine/client"
)

// each makes what devices show when they first connect. Those that come while some are being made are the next batch: what
// is kept is written once a batch, and not once a device.
type each struct {
	provide func(names []string) ([]*client.Security, error)

	making sync.Mutex // held by who makes a batch; longer than mu

	mu    sync.Mutex
	known map[string]*client.Security
	next  *batch // that names are added to; nil: none waits
}

type batch struct {
	names []string
	done  chan struct{}
	err   error
}

func newEach(provide func([]string) ([]*client.Security, error)) *each {
	return &each{provide: provide, known: map[string]*client.Security{}}
}

// SecurityOf implements device.Credentials.
func (e *each) SecurityOf(name string) (*client.Security, error) {
	e.mu.Lock()
	if known := e.known[name]; known != nil {
		e.mu.Unlock()
		return known, nil
	}
	b, first := e.next, e.next == nil
	if first {
		b = &batch{done: make(chan struct{})}
		e.next = b
	}
	b.names = append(b.names, name)
	e.mu.Unlock()
	if first {
		e.run(b)
	}
	<-b.done
	if b.err != nil {
		return nil, b.err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.known[name], nil
}

// run makes a batch when the one before it is made.
func (e *each) run(b *batch) {
	e.making.Lock()
	defer e.making.Unlock()
	e.mu.Lock()
	e.next = nil
	e.mu.Unlock()
	made, err := e.provide(b.names)
	e.mu.Lock()
	for i, s := range made {
		e.known[b.names[i]] = s
	}
	e.mu.Unlock()
	b.err = err
	close(b.done)
}
