package directory

import (
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

var (
	errForbidden = &refusal{code: codes.Forbidden, reason: "the access rules do not allow this endpoint name"}
	errOwned     = &refusal{code: codes.Forbidden, reason: "the endpoint name belongs to another client"}
	errClosed    = &refusal{code: codes.ServiceUnavailable, reason: "the directory is closed"}
)

// register answers POST /rd (RFC 9176, section 5).
func (d *Directory) register(r *Request) *refusal {
	given, refused := parseParameters(r.Queries)
	if refused != nil {
		return d.refuse(r, &given, refused)
	}
	k, refused := given.key()
	if refused == nil && !r.Client.MayRegister(k.endpoint) {
		refused = errForbidden
	}
	var links []linkformat.Link
	if refused == nil {
		links, refused = d.body(r)
	}
	if refused != nil {
		return d.refuse(r, &given, refused)
	}
	request := registering{
		key: k, given: given, links: links, origin: r.origin(), peer: r.Peer, client: r.Client, now: time.Now(),
	}
	answer := r.Later()
	refused = d.enter(&request, func(id string, err error) {
		answer(d.stored(k.endpoint, err, func(w *coap.ResponseWriter) {
			w.SetCode(codes.Created)
			w.AddString(message.LocationPath, pathRegister)
			w.AddString(message.LocationPath, id)
		}))
	})
	if refused != nil {
		answer(d.refuse(r, &given, refused).fill)
	}
	return nil
}

// stored fills the answer to a change once the disk has said how it went.
func (d *Directory) stored(endpoint string, err error, fill func(w *coap.ResponseWriter)) func(w *coap.ResponseWriter) {
	if err == nil {
		return fill
	}
	d.config.Log.Error("a registration cannot be kept", "endpoint", endpoint, "error", err)
	return (&refusal{code: codes.InternalServerError}).fill
}

// registering is a registration that is to be entered.
type registering struct {
	key
	given      parameters
	links      []linkformat.Link
	origin     origin
	peer       *coap.Peer
	client     Client
	now        time.Time
	simple     bool
	freshUntil time.Time
}

// enter makes a registration, in the place of the one with the same name, and calls done when it is on disk.
func (d *Directory) enter(x *registering, done func(id string, err error)) *refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return errClosed
	}
	before := d.byKey[x.key]
	if before != nil && !d.mayChange(before, &x.client) {
		if before.active(x.now) {
			return errOwned
		}
		d.remove(before, nil)
		before = nil
	}
	r := &registration{
		key: x.key, lifetime: defaultLifetime, since: x.now, owner: x.client.Identities[0],
		links: x.links, simple: x.simple, freshUntil: x.freshUntil,
	}
	if refused := r.apply(&x.given, x.origin, x.peer); refused != nil {
		return refused
	}
	if before == nil {
		d.serial++
		r.serial, r.id = d.serial, d.newID()
	} else {
		r.serial, r.id, r.since = before.serial, before.id, before.since
	}
	r.begin(x.now)
	r.complete()
	if refused := d.put(r, before, func(err error) { done(r.id, err) }); refused != nil {
		return refused
	}
	d.note(Registered, r, "")
	return nil
}

// mayChange reports whether a registration belongs to the client.
func (d *Directory) mayChange(r *registration, c *Client) bool { return d.config.Open || c.is(r.owner) }

// registration answers requests to a registration resource (RFC 9176, section 5.3).
func (d *Directory) registration(r *Request, id string) *refusal {
	d.mu.Lock()
	known := d.byID[id]
	d.mu.Unlock()
	if known == nil {
		return &refusal{code: codes.NotFound}
	}
	switch r.Code {
	case codes.GET:
		return d.read(r, known)
	case codes.POST:
		return d.update(r, id)
	case codes.DELETE:
		return d.delete(r, id)
	}
	return &refusal{code: codes.MethodNotAllowed}
}

// read answers GET of a registration with the links as they were registered.
func (d *Directory) read(r *Request, known *registration) *refusal {
	if !r.Client.is(known.owner) && !known.shownTo(r, time.Now()) {
		return &refusal{code: codes.NotFound}
	}
	if refused := accepts(r); refused != nil {
		return refused
	}
	document := linkformat.Encode(known.links)
	r.Answer(func(w *coap.ResponseWriter) {
		w.SetCode(codes.Content)
		w.AddUint(message.ContentFormat, linkformat.ContentFormat)
		w.SetPayload(document)
	})
	return nil
}

// update answers POST of a registration (RFC 9176, section 5.3.1).
func (d *Directory) update(r *Request, id string) *refusal {
	given, refused := parseParameters(r.Queries)
	var links []linkformat.Link
	if refused == nil && len(r.Payload) > 0 {
		links, refused = d.body(r)
	}
	if refused != nil {
		return d.refuse(r, &given, refused)
	}
	replace, answer := len(r.Payload) > 0, r.Later()
	refused = d.change(r, id, func(before *registration) *refusal {
		if (given.endpoint != nil && *given.endpoint != before.endpoint) || (given.sector != nil && *given.sector != before.sector) {
			return badRequest("ep and d cannot be changed")
		}
		after := *before
		if replace {
			after.links = links
		}
		if refused := after.apply(&given, r.origin(), r.Peer); refused != nil {
			return refused
		}
		after.begin(time.Now())
		after.complete()
		refused := d.put(&after, before, func(err error) {
			answer(d.stored(after.endpoint, err, func(w *coap.ResponseWriter) { w.SetCode(codes.Changed) }))
		})
		if refused == nil {
			d.note(Updated, &after, "")
		}
		return refused
	})
	if refused != nil {
		answer(d.refuse(r, &given, refused).fill)
	}
	return nil
}

// delete answers DELETE of a registration (RFC 9176, section 5.3.2).
func (d *Directory) delete(r *Request, id string) *refusal {
	answer := r.Later()
	refused := d.change(r, id, func(before *registration) *refusal {
		d.remove(before, func(err error) {
			answer(d.stored(before.endpoint, err, func(w *coap.ResponseWriter) { w.SetCode(codes.Deleted) }))
		})
		d.note(Removed, before, "")
		d.changed(before)
		return nil
	})
	if refused != nil {
		answer(d.refuse(r, &parameters{}, refused).fill)
	}
	return nil
}

// change lets do, which is called with the lock held, change a registration if the client may.
func (d *Directory) change(r *Request, id string, do func(before *registration) *refusal) *refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.byID[id]
	switch {
	case d.closed:
		return errClosed
	case before == nil:
		return &refusal{code: codes.NotFound, reason: "there is no such registration"}
	case !r.Client.MayRegister(before.endpoint):
		return errForbidden
	case !d.mayChange(before, &r.Client):
		return errOwned
	}
	return do(before)
}
