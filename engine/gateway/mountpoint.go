package gateway

import (
	"sluice/engine/access"
	"sluice/engine/settings"
)

// Mountpoint returns what is put before the topics of a client at a listener. ok is false when the client has a name that
// would act as a wildcard there: such requests are refused.
func (g *Gateway) Mountpoint(l settings.Listener, who access.Who) (prefix string, ok bool) {
	return g.newHandler(l).mountOf(identity{who.ClientID, who.Username, who.Identity})
}
