// Package gateway says what a CoAP request means: it joins the CoAP endpoint to the broker.
//
// A Handler answers one listener in one dialect. emqx5 is the gateway of EMQX 5 (/mqtt/connection and /ps/<topic>, with
// or without a connection token), emqx4 the plugin of EMQX 4 (/mqtt/<topic>, and /ps/<topic> with a table of resources),
// ietf the broker of draft-ietf-core-coap-pubsub-21, and auto answers all of them on one port and prefers a useful answer
// where one alone would refuse.
//
// A publish takes one pass on the goroutine that read the datagram: path and query, session, authentication, access,
// broker, response. Only what must wait is answered later: a password that has to be hashed, and what has to be on disk
// before it is acknowledged.
//
// The data of a topic of ietf is the MQTT topic of its name: a PUT is published, and what is published, from whichever
// side, becomes the data. Creations, changes and publishes over CoAP are acknowledged when they are on disk, as many as
// gathered in one transaction; data from MQTT is written within a second.
//
// # Sessions
//
// A client is a session in one of three modes: connection (created at /mqtt/connection, known by client ID and token,
// and free to change its address), connectionless (a peer address), and query (EMQX 4: client ID, username and password
// in every request). A gateway has one registry for all its listeners.
//
// # Locks
//
// No lock of this package is held while package coap or an Authorizer is called, except for Peer.Data and SetData, and
// for Peer.MoveTo, which calls nothing back; and except for a topic's telling, under which its observers are notified.
// The locks are, in the order they may nest: Gateway.moving, hub, a topic's telling, peer, session, feed, registry, wheel,
// resources, topics, a topic's saving, topic. The broker is called to subscribe under the hub's, the store under the
// resources' and a topic's saving; neither calls the gateway back from there, except for a store's done.
package gateway
