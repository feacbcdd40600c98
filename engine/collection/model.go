package collection

import (
	"slices"
	"time"
)

// File is a file of requests. It writes itself as it was read, byte for byte, but for the requests that were changed.
type File struct {
	Name      string // for messages; the folder of it is where files of payloads are
	Variables []Variable
	Requests  []*Request

	preamble string
	sources  []string // of Requests, from ### to the next
}

// Variable is a line @NAME = VALUE or @NAME[ENVIRONMENT] = VALUE.
type Variable struct {
	Name        string
	Environment string // empty: in each that has no value of its own
	Value       string // may name others
	Line        int
}

// Verb is what a request does: a method of CoAP or one of Ping, Await, Cancel and Wait.
type Verb string

// Verbs. Methods are written as RFC 7252 and RFC 8132 write them.
const (
	GET    Verb = "GET"
	POST   Verb = "POST"
	PUT    Verb = "PUT"
	DELETE Verb = "DELETE"
	FETCH  Verb = "FETCH"
	PATCH  Verb = "PATCH"
	IPATCH Verb = "iPATCH"

	Ping   Verb = "PING"
	Await  Verb = "AWAIT"
	Cancel Verb = "CANCEL"
	Wait   Verb = "WAIT"
)

// methods by their code.
var methods = map[Verb]byte{GET: 1, POST: 2, PUT: 3, DELETE: 4, FETCH: 5, PATCH: 6, IPATCH: 7}

// IsMethod reports whether the verb is a method of CoAP.
func (v Verb) IsMethod() bool { return methods[v] != 0 }

// Request is one request of a file. Variables in it are not replaced yet.
type Request struct {
	Line  int // of ###, from 1
	Title string
	Verb  Verb
	// Target is the URI; of Await and Cancel the name of an observation, of Wait a duration.
	Target string
	Ending Ending // of Cancel

	Options  []Option
	Settings Settings
	Payload  Payload
	// Observe is the name of the observation that the request begins; empty: none.
	Observe string
	Expect  []Expectation
	Save    []Saving

	head []headLine // as it was read
}

// Ending is how Cancel ends an observation (RFC 7641, section 3.6).
type Ending string

// Endings.
const (
	EndByGet   Ending = "GET"
	EndByReset Ending = "RST"
	EndForget  Ending = "forget"
)

// Option is a line NAME: VALUE.
type Option struct {
	Name  string
	Value string
}

// Settings are the lines with ... of a request; what is zero is not there.
type Settings struct {
	Type             string // CON or NON
	Token            string // 0x... or empty
	BlockSize        int
	EarlyNegotiation bool
	SingleMessages   bool
	ACKTimeout       time.Duration
	ACKRandomFactor  float64
	MaxRetransmit    *int
	Timeout          time.Duration
	Socket           string
	Identity         string
	Authority        string
}

// PayloadKind says how a payload is written.
type PayloadKind string

// Kinds of payload.
const (
	TextPayload PayloadKind = "text"
	JSONPayload PayloadKind = "json"
	CBORPayload PayloadKind = "cbor"
	HexPayload  PayloadKind = "hex"
	FilePayload PayloadKind = "file"
)

// Payload is the payload of a request.
type Payload struct {
	Kind PayloadKind // empty: TextPayload
	Text string      // lines end in \n, with no \r before; other bytes are for HexPayload
	Path string      // of a FilePayload
}

// Saving is a line save NAME = SOURCE.
type Saving struct {
	Name   string
	Source string // payload, code, option, json or cbor
	Of     string // the option's name or the path
}

// Clone returns a copy of r that shares nothing that may be changed.
func (r *Request) Clone() *Request {
	c := *r
	c.Options, c.Expect, c.Save, c.head = slices.Clone(r.Options), slices.Clone(r.Expect), slices.Clone(r.Save), slices.Clone(r.head)
	if r.Settings.MaxRetransmit != nil {
		c.Settings.MaxRetransmit = new(*r.Settings.MaxRetransmit)
	}
	return &c
}
