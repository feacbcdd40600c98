package coap

import (
	"math"

	"github.com/plgd-dev/go-coap/v3/message"
)

const (
	// blockOptionSize is at most what a Block or Observe option takes in a message.
	blockOptionSize = 5
	// maxBERT bounds the payload of one message in BERT, so that it does not hold up what else the connection carries.
	maxBERT = 64 << 10
)

// blockPlan is how a payload to a peer goes.
type blockPlan struct {
	whole  int  // the longest payload that goes without blocks
	size   int  // of the blocks of a longer one; 0: there are none
	length int  // of the payload of one message: size, or a multiple of it in BERT
	bert   bool // the blocks are those of BERT
}

// plan is for the answer to a request: blocks are of the size that was asked for, but not larger than the endpoint's.
func (e *Endpoint) plan(x *exchange, options message.Options) blockPlan {
	if x.peer.reliable() {
		return x.peer.streamPlan(x.token, options, x.block2)
	}
	if e.config.DisableBlockwise {
		return blockPlan{whole: math.MaxInt}
	}
	size := e.config.MaxBlockSize
	if x.block2.size > 0 {
		size = min(size, x.block2.size)
	}
	if x.maxBlock > 0 {
		size = min(size, x.maxBlock)
	}
	return blockPlan{whole: size, size: size, length: size}
}

// notificationPlan is for a notification.
func (p *Peer) notificationPlan(rel *Relation, n *Notification) blockPlan {
	e := p.endpoint
	switch {
	case p.reliable():
		return p.streamPlan(rel.token(), n.Options, block{})
	case e.config.DisableBlockwise:
		return blockPlan{whole: math.MaxInt}
	}
	size := p.notificationBlock(headerSize + int(rel.tokenLength) + optionsLength(n.Options) + blockOptionSize)
	return blockPlan{whole: size, size: size, length: size}
}

// streamPlan lets a payload go whole where the peer takes that (RFC 8323, section 5.3), and in BERT before smaller
// blocks. asked is what the client asked for; asking shows that it takes blocks.
func (p *Peer) streamPlan(token message.Token, options message.Options, asked block) blockPlan {
	e, takes := p.endpoint, p.conn.takes()
	room := max(takes.messageSize-longestFrame(token, options)-2*blockOptionSize, 0)
	plan := blockPlan{whole: room}
	switch {
	case e.config.DisableBlockwise, !takes.blockwise && asked.size == 0:
	case takes.bert() && room >= bertSize && (asked.size == 0 || asked.bert):
		plan.size, plan.length, plan.bert = bertSize, min(room, maxBERT)/bertSize*bertSize, true
	default:
		size := e.config.MaxBlockSize
		if asked.size > 0 {
			size = min(size, asked.size)
		}
		for size > room {
			size /= 2
		}
		if size >= 16 {
			plan.size, plan.length = size, size
		}
	}
	return plan
}

// filled reports whether a payload is what a block is that others follow.
func (b block) filled(length int) bool {
	if b.bert {
		return length > 0 && length%bertSize == 0
	}
	return length == b.size
}
