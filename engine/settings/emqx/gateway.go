package emqx

import (
	"time"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

var (
	whyStats          = mistakes.New("statistics of every client are always kept")
	whyAuthentication = mistakes.New("users are kept under [access]; add them there")
)

// gatewayBlock takes what is under gateway.coap and reports whether it is there.
func (i *importer) gatewayBlock(root *node) bool {
	gateway := root.field("gateway")
	if gateway == nil || gateway.kind != object || gateway.field("coap") == nil {
		return false
	}
	for _, m := range root.fields {
		if m.value != gateway {
			i.skip(m.value, "is not of the CoAP gateway")
		}
	}
	for _, m := range gateway.fields {
		if m.name != "coap" {
			i.skip(m.value, "is not of the CoAP gateway")
		}
	}
	i.members(gateway.field("coap"), i.gatewayHandlers())
	return true
}

// enable says whether the gateway's listeners are wanted.
func (i *importer) enable(n *node) {
	on, err := readFlag(n)
	switch {
	case err != nil:
		i.skip(n, "%w", err)
	case on:
		i.note(n, Taken, "a gateway with a listener", nil)
	default:
		i.off = true
		i.dropListeners()
		i.note(n, Adjusted, "a gateway without a listener", mistakes.New("there is no other switch"))
	}
}

func (i *importer) gatewayHandlers() []handler {
	return []handler{
		{name: "enable", walk: i.enable},
		{name: "enable_stats", read: stats},
		{name: "idle_timeout", read: duration("gateway.idle_timeout", time.Millisecond, func(s *settings.Settings) *settings.Duration { return &s.Gateway.IdleTimeout })},
		{name: "connection_required", read: flag("gateway.connection_required", func(s *settings.Settings) *bool { return &s.Gateway.ConnectionRequired })},
		{name: "heartbeat", read: duration("gateway.heartbeat", time.Second, func(s *settings.Settings) *settings.Duration { return &s.Gateway.Heartbeat })},
		{name: "notify_type", read: textual("gateway.notify_type", func(s *settings.Settings) *settings.NotifyType { return &s.Gateway.NotifyType })},
		{name: "subscribe_qos", read: textual("gateway.subscribe_qos", func(s *settings.Settings) *settings.RequestQoS { return &s.Gateway.SubscribeQoS })},
		{name: "publish_qos", read: textual("gateway.publish_qos", func(s *settings.Settings) *settings.RequestQoS { return &s.Gateway.PublishQoS })},
		{name: "mountpoint", read: textual("gateway.mountpoint", func(s *settings.Settings) *string { return &s.Gateway.Mountpoint })},
		{name: "blockwise", walk: func(n *node) { i.members(n, blockwiseHandlers()) }},
		{name: "clientinfo_override", why: mistakes.New("the CoAP gateway of EMQX accepts it and does not use it")},
		{name: "authentication", why: whyAuthentication},
		{name: "listeners", walk: i.listeners},
	}
}

func blockwiseHandlers() []handler {
	return []handler{
		{name: "enable", read: flag("gateway.blockwise.enable", func(s *settings.Settings) *bool { return &s.Gateway.Blockwise.Enable })},
		{name: "max_block_size", read: integer("gateway.blockwise.max_block_size", func(s *settings.Settings) *int { return &s.Gateway.Blockwise.MaxBlockSize })},
		{name: "max_body_size", read: size("gateway.blockwise.max_body_size", func(s *settings.Settings) *settings.Size { return &s.Gateway.Blockwise.MaxBodySize })},
		{name: "exchange_lifetime", read: duration("gateway.blockwise.exchange_lifetime", time.Millisecond, func(s *settings.Settings) *settings.Duration { return &s.Gateway.Blockwise.ExchangeLifetime })},
	}
}

// stats is what a switch becomes that cannot be off here.
func stats(n *node) (change, error) {
	on, err := readFlag(n)
	switch {
	case err != nil:
		return change{}, err
	case on:
		return change{as: "what always is"}, nil
	}
	return change{}, whyStats
}
