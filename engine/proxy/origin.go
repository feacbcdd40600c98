package proxy

import (
	"time"

	"sluice/engine/coap"
)

// origin is a server that is asked.
type origin interface {
	// id tells servers apart, and what is kept of them.
	id() string
	// request asks; done is called once, on any goroutine, unless there is an error.
	request(r *coap.ClientRequest, done func(*coap.ClientResponse, error)) error
	// observe registers as Endpoint.Observe does. cancel ends it.
	observe(r *coap.ClientRequest, notify func(*coap.ClientResponse, error)) (cancel func(), err error)
	// heard is when it was heard last; zero if that is not known.
	heard() time.Time
}

// udpOrigin is a server that is asked through an endpoint.
type udpOrigin struct {
	name     string
	endpoint *coap.Endpoint
	to       coap.Destination
	peer     *coap.Peer // nil: it is known by its address only
}

func (o *udpOrigin) id() string { return o.name }

func (o *udpOrigin) request(r *coap.ClientRequest, done func(*coap.ClientResponse, error)) error {
	_, err := o.endpoint.Request(o.to, r, done)
	return err
}

func (o *udpOrigin) observe(r *coap.ClientRequest, notify func(*coap.ClientResponse, error)) (func(), error) {
	observation, err := o.endpoint.Observe(o.to, r, notify)
	if err != nil {
		return nil, err
	}
	return observation.Cancel, nil
}

func (o *udpOrigin) heard() time.Time {
	if o.peer == nil {
		return time.Time{}
	}
	return o.peer.LastSeen()
}
