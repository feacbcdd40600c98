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
			VerifyAddresses:  VerifyRemote,
			Leisure:          Duration(5 * time.Second),
			NodeName:         "sluice@127.0.0.1",
			EMQX4:            EMQX4{AuthenticationFailure: Unauthorized},
			IETF:             defaultIETF(),
			Blockwise: Blockwise{
				Enable:           true,
				MaxBlockSize:     1024,
				MaxBodySize:      4 << 20,
				ExchangeLifetime: Duration(247 * time.Second),
			},
			Directory: defaultDirectory(),
			Limits: Limits{
				MaxPeers:                100_000,
				MaxExchangesPerPeer:     4096,
				MaxExchanges:            2 << 20,
				MaxReplyBytesPerPeer:    256 << 10,
				MaxReplyBytes:           128 << 20,
				MaxTransfersPerPeer:     8,
				MaxTransferBytesPerPeer: 16 << 20,
				MaxTransferBytes:        64 << 20,
				MaxObserversPerPeer:     1024,
				MaxObservers:            200_000,
				MaxNotificationsPerPeer: 100,
				MaxMulticastAnswers:     1000,
				MaxSessions:             1_024_000,
				MaxObserversPerSession:  1024,
				MaxResources:            100_000,
				MaxResourceBytes:        256 << 20,
				MaxLogins:               1024,
				MaxLoginsPerPeer:        32,
				MaxCallsPerPeer:         64,
				MaxCalls:                16_384,
			},
			Transmission: Transmission{
				ACKTimeout:      Duration(2 * time.Second),
				ACKRandomFactor: 1.5,
				MaxRetransmit:   4,
				ProcessingDelay: Duration(time.Second),
				NStart:          1,
			},
			Proxy: defaultProxy(),
		},
		Listeners: []Listener{
			{Bind: "coap://127.0.0.1:5683", Dialect: DialectAuto},
			{Bind: "mqtt://127.0.0.1:1883"},
			{Bind: "ws://127.0.0.1:8083"},
		},
		Access: Access{Anonymous: true, ClientID: AnyClientID},
	}
}
