package coap

import "time"

// SweepSessions does now what is done from time to time.
func (e *Endpoint) SweepSessions() { e.secured.sweep(time.Now()) }
