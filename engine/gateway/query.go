package gateway

import (
	"bytes"

	"github.com/plgd-dev/go-coap/v3/message"
)

// field is a query parameter of EMQX 5.
type field uint8

const (
	fieldClientID field = iota
	fieldToken
	fieldUsername
	fieldPassword
	fieldQoS
	fieldRetain
	fieldExpiry
	fieldNoLocal
	fieldRetainHandling
	fields
)

// query is what the Uri-Query options say, read by the rules of both generations. Values are borrowed from the request;
// nil means absent.
type query struct {
	given bool // there was at least one Uri-Query option
	// EMQX 5: entries with exactly one '='; of repeated ones the last counts, an alias before its long name.
	long, alias [fields][]byte
	// EMQX 4: entries that begin with c=, u= or p=, up to their end; of repeated ones the last counts.
	c, u, p []byte
}

// get returns an EMQX 5 parameter.
func (q *query) get(f field) []byte {
	if v := q.alias[f]; v != nil {
		return v
	}
	return q.long[f]
}

// parseQuery reads the Uri-Query options.
func (q *query) parse(options message.Options) {
	for i := range options {
		if options[i].ID == message.URIQuery {
			q.add(options[i].Value)
		}
	}
}

func (q *query) add(entry []byte) {
	q.given = true
	at := bytes.IndexByte(entry, '=')
	if at < 0 {
		return
	}
	name, value := entry[:at], entry[at+1:]
	if at == 1 {
		switch name[0] {
		case 'c':
			q.c = value
		case 'u':
			q.u = value
		case 'p':
			q.p = value
		}
	}
	if bytes.IndexByte(value, '=') >= 0 {
		return
	}
	if f, alias, known := fieldOf(name); known {
		if alias {
			q.alias[f] = value
		} else {
			q.long[f] = value
		}
	}
}

func fieldOf(name []byte) (f field, alias, known bool) {
	switch string(name) {
	case "clientid":
		return fieldClientID, false, true
	case "c":
		return fieldClientID, true, true
	case "token":
		return fieldToken, false, true
	case "t":
		return fieldToken, true, true
	case "username":
		return fieldUsername, false, true
	case "u":
		return fieldUsername, true, true
	case "password":
		return fieldPassword, false, true
	case "p":
		return fieldPassword, true, true
	case "qos":
		return fieldQoS, false, true
	case "q":
		return fieldQoS, true, true
	case "retain":
		return fieldRetain, false, true
	case "r":
		return fieldRetain, true, true
	case "expiry":
		return fieldExpiry, false, true
	case "nl":
		return fieldNoLocal, false, true
	case "rh":
		return fieldRetainHandling, false, true
	}
	return 0, false, false
}

// onlyEMQX5 reports whether the query uses a name that EMQX 4 does not have.
func (q *query) onlyEMQX5() bool {
	for f := range fields {
		if q.long[f] != nil || (q.alias[f] != nil && f != fieldClientID && f != fieldUsername && f != fieldPassword) {
			return true
		}
	}
	return false
}

// integer reads a decimal integer as EMQX does: an optional sign and digits.
func integer(b []byte) (int64, bool) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}
