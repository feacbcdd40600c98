package dtls

// arrivals is what of a client's last flight came, in records as pion got them.
type arrivals struct {
	keyExchange bool // ClientKeyExchange
	changed     bool // ChangeCipherSpec
	finished    bool // something encrypted after it, which must be Finished
}

func (a *arrivals) note(b []byte) {
	for rest := b; len(rest) > 0; {
		var r record
		var ok bool
		if r, rest, ok = nextRecord(rest); !ok {
			return
		}
		switch {
		case r.epoch() > 0:
			// Application data may be of the session that the handshake is to take the place of.
			if a.changed && (r.kind() == typeHandshake || r.kind() == typeConnectionID) {
				a.finished = true
			}
		case r.kind() == typeChangeCipherSpec:
			a.changed = true
		case r.kind() == typeHandshake && len(r.plain()) > 0 && r.plain()[0] == clientKeyExchangeType:
			a.keyExchange = true
		}
	}
}

// unreadable reports whether all is there for pion to have read Finished, the key included. That it did not means that
// the client's key is another one: pion drops in silence what it cannot decrypt.
func (a *arrivals) unreadable(keyGiven bool) bool {
	return keyGiven && a.keyExchange && a.changed && a.finished
}
