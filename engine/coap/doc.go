// Package coap is a CoAP endpoint: datagrams with the message layer of RFC 7252, plain and over DTLS, streams and WebSockets of RFC 8323,
// block-wise transfer of RFC 7959 and observe relations of RFC 7641, as a server and, the same way back, as a client. It
// knows nothing of MQTT.
//
// One goroutine reads a listener's socket in batches and answers each datagram itself: parse, duplicate check,
// block-wise, Handler, encode, and one batched write for all answers of the batch. A handler that cannot answer at once
// calls ResponseWriter.Defer and answers later from any goroutine; the endpoint then acknowledges in time and sends a
// separate response. Notifications may be sent from any goroutine; a Fanout sends those of many relations in batches.
// Retransmissions and expiry are driven by one timer goroutine per endpoint.
//
// A session of DTLS is a peer as long as it lasts, wherever it speaks from, and carries messages as datagrams do, with the
// message layer above them. A goroutine of its own reads it.
//
// A connection (TCP, WebSocket) is read by a goroutine of its own, which answers and writes as the reader of a socket does.
// It is a peer as long as it lasts. What differs from datagrams hangs on the route of a peer: a connection encodes and
// writes messages and says what its client takes; the Transport says whether there is a message layer.
//
// Endpoint.Do and Endpoint.Request ask another endpoint, and Endpoint.Observe observes a resource there. A request to a
// Peer leaves through the socket, and from the address, that the peer spoke to, so it reaches a device behind a NAT for as
// long as the way back is open. Each step is taken by the goroutine that reads the response.
//
// State is kept per peer (remote address and port, and the local address that was asked) and is bounded: exchanges for
// duplicate detection, block-wise transfers, queued notifications, requests of our own, peers. All bounds are in Limits,
// and Stats tells which were reached. Beyond the rates new work is shed first. A malformed datagram is answered or ignored
// as RFC 7252 demands and never touches the state of its sender.
//
// An address that has not shown that it receives what is sent to it gets at most three times what came from it
// (RFC 9175): see Verification. What came by multicast is answered without keeping anything: see Config.Multicast.
//
// Lock order: the lock of a Deferred or of a shard of the peer table, then a Peer's lock (two of them only under the
// lock that serialises moves; a Fanout holds many, but waits for one only while it holds none), then the lock of the timer
// queue or of a connection's outbox. None is held while the handler, OnEnd, or what a request of ours is given to call, is
// called.
package coap
