// Package gateway says what a CoAP request means: it joins the CoAP endpoint to the broker.
//
// A Handler answers one listener in one dialect. emqx5 is the gateway of EMQX 5 (/mqtt/connection and /ps/<topic>, with
// or without a connection token), emqx4 the plugin of EMQX 4 (/mqtt/<topic>, and /ps/<topic> with a table of resources),
// and auto answers both on one port and prefers a useful answer where one of them alone would refuse.
//
// A publish takes one pass on the goroutine that read the datagram: path and query, session, authentication, access,
// broker, response. Only what must wait is answered later: a password that has to be hashed, and what has to be on disk
// before it is acknowledged.
//
// The comments call the interface of the EMQX 4 plugin GEN-B and that of the EMQX 5 gateway GEN-C.
//
// # Sessions
//
// A client is a session in one of three modes: connection (created at /mqtt/connection, known by client ID and token,
// and free to change its address), connectionless (a peer address), and query (GEN-B: client ID, username and password
// in every request). A gateway has one registry for all its listeners.
//
// # Locks
//
// No lock of this package is held while package coap or an Authorizer is called, except for Peer.Data and SetData, and
// for Peer.MoveTo, which calls nothing back. The locks are, in the order they may nest: Gateway.moving, hub, peer,
// session, feed, registry, wheel, resources. The broker is called to subscribe under the hub's, the store under the
// resources'; neither calls the gateway back from there, except for a store's done.
package gateway
