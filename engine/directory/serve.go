package directory

import (
	"errors"
	"strings"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// Client is who a request comes from.
type Client struct {
	// Identities prove that requests come from the same client: psk:IDENTITY or cn:NAME (of its certificate), user:NAME,
	// client:ID, address:IP, the strongest first. A registration remembers the first; who has it among his own may change
	// the registration.
	Identities []string
	// MayRegister and MayLookUp report whether the client may register under an endpoint name and see its registrations.
	// They may be called from any goroutine, as long as the client observes a lookup.
	MayRegister, MayLookUp func(endpoint string) bool
	// Admitted reports whether the client would still be let in; nil: it would. It may be called like MayLookUp.
	Admitted func() bool
}

func (c *Client) is(owner string) bool {
	for _, identity := range c.Identities {
		if identity == owner {
			return true
		}
	}
	return false
}

// Exchange is how a request is answered, once: at once by Answer, or by what Later returned, from any goroutine.
type Exchange interface {
	Answer(fill func(w *coap.ResponseWriter))
	Later() (answer func(fill func(w *coap.ResponseWriter)))
}

// Request is one request to the directory.
type Request struct {
	*coap.Request
	Exchange
	Client Client
	// Scheme is that of the transport, such as coap.
	Scheme string
	// Path and Queries are the values of the options, without credentials.
	Path, Queries []string
}

func (r *Request) origin() origin { return origin{r.Scheme, r.Peer.Addr()} }

// The paths that a directory serves.
const (
	PathRegister       = "/rd"
	PathLookUpEndpoint = "/rd-lookup/ep"
	PathLookUpResource = "/rd-lookup/res"
	PathSimple         = "/.well-known/rd"
)

// Links are the entry points that /.well-known/core lists (RFC 9176, section 4.3).
func (d *Directory) Links() []linkformat.Link {
	entry := func(path, rt string, observable bool) linkformat.Link {
		l := linkformat.Link{Target: path}
		l.Add("rt", rt)
		l.AddUint("ct", linkformat.ContentFormat)
		if observable {
			l.AddBare("obs")
		}
		return l
	}
	return []linkformat.Link{
		entry(PathRegister, "core.rd", false),
		entry(PathLookUpEndpoint, "core.rd-lookup-ep", true),
		entry(PathLookUpResource, "core.rd-lookup-res", true),
	}
}

// Serve answers a request to one of the directory's paths; 4.04 to any other.
func (d *Directory) Serve(r *Request) {
	var refused *refusal
	switch path := "/" + strings.Join(r.Path, "/"); {
	case path == PathRegister:
		refused = d.onlyPost(r, d.register)
	case path == PathSimple:
		refused = d.onlyPost(r, d.simple)
	case path == PathLookUpEndpoint:
		refused = d.lookUp(r, endpoints)
	case path == PathLookUpResource:
		refused = d.lookUp(r, resources)
	case len(r.Path) == 2 && r.Path[0] == pathRegister:
		refused = d.registration(r, r.Path[1])
	default:
		refused = &refusal{code: codes.NotFound}
	}
	if refused != nil {
		r.Answer(refused.fill)
	}
}

func (d *Directory) onlyPost(r *Request, serve func(*Request) *refusal) *refusal {
	if r.Code != codes.POST {
		return &refusal{code: codes.MethodNotAllowed}
	}
	return serve(r)
}

func (r *refusal) fill(w *coap.ResponseWriter) {
	w.SetCode(r.code)
	if r.maxAge > 0 {
		w.AddUint(message.MaxAge, r.maxAge)
	}
	if r.reason != "" {
		w.SetString(r.reason)
	}
}

// refuse keeps the event of a registration or update that is refused.
func (d *Directory) refuse(r *Request, given *parameters, refused *refusal) *refusal {
	x := Event{At: time.Now(), Kind: Refused, Address: r.Peer.Addr(), Reason: refused.reason}
	if given.endpoint != nil {
		x.Endpoint = *given.endpoint
	}
	if given.sector != nil {
		x.Sector = *given.sector
	}
	if len(r.Path) == 2 && r.Path[0] == pathRegister {
		x.Location = "/" + strings.Join(r.Path, "/")
	}
	d.events.add(x)
	d.refused.Add(1)
	d.revision.Add(1)
	return refused
}

// body reads the links in a request's payload.
func (d *Directory) body(r *Request) ([]linkformat.Link, *refusal) {
	if format, ok := r.Uint(message.ContentFormat); ok && format != linkformat.ContentFormat && len(r.Payload) > 0 {
		return nil, &refusal{code: codes.UnsupportedMediaType, reason: "links are taken in application/link-format (40) only"}
	}
	return d.parse(string(r.Payload))
}

// parse reads links in Limited Link Format.
func (d *Directory) parse(document string) ([]linkformat.Link, *refusal) {
	links, err := linkformat.Parse(document, linkformat.Limits{Bytes: d.limits.RegistrationSize, Links: d.limits.Links})
	if err == nil {
		err = linkformat.CheckLimited(links)
	} else if limit, ok := errors.AsType[*linkformat.LimitError](err); ok {
		d.reached.note(limitReached(limit))
		return nil, &refusal{code: codes.RequestEntityTooLarge, reason: err.Error()}
	}
	if err != nil {
		return nil, &refusal{code: codes.BadRequest, reason: err.Error()}
	}
	return links, nil
}

// limitReached tells which bound a document was larger than. Attributes of a link count as its size.
func limitReached(e *linkformat.LimitError) bound {
	if e.What == "links" {
		return boundLinks
	}
	return boundRegistrationSize
}

// accepts checks the Accept option.
func accepts(r *Request) *refusal {
	if format, ok := r.Uint(message.Accept); ok && format != linkformat.ContentFormat {
		return &refusal{code: codes.NotAcceptable}
	}
	return nil
}
