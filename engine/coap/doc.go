// Package coap is a CoAP server endpoint: datagrams, the message layer of RFC 7252, block-wise transfer of RFC 7959
// and observe relations of RFC 7641. It knows nothing of MQTT.
//
// One goroutine reads a listener's socket in batches and answers each datagram itself: parse, duplicate check,
// block-wise, Handler, encode, and one batched write for all answers of the batch. A handler that cannot answer at once
// calls ResponseWriter.Defer and answers later from any goroutine; the endpoint then acknowledges in time and sends a
// separate response. Notifications may be sent from any goroutine. Retransmissions and expiry are driven by one timer
// goroutine per endpoint.
//
// State is kept per peer (remote address and port, and the local address that was asked) and is bounded: exchanges for
// duplicate detection, block-wise transfers, queued notifications, peers. A malformed datagram is answered or ignored
// as RFC 7252 demands and never touches the state of its sender.
//
// Lock order: the lock of a Deferred or of a shard of the peer table, then a Peer's lock (two of them only under the
// lock that serialises moves), then the timer queue's lock. None is held while the handler or OnEnd is called.
package coap
