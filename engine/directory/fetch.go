package directory

import (
	"context"
	"fmt"
	"time"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/coap"
	"sluice/engine/linkformat"
)

// Fetcher asks devices for what simple registration needs.
type Fetcher interface {
	// FetchLinks gets /.well-known/core of p in link format, whole, and how long that is fresh. It may be called from any
	// goroutine.
	FetchLinks(ctx context.Context, p *coap.Peer) (document []byte, maxAge time.Duration, err error)
}

// asking is the Fetcher that asks through the endpoint that heard the device.
type asking struct {
	maxBody int64 // bytes
}

// FetchLinks implements Fetcher.
func (a asking) FetchLinks(ctx context.Context, p *coap.Peer) ([]byte, time.Duration, error) {
	response, err := p.Endpoint().Do(ctx, coap.ToPeer(p), &coap.ClientRequest{
		Code: codes.GET,
		Options: message.Options{
			{ID: message.URIPath, Value: []byte(".well-known")},
			{ID: message.URIPath, Value: []byte("core")},
			{ID: message.Accept, Value: []byte{linkformat.ContentFormat}},
		},
		MaxBody: a.maxBody,
	})
	if err != nil {
		return nil, 0, err
	}
	if response.Code != codes.Content {
		return nil, 0, fmt.Errorf("it answers %d.%02d", response.Code>>5, response.Code&31)
	}
	if format, ok := response.Uint(message.ContentFormat); ok && format != linkformat.ContentFormat {
		return nil, 0, fmt.Errorf("it answers in Content-Format %d", format)
	}
	return response.Payload, response.MaxAge(), nil
}
