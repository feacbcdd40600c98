// Package directory is a CoRE Resource Directory (RFC 9176).
//
// A device registers its links under an endpoint name at /rd, or asks for that at /.well-known/rd, and refreshes the
// registration before its lifetime ends. Clients find endpoints at /rd-lookup/ep and links at /rd-lookup/res, once or by
// observing. Who a request comes from and what that client may see is told by the caller, who also owns the exchange.
//
// # Registrations
//
// A registration never changes: an update makes another one in its place, so that lookups work on a list that they took
// under the lock and match without it, in a large directory on a goroutine of their own. It is acknowledged when it is on
// disk. When its lifetime ends lookups do not show it any more; for a day it can still be refreshed at its location (RFC
// 9176, section 5.3), unless its place is needed. A registration that was asked for at /.well-known/rd goes at once
// (section 5.1).
//
// The base URI is the one that was given or, each time the device registers or updates, the address it speaks from
// (section 5.3.1). One that is local to a link is shown to who asks from that link only, and never has a zone.
//
// # Whose name it is
//
// First come, first remembered (section 7.5): as long as a registration is active its name and location belong to the
// client that made it. A client is known by its account, by the connection whose token it shows, or else by its IP
// address; a port proves nothing, since a device that sleeps may come back from another one.
//
// # What differs from the RFC, or is left open by it
//
// An update may have a body, which replaces the links: LwM2M devices do so. GET of a registration gives its links as
// they were registered. An empty anchor is taken for the base URI. A lookup whose result is longer than a mebibyte is
// refused: it has to be paged. Freshness of requests (section 5.3.4) is left to the endpoint, which knows Echo.
package directory
