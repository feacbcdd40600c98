package gateway

import (
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/settings"
)

// Admit implements coap.Admitter: a body that comes in blocks is gathered only from who may be let in. A password that has
// to be hashed is checked when the body is whole.
func (h *handler) Admit(w *coap.ResponseWriter, r *coap.Request) bool {
	x := exchangePool.Get().(*exchange)
	x.Request, x.handler, x.writer = r, h, w
	x.parse()
	admitted := h.admits(x)
	*x = exchange{}
	exchangePool.Put(x)
	return admitted
}

func (h *handler) admits(x *exchange) bool {
	switch {
	case h.dialect == settings.DialectEMQX4, h.lenient() && x.meantForEMQX4():
		return h.admitsEMQX4(x)
	case h.dialect == settings.DialectEMQX5, h.lenient():
		return h.admitsEMQX5(x)
	}
	return true
}

func (h *handler) admitsEMQX4(x *exchange) bool {
	if x.root != rootMQTT && x.root != rootPubSub {
		return true
	}
	c, u, p := x.credentialsEMQX4()
	switch {
	case c == nil:
		x.code(codes.BadRequest)
	case x.barred(u, p):
		x.refuse(h.authenticationFailure(), "")
	default:
		return true
	}
	return false
}

func (h *handler) admitsEMQX5(x *exchange) bool {
	connection := x.isConnection()
	switch {
	case connection && x.Code == codes.POST:
		return true
	case h.gateway.settings.ConnectionRequired:
		return x.checkToken(connection)
	case x.root != rootPubSub, h.lenient() && x.proved() != nil:
		return true
	case x.barred(x.query.get(fieldUsername), x.query.get(fieldPassword)):
		x.refuse(codes.Unauthorized, "")
		return false
	}
	return true
}

// barred reports whether credentials are known to be wrong.
func (x *exchange) barred(username, password []byte) bool {
	if !x.handler.authn {
		return false
	}
	var known bool
	x.refusal, known = x.handler.gateway.access.AuthenticateFast(x.attempt(username, password))
	return known && !x.refusal.OK()
}
