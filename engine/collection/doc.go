// Package collection keeps requests in plain text files that people edit and git keeps, runs them, and judges what comes
// back. It also reads a pasted coap-client line as a request, and writes a request as lines for other clients.
//
// # A file
//
// A file is named NAME.coap and is UTF-8. It begins with variables; each request begins with a line ###:
//
//	# Lines that begin with # are comments.
//	@host = 127.0.0.1:5683
//	@host[plant] = 10.0.0.5
//	@clientid = lamp-{{random 1000 9999}}
//
//	### Open a connection
//	POST coap://{{host}}/mqtt/connection?clientid={{clientid}}
//	expect code 2.01
//	save token = payload
//
//	### Publish a reading
//	POST coap://{{host}}/ps/plant/{{clientid}}
//	Uri-Query: token={{token}}
//	Content-Format: application/json
//	with type NON
//	payload json
//	expect code 2.04
//
//	{"t": {{random 20.0 25.0}}, "n": {{counter}}}
//
// @NAME[ENVIRONMENT] is the value in one environment. A file environments.coap beside the others holds variables only, and
// those of the file come before its own.
//
// The first line of a request is METHOD URI with GET, POST, PUT, DELETE, FETCH, PATCH or iPATCH, or one of:
//
//	PING coap://{{host}}           an empty message that is answered by a Reset, over TCP a Ping that is answered by a Pong
//	AWAIT NAME                     the next notification of an observation
//	CANCEL NAME GET                end it by GET with Observe 1, by RST to the next notification, or by "forget"
//	WAIT 500ms                     do nothing
//
// A URI has the scheme coap, coaps, coap+tcp or coap+ws (RFC 8323).
//
// The lines below it, up to the first empty one, are options and directives; what follows is the payload. The line ends
// between payload and next request are not part of it, and \### stands for ### at the beginning of a line.
//
// An option is NAME: VALUE, with the registered name or Option-NUMBER, as often as wanted. Content-Format and Accept take a
// media type or a number, Block1 and Block2 NUM/MORE/SIZE or a number, and 0x01ff are the bytes of any option that is no
// text, whatever their length. Directives are:
//
//	with type NON                  or CON, which it is without
//	with token 0x01ff              or "with token empty"; without, one of four random bytes
//	with block-size 64             of the payload's blocks; 16 to 1024
//	with early-negotiation         ask for blocks of that size at once
//	with single-messages           send no block but one, and fetch none
//	with ack-timeout 2s            transmission parameters (RFC 7252, section 4.8)
//	with ack-random-factor 1.5
//	with max-retransmit 4
//	with timeout 10s               for the whole exchange
//	with socket NAME               requests of one name leave from one port
//	with identity NAME             which certificate of Sluice's to show, or psk:IDENTITY for a pre-shared key (coaps)
//	with authority NAME            who must have issued the server's certificate, or system, or any (coaps)
//	payload text                   as it is, without the line end at its end; or
//	payload json                   checked to be JSON
//	payload cbor                   diagnostic notation (RFC 8949, section 8), sent as CBOR
//	payload hex                    bytes in hexadecimal
//	payload file PATH              the content of a file, seen from the folder of this one
//	observe as NAME                with Observe 0, and go on; AWAIT and CANCEL speak of it by this name
//	expect code 2.05 2.03          one of these; 2.* is every one of the class
//	expect payload contains TEXT   or equals TEXT, matches REGEXP, empty, hex 01ff
//	expect json $.a.b[0] = VALUE   or !=, <, <=, >, >=, contains, exists; with cbor for json of a payload in CBOR
//	expect option Max-Age = 60     or only its name; "expect no option Max-Age"
//	expect within 500ms            the response is there in that time
//	expect reset                   or "expect no answer"
//	save NAME = payload            for later requests; or code, option NAME, json PATH, cbor PATH
//
// An unexpected code is a failure only if there is an expectation of the code; no answer always is one, unless it is
// expected.
//
// {{NAME}} is the value of a variable, also within the value of another: {{now}} the time (RFC 3339; "now unix" and "now
// unixms" as a number), {{counter}} a number that grows by one with each request that has it, {{random 20 25}} a number
// from 20 to 25 with as many decimals as are written, {{uuid}} a random UUID, and {{getenv NAME}} a variable of the
// environment of the process, for what git must not keep. A value in the path or the query of a URI is escaped where it
// has to be. \{{ stands for {{.
//
// A variable of a file gets its value when it is first needed, and keeps it: {{random 1 9}} in one is the same number in
// all requests.
//
// What counts first: variables of the command line, saved values, those of the chosen environment, the others.
package collection

import "sluice/engine/mistakes"

// Extension of the files of a collection.
const Extension = ".coap"

// EnvironmentsName is the file of variables beside those of requests.
const EnvironmentsName = "environments" + Extension

// maxFile is the longest file that is read, in bytes.
const maxFile = 4 << 20

// Error is one mistake in a file.
type Error struct {
	File    string
	Line    int // from 1; 0: none in particular
	Problem error
}

// Error returns "FILE:LINE: PROBLEM".
func (e *Error) Error() string { return e.Words().Error() }

// Words is Error as a sentence.
func (e *Error) Words() error {
	if e.Line == 0 {
		return mistakes.Errorf("%s: %w", e.File, e.Problem)
	}
	return mistakes.Errorf("%s:%d: %w", e.File, e.Line, e.Problem)
}

// Unwrap gives the problem.
func (e *Error) Unwrap() error { return e.Problem }

// Errors are all mistakes of a file in the order of their lines.
type Errors = mistakes.List[*Error]
