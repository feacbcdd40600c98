package request

import (
	"sluice/engine/client"
	"sluice/engine/collection/credentials"
	"sluice/engine/pki"
)

// resolver finds what a request shows and trusts among what Sluice keeps. It may be called from any goroutine.
type resolver struct{ keys func() *pki.Keeper }

// security is what to show and trust for the names of a request.
func (r resolver) security(identity, authority string) (*client.Security, error) {
	return credentials.Security(r.keys(), identity, authority)
}
