// Package topicconfig reads, checks and writes the topic configurations of draft-ietf-core-coap-pubsub-21: CBOR maps of
// topic properties (section 2.2), Content-Format application/core-pubsub+cbor.
//
// What comes from outside is decoded strictly: one well-formed map of bounded size, known integer keys, none twice, every
// value of the type the draft gives it and within its range. What is written is deterministic (RFC 8949, section 4.2.1).
// The package knows neither CoAP messages nor MQTT.
package topicconfig
