package client

import (
	"context"

	"github.com/plgd-dev/go-coap/v3/message"

	"sluice/engine/mistakes"
)

// Renew registers the observation once more under its token (RFC 7641, section 3.3.1): a server that has lost it makes it
// anew, one that has it goes on. The response is not handed to notify. If the server does not grant it any more, the
// observation has ended.
func (o *Observation) Renew(ctx context.Context) (*Exchange, error) {
	o.conn.mu.Lock()
	ended := o.ending != 0 || o.ctx.Err() != nil
	o.conn.mu.Unlock()
	if ended {
		return &Exchange{}, mistakes.Errorf("renewing an observation: %w", context.Canceled)
	}
	r := o.request
	r.Token, r.Options = o.token, withObserve(without(r.Options, message.Observe), nil)
	x, err := o.conn.Do(ctx, &r)
	if _, granted := find(x.Options, message.Observe); err == nil && (!granted || x.Code>>5 != 2) {
		o.remove()
		o.finish()
	}
	return x, err
}
