package gateway

import (
	"strings"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/directory"
	"sluice/engine/settings"
)

// topicDirectory is before an endpoint name in the topic that the access rules see.
const topicDirectory = "rd/"

// isForDirectory reports whether the resource directory answers.
func (x *exchange) isForDirectory() bool {
	if x.handler.gateway.directory == nil || x.handler.strict() {
		return false
	}
	return x.root == rootDirectory || x.root == rootWellKnown && len(x.path) == 2 && string(x.path[1].Value) == "rd"
}

// serveDirectory hands a request to the resource directory, once it is known who asks.
func (h *handler) serveDirectory(x *exchange) {
	given, queries := x.credentials()
	who, ok := x.authenticate(given)
	if !ok {
		return
	}
	admission := x.admission
	may := func(action settings.Action) func(string) bool {
		return func(endpoint string) bool {
			return h.gateway.access.Allowed(who.access(), action, topicDirectory+literal(endpoint))
		}
	}
	h.gateway.directory.Serve(&directory.Request{
		Request:  x.Request,
		Exchange: directoryExchange{x},
		Client: directory.Client{
			Identities: x.identities(who), MayRegister: may(settings.Publish), MayLookUp: may(settings.Subscribe),
			Admitted: func() bool { return admission.holds(h.gateway.access, who) },
		},
		Scheme:  h.scheme(),
		Path:    x.PathSegments(nil),
		Queries: queries,
	})
}

// scheme is that of the transport.
func (h *handler) scheme() string {
	scheme, _, _ := strings.Cut(h.listener, "://")
	return scheme
}

// identities are what is proved of the client, the strongest first. Any name but that of a user is let in unproved.
func (x *exchange) identities(who identity) []string {
	var proved []string
	switch id := who.proved; {
	case id.PSK != "":
		proved = append(proved, "psk:"+id.PSK)
	case id.CommonName != "":
		proved = append(proved, "cn:"+id.CommonName)
	}
	if who.username != "" && x.handler.authn && x.handler.gateway.access.HasUser(who.username) {
		proved = append(proved, "user:"+who.username)
	}
	if x.session != nil {
		proved = append(proved, "client:"+who.clientID)
	}
	return append(proved, "address:"+x.Peer.Addr().Addr().Unmap().String())
}

// literal keeps an endpoint name from acting as a wildcard.
func literal(endpoint string) string {
	if !wild(endpoint) {
		return endpoint
	}
	return strings.NewReplacer("+", "%2B", "#", "%23").Replace(endpoint)
}

// directoryExchange is an exchange as the directory answers it.
type directoryExchange struct{ x *exchange }

// Answer implements directory.Exchange.
func (e directoryExchange) Answer(fill func(w *coap.ResponseWriter)) { e.x.answer(fill) }

// Later implements directory.Exchange.
func (e directoryExchange) Later() func(fill func(w *coap.ResponseWriter)) { return e.x.later().answer }

// credentials are what a query says of who asks, apart from what it asks for.
type credentials struct{ clientID, username, password, token []byte }

func (c *credentials) given() bool {
	return c.clientID != nil || c.username != nil || c.password != nil || c.token != nil
}

// credentials splits the query of a request whose other parameters are not the gateway's: clientid, username, password
// and token are credentials; so are c, u, p and t, but only together with c, since a filter may have their names.
func (x *exchange) credentials() (given credentials, rest []string) {
	short := x.query.c != nil
	for _, entry := range x.Queries(nil) {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case entry == "": // what an URI that ends in ? says
		case name == "clientid" || short && name == "c":
			given.clientID = []byte(value)
		case name == "username" || short && name == "u":
			given.username = []byte(value)
		case name == "password" || short && name == "p":
			given.password = []byte(value)
		case name == "token" || short && name == "t":
			given.token = []byte(value)
		default:
			rest = append(rest, entry)
		}
	}
	return given, rest
}

// authenticate says who a request speaks for: the session whose token it shows, or who its credentials let in. When it
// returns false the request is answered or postponed.
func (x *exchange) authenticate(given credentials) (who identity, ok bool) {
	if given.token != nil {
		if x.session = x.provedBy(given.clientID, given.token); x.session == nil {
			x.text(codes.Unauthorized, textInvalidToken)
			return identity{}, false
		}
		x.admission = x.session.admittedBy()
		return x.who(x.session), true
	}
	switch x.login(given.clientID, given.username, given.password) {
	case postponed:
		return identity{}, false
	case refused:
		x.refuse(codes.Unauthorized, "")
		return identity{}, false
	case busy:
		x.code(codes.ServiceUnavailable)
		return identity{}, false
	}
	who = identity{string(given.clientID), string(given.username), x.Peer.Identity()}
	if who.clientID == "" {
		who.clientID = x.ownName()
	}
	return who, true
}
