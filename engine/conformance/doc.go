// Package conformance holds nothing but tests: what a device may send to the gateway and what it gets back, a row for
// every statement of the behaviour of EMQX 4 and 5 and of the pub/sub drafts.
//
// A row is a conversation with a real engine over real sockets: devices that speak in raw datagrams, written and read
// by a codec of this package's own, and MQTT clients. talk_test.go has the language. The tables are in a file a section.
//
// The numbers of the sections are those of the notes that the project was built from: 3 to 5 are about EMQX, 1 about the
// drafts.
//
// A row that does not hold fails the test unless it says why it is not to hold; those reasons are the section
// "Conformance" of the README, which a test compares.
package conformance
