package collection

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/diagnostic"
	"sluice/engine/mistakes"
)

// Prepared is a request whose variables are replaced, ready to be sent.
type Prepared struct {
	Verb     Verb
	URI      string // as it was written, with values; it may hold passwords
	Endpoint Endpoint
	Socket   string // requests of one name leave from one port
	Identity string // which certificate or key to show; empty: the usual one
	// Authority is who must have issued the server's certificate; empty: the usual ones.
	Authority string
	Kind      PayloadKind
	// Observes says that the request begins an observation; Client has no Observe option for it.
	Observes bool
	Client   client.Request
}

// errNotSent is of requests that send nothing of their own.
var errNotSent = mistakes.New("the request sends nothing of its own")

// Prepare replaces the variables of a request and encodes it. folder is where files of payloads are seen from. It is for
// methods and Ping.
func (r *Request) Prepare(s *Scope, folder string) (*Prepared, error) {
	if !r.Verb.IsMethod() && r.Verb != Ping {
		return nil, errNotSent
	}
	s.next()
	p := &Prepared{Verb: r.Verb, Socket: r.Settings.Socket, Kind: r.Payload.Kind, Observes: r.Observe != ""}
	var err error
	if p.URI, err = s.expandURI(r.Target); err != nil {
		return nil, err
	}
	var options message.Options
	if p.Endpoint, options, err = parseURI(p.URI); err != nil {
		return nil, err
	}
	if p.Identity, err = s.Expand(r.Settings.Identity); err != nil {
		return nil, err
	}
	if p.Authority, err = s.Expand(r.Settings.Authority); err != nil {
		return nil, err
	}
	for _, o := range r.Options {
		if o.Value, err = s.Expand(o.Value); err != nil {
			return nil, err
		}
		encoded, err := o.encode()
		if err != nil {
			return nil, err
		}
		options = append(options, encoded)
	}
	slices.SortStableFunc(options, func(a, b message.Option) int { return int(a.ID) - int(b.ID) })
	p.Client = client.Request{Code: codes.Code(methods[r.Verb]), Options: options}
	if p.Client.Payload, err = r.payload(s, folder); err != nil {
		return nil, err
	}
	return p, r.Settings.apply(s, &p.Client)
}

// payload makes the bytes of the payload.
func (r *Request) payload(s *Scope, folder string) ([]byte, error) {
	if r.Payload.Kind == FilePayload {
		path, err := s.Expand(r.Payload.Path)
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(PayloadPath(folder, path))
		if err != nil {
			return nil, mistakes.Errorf("reading the payload: %w", err)
		}
		return data, nil
	}
	text, err := s.Expand(r.Payload.Text)
	if err != nil {
		return nil, err
	}
	switch r.Payload.Kind {
	case JSONPayload:
		var any json.RawMessage
		if err := json.Unmarshal([]byte(text), &any); err != nil {
			return nil, mistakes.Errorf("the payload is not JSON: %w", err)
		}
	case CBORPayload:
		data, err := diagnostic.Read(text)
		if err != nil {
			return nil, mistakes.Errorf("the payload is not CBOR in diagnostic notation: %w", err)
		}
		return data, nil
	case HexPayload:
		data, err := hexBytes(text)
		if err != nil {
			return nil, mistakes.Errorf("the payload: %w", err)
		}
		return data, nil
	}
	return []byte(text), nil
}

// PayloadPath is where the file of a payload is by the name that a request of that folder gives it.
func PayloadPath(folder, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(folder, name)
}

// apply sets what the settings say.
func (s Settings) apply(scope *Scope, c *client.Request) error {
	c.NonConfirmable = s.Type == "NON"
	c.BlockSize, c.EarlyNegotiation, c.WithoutBlocks, c.Timeout = s.BlockSize, s.EarlyNegotiation, s.SingleMessages, s.Timeout
	if s.Token != "" {
		text, err := scope.Expand(s.Token)
		if err != nil {
			return err
		}
		if c.Token, err = tokenOf(text); err != nil {
			return mistakes.Errorf("with token: %q %w", text, err)
		}
	}
	if s.ACKTimeout != 0 || s.ACKRandomFactor != 0 || s.MaxRetransmit != nil {
		t := s.Transmission()
		c.Transmission = &t
	}
	return nil
}

// Transmission are the parameters that hold: those that are set, and else those of RFC 7252.
func (s Settings) Transmission() client.Transmission {
	t := client.DefaultTransmission
	if s.ACKTimeout > 0 {
		t.ACKTimeout = s.ACKTimeout
	}
	if s.ACKRandomFactor > 0 {
		t.ACKRandomFactor = s.ACKRandomFactor
	}
	if s.MaxRetransmit != nil {
		t.MaxRetransmit = *s.MaxRetransmit
	}
	return t
}

// Waits is how long a request with the verb Wait waits.
func (r *Request) Waits() time.Duration {
	d, err := time.ParseDuration(r.Target)
	if err != nil {
		return 0
	}
	return d
}
