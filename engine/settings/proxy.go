package settings

import (
	"cmp"
	"fmt"
	"time"
)

// Proxy is how the gateway asks devices and other servers on behalf of its clients.
type Proxy struct {
	// Reverse answers /rd-proxy/<ep>/<path> with the resource of the device that is registered as ep.
	Reverse bool `toml:"reverse"`
	// Forward answers requests with Proxy-Uri or Proxy-Scheme.
	Forward bool `toml:"forward"`
	// Allow lists what may be asked: SCHEME://HOST[:PORT], see ParseDestination. Devices that registered from the address
	// of their base are allowed in any case.
	Allow []string `toml:"allow"`
	// AllowLoopback and AllowLinkLocal permit addresses of this machine, and addresses that are good on one link only, to
	// be asked if Allow has them too.
	AllowLoopback  bool `toml:"allow_loopback"`
	AllowLinkLocal bool `toml:"allow_link_local"`
	// CA is a file with the certificates, in PEM form, that coaps servers are checked by; empty: those of the system.
	CA string `toml:"ca"`
	// Timeout is how long a server may take to answer.
	Timeout Duration `toml:"timeout"`
	// MaxCacheEntries and MaxCacheBytes bound the responses that are kept.
	MaxCacheEntries int  `toml:"max_cache_entries"`
	MaxCacheBytes   Size `toml:"max_cache_bytes"`
	// MaxObservers bounds the observers of resources of others.
	MaxObservers int `toml:"max_observers"`
}

func defaultProxy() Proxy { return Proxy{Reverse: true, Allow: []string{}}.WithDefaults() }

// WithDefaults returns p with the defaults of what is zero but for the switches.
func (p Proxy) WithDefaults() Proxy {
	p.Timeout = cmp.Or(p.Timeout, Duration(20*time.Second))
	p.MaxCacheEntries = cmp.Or(p.MaxCacheEntries, 10_000)
	p.MaxCacheBytes = cmp.Or(p.MaxCacheBytes, 32<<20)
	p.MaxObservers = cmp.Or(p.MaxObservers, 10_000)
	return p
}

func (d *decoder) proxy(path string, v any, p *Proxy) {
	d.table(path, v,
		field{"reverse", d.boolean(&p.Reverse)},
		field{"forward", d.boolean(&p.Forward)},
		field{"allow", func(path string, v any) {
			list(d, path, v, &p.Allow, func(path string, v any, to *string) { text(d, to)(path, v) })
		}},
		field{"allow_loopback", d.boolean(&p.AllowLoopback)},
		field{"allow_link_local", d.boolean(&p.AllowLinkLocal)},
		field{"ca", text(d, &p.CA)},
		field{"timeout", d.duration(&p.Timeout)},
		field{"max_cache_entries", d.integer(&p.MaxCacheEntries)},
		field{"max_cache_bytes", d.size(&p.MaxCacheBytes)},
		field{"max_observers", d.integer(&p.MaxObservers)},
	)
}

func (v *validator) proxy(p Proxy) {
	for i, s := range p.Allow {
		if _, err := ParseDestination(s); err != nil {
			v.problem(fmt.Sprintf("gateway.proxy.allow[%d]", i), "%q %w", s, err)
		}
	}
	v.duration("gateway.proxy.timeout", p.Timeout)
	const most = 100_000_000
	if p.MaxCacheEntries < 1 || p.MaxCacheEntries > most {
		v.problem("gateway.proxy.max_cache_entries", "is %d", p.MaxCacheEntries)
	}
	if p.MaxCacheBytes < 1 || p.MaxCacheBytes > maxBytes {
		v.problem("gateway.proxy.max_cache_bytes", "is %s", p.MaxCacheBytes)
	}
	if p.MaxObservers < 1 || p.MaxObservers > most {
		v.problem("gateway.proxy.max_observers", "is %d", p.MaxObservers)
	}
}
