package settings

import "fmt"

// Limits bounds what each CoAP listener, and from MaxSessions on the gateway behind all of them, keeps and does. What
// happens at a bound is said where it is enforced (package coap, Limits); reaching one is counted and shown.
type Limits struct {
	// MaxPeers is how many addresses are known at a time.
	MaxPeers int `toml:"max_peers"`
	// MaxExchangesPerPeer and MaxExchanges are the messages remembered to recognise duplicates.
	MaxExchangesPerPeer int `toml:"max_exchanges_per_peer"`
	MaxExchanges        int `toml:"max_exchanges"`
	// MaxReplyBytesPerPeer and MaxReplyBytes are kept to answer duplicates.
	MaxReplyBytesPerPeer Size `toml:"max_reply_bytes_per_peer"`
	MaxReplyBytes        Size `toml:"max_reply_bytes"`
	// MaxTransfersPerPeer are bodies that come or go in blocks, in each direction.
	MaxTransfersPerPeer int `toml:"max_transfers_per_peer"`
	// MaxTransferBytesPerPeer and MaxTransferBytes are kept of such bodies, in each direction, and of those that wait to be
	// notified; of one peer at least one body of Blockwise.MaxBodySize.
	MaxTransferBytesPerPeer Size `toml:"max_transfer_bytes_per_peer"`
	MaxTransferBytes        Size `toml:"max_transfer_bytes"`
	// MaxObserversPerPeer and MaxObservers are observe relations.
	MaxObserversPerPeer int `toml:"max_observers_per_peer"`
	MaxObservers        int `toml:"max_observers"`
	// MaxNotificationsPerPeer wait for the acknowledgement of another.
	MaxNotificationsPerPeer int `toml:"max_notifications_per_peer"`
	// MaxRequestsPerSecondPerPeer and MaxRequestsPerSecond are answered 4.29 and 5.03 beyond; 0: no limit.
	MaxRequestsPerSecondPerPeer int `toml:"max_requests_per_second_per_peer"`
	MaxRequestsPerSecond        int `toml:"max_requests_per_second"`
	// MaxMulticastAnswers wait for their leisure; one more is not given.
	MaxMulticastAnswers int `toml:"max_multicast_answers"`
	// MaxSessions are clients, of whatever mode; one more is refused.
	MaxSessions int `toml:"max_sessions"`
	// MaxObserversPerSession are observations of one client, from whatever address; one more is answered 5.03.
	MaxObserversPerSession int `toml:"max_observers_per_session"`
	// MaxResources and MaxResourceBytes are the values that emqx4 keeps; one more is answered 5.03.
	MaxResources     int  `toml:"max_resources"`
	MaxResourceBytes Size `toml:"max_resource_bytes"`
	// MaxLogins are addresses whose password waits to be checked, and MaxLoginsPerPeer requests of one that wait meanwhile;
	// one more is answered 5.03.
	MaxLogins        int `toml:"max_logins"`
	MaxLoginsPerPeer int `toml:"max_logins_per_peer"`
	// MaxCallsPerPeer and MaxCalls are requests of the gateway itself to a device, and observations there, that are not done.
	MaxCallsPerPeer int `toml:"max_calls_per_peer"`
	MaxCalls        int `toml:"max_calls"`
}

// Transmission are the transmission parameters of RFC 7252, section 4.8.
type Transmission struct {
	ACKTimeout      Duration `toml:"ack_timeout"`
	ACKRandomFactor float64  `toml:"ack_random_factor"`
	MaxRetransmit   int      `toml:"max_retransmit"`
	// ProcessingDelay is how long an answer may take before the request is acknowledged and the answer becomes a separate
	// response.
	ProcessingDelay Duration `toml:"processing_delay"`
	// NStart is how many requests of the gateway itself to one device await their answer at a time.
	NStart int `toml:"nstart"`
}

const (
	maxCount = 100_000_000
	maxBytes = 64 * gigabyte
)

// limit is one number of Limits.
type limit struct {
	name  string
	count *int
	bytes *Size
	least int64
}

// all lists the limits under the names of the settings file.
func (l *Limits) all() []limit {
	return []limit{
		{"max_peers", &l.MaxPeers, nil, 1},
		{"max_exchanges_per_peer", &l.MaxExchangesPerPeer, nil, 1},
		{"max_exchanges", &l.MaxExchanges, nil, 1},
		{"max_reply_bytes_per_peer", nil, &l.MaxReplyBytesPerPeer, 1},
		{"max_reply_bytes", nil, &l.MaxReplyBytes, 1},
		{"max_transfers_per_peer", &l.MaxTransfersPerPeer, nil, 1},
		{"max_transfer_bytes_per_peer", nil, &l.MaxTransferBytesPerPeer, 1},
		{"max_transfer_bytes", nil, &l.MaxTransferBytes, 1},
		{"max_observers_per_peer", &l.MaxObserversPerPeer, nil, 1},
		{"max_observers", &l.MaxObservers, nil, 1},
		{"max_notifications_per_peer", &l.MaxNotificationsPerPeer, nil, 1},
		{"max_requests_per_second_per_peer", &l.MaxRequestsPerSecondPerPeer, nil, 0},
		{"max_requests_per_second", &l.MaxRequestsPerSecond, nil, 0},
		{"max_multicast_answers", &l.MaxMulticastAnswers, nil, 1},
		{"max_sessions", &l.MaxSessions, nil, 1},
		{"max_observers_per_session", &l.MaxObserversPerSession, nil, 1},
		{"max_resources", &l.MaxResources, nil, 1},
		{"max_resource_bytes", nil, &l.MaxResourceBytes, 1},
		{"max_logins", &l.MaxLogins, nil, 1},
		{"max_logins_per_peer", &l.MaxLoginsPerPeer, nil, 1},
		{"max_calls_per_peer", &l.MaxCallsPerPeer, nil, 1},
		{"max_calls", &l.MaxCalls, nil, 1},
	}
}

func (d *decoder) limits(path string, v any, l *Limits) {
	var fields []field
	for _, one := range l.all() {
		set := d.integer(one.count)
		if one.bytes != nil {
			set = d.size(one.bytes)
		}
		fields = append(fields, field{one.name, set})
	}
	d.table(path, v, fields...)
}

func (d *decoder) transmission(path string, v any, t *Transmission) {
	d.table(path, v,
		field{"ack_timeout", d.duration(&t.ACKTimeout)},
		field{"ack_random_factor", d.number(&t.ACKRandomFactor)},
		field{"max_retransmit", d.integer(&t.MaxRetransmit)},
		field{"processing_delay", d.duration(&t.ProcessingDelay)},
		field{"nstart", d.integer(&t.NStart)},
	)
}

func (d *decoder) number(to *float64) func(string, any) {
	return func(path string, v any) {
		switch v := v.(type) {
		case float64:
			*to = v
		case int64:
			*to = float64(v)
		default:
			d.problem(path, "is %s", kind(v))
		}
	}
}

func (v *validator) limits(key string, l Limits) {
	for _, one := range l.all() {
		switch {
		case one.count != nil && (int64(*one.count) < one.least || *one.count > maxCount):
			v.problem(key+"."+one.name, "is %d", *one.count)
		case one.bytes != nil && (int64(*one.bytes) < one.least || *one.bytes > maxBytes):
			v.problem(key+"."+one.name, "is %s", *one.bytes)
		}
	}
}

func (v *validator) transmission(key string, t Transmission) {
	v.duration(key+".ack_timeout", t.ACKTimeout)
	if !(t.ACKRandomFactor >= 1 && t.ACKRandomFactor <= 10) {
		v.problem(key+".ack_random_factor", "is %s", fmt.Sprint(t.ACKRandomFactor))
	}
	if t.MaxRetransmit < 1 || t.MaxRetransmit > 10 {
		v.problem(key+".max_retransmit", "is %d", t.MaxRetransmit)
	}
	v.duration(key+".processing_delay", t.ProcessingDelay)
	if t.NStart < 1 || t.NStart > 100 {
		v.problem(key+".nstart", "is %d", t.NStart)
	}
}
