// Package client is a CoAP client that a person, a collection of requests or a simulated device holds: one socket to one
// server, over UDP, DTLS, TCP or a WebSocket (RFC 8323). What it sends is what it was told to send, repeated and unknown
// options included, and of each exchange it tells every datagram with its time.
//
// It is not the client of package coap, which speaks through the socket of a listener to thousands of peers and keeps to
// what the registry allows. Here a request owns the goroutine that asks: Conn.Do sends, retransmits (RFC 7252, section
// 4.2), sends and fetches blocks (RFC 7959) and returns. One goroutine reads the socket, acknowledges, recognises
// duplicates and hands each message to who waits for it. An Observation has a goroutine of its own.
//
// A message nobody waits for is answered by a Reset, except of an observation that was forgotten on purpose. All methods
// may be called from any goroutine; how many exchanges run at a time is up to the caller (NSTART).
package client

import (
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/mistakes"
	"sluice/engine/record"
)

// Errors of an exchange.
var (
	ErrReset        = mistakes.New("answered by a Reset")
	ErrUnanswered   = mistakes.New("not answered")
	ErrRefused      = mistakes.New("nobody listens at the address")
	ErrClosed       = mistakes.New("the connection is closed")
	ErrBlocks       = mistakes.New("the response has blocks that do not fit")
	ErrChanged      = mistakes.New("the representation changed each time its blocks were fetched")
	ErrBodyTooLarge = mistakes.New("the body of the response is too large")
)

const (
	// maxDatagram is the longest datagram that is read, in bytes.
	maxDatagram = 65_535
	// maxTrace bounds the datagrams that an Exchange tells.
	maxTrace = 4096
	// defaultMaxBody bounds the body of a response, in bytes.
	defaultMaxBody = 16 << 20
	// largestBlock is that of RFC 7959.
	largestBlock = 1024
	// responseWait is how long a response is awaited that is not bounded by a timeout and no longer by retransmissions:
	// MAX_TRANSMIT_WAIT of RFC 7252, section 4.8.2.
	responseWait = 93 * time.Second
	// maxRestarts bounds how often a transfer in blocks begins anew.
	maxRestarts = 3
)

// Transmission are the parameters of RFC 7252, section 4.8, of one exchange.
type Transmission struct {
	ACKTimeout      time.Duration
	ACKRandomFactor float64
	MaxRetransmit   int // 0: a message is sent once
}

// DefaultTransmission holds the values of RFC 7252.
var DefaultTransmission = Transmission{ACKTimeout: 2 * time.Second, ACKRandomFactor: 1.5, MaxRetransmit: 4}

// Request is a request to send. It and its slices are not modified until the exchange is over.
type Request struct {
	Code           codes.Code
	NonConfirmable bool
	// Token is that of the request; nil: one of four random bytes. One that is empty and not nil has no byte.
	Token message.Token
	// Options go as they are, brought into the order of their numbers. Block1, Block2, Size1, Observe and Echo are added
	// where they are needed and not there.
	Options message.Options
	Payload []byte
	// BlockSize is the size of the blocks that a longer payload goes out in: 16, 32, ..., 1024 bytes; 0: 1024.
	BlockSize int
	// EarlyNegotiation asks for blocks of BlockSize at once (RFC 7959, section 2.4).
	EarlyNegotiation bool
	// WithoutBlocks sends the payload in one message and fetches no later block of the response.
	WithoutBlocks bool
	// Transmission is nil for DefaultTransmission.
	Transmission *Transmission
	// Timeout bounds the whole exchange. 0 leaves it to the retransmissions, and to 93 s when they have ended or there are
	// none.
	Timeout time.Duration
	// MaxBody bounds the body of the response, in bytes; 0: 16 MB.
	MaxBody int
	// Progress is told of every block, on the goroutine that asks; it may be nil.
	Progress func(Progress)
}

// Progress is how far a transfer in blocks has come, in bytes.
type Progress struct {
	Sent, ToSend int
	Received     int
	ToReceive    int // 0: the server does not say (Size2)
}

// Datagram is one message as it passed.
type Datagram struct {
	At       time.Time
	Protocol record.Protocol // CoAP, or the form of a message over TCP or a WebSocket
	Outgoing bool
	Note     record.Note // Retransmitted, Duplicate or Malformed
	// Stray says that it came meanwhile and is of no exchange or observation: nobody asked with its token or message ID.
	Stray bool
	Data  []byte // never modified
}

// Exchange is what became of a request. What it holds belongs to who gets it.
type Exchange struct {
	// Answered is false if there is no response: of the next five fields only Token is set.
	Answered bool
	// Type is ACK if the response came with the acknowledgement (RFC 7252, section 5.2.1), Unset over TCP and WebSockets.
	Type    message.Type
	Code    codes.Code
	Token   message.Token
	Options message.Options // of the first block, in order of number
	Payload []byte          // of all blocks
	// Observed says that notifications will follow.
	Observed bool

	Sent time.Time     // the first datagram
	RTT  time.Duration // from the first message, as it was first sent, to what answers it
	Took time.Duration // of the whole exchange
	// Retransmissions counts messages sent again, Blocks the messages of a transfer in blocks, both ways.
	Retransmissions int
	Blocks          int
	Datagrams       []Datagram
	LeftOut         int // datagrams beyond those that are kept
}
