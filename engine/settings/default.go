package settings

import "time"

// Default returns the settings of a fresh installation. Everything listens on loopback only.
func Default() Settings {
	return Settings{
		Gateway: Gateway{
			Heartbeat:       Duration(30 * time.Second),
			IdleTimeout:     Duration(30 * time.Second),
			NotifyType:      NotifyQoS,
			SubscribeQoS:    QoSCoAP,
			PublishQoS:      QoSCoAP,
			ObserveSequence: SequenceClock,

			ResetEndsObserve: true,
			NodeName:         "sluice@127.0.0.1",
			EMQX4:            EMQX4{AuthenticationFailure: Unauthorized},
			Blockwise: Blockwise{
				Enable:           true,
				MaxBlockSize:     1024,
				MaxBodySize:      4 << 20,
				ExchangeLifetime: Duration(247 * time.Second),
			},
			Directory: defaultDirectory(),
		},
		Listeners: []Listener{
			{Bind: "coap://127.0.0.1:5683", Dialect: DialectAuto},
			{Bind: "mqtt://127.0.0.1:1883"},
			{Bind: "ws://127.0.0.1:8083"},
		},
		Access: Access{Anonymous: true},
	}
}
