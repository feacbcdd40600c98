//go:build e2e

package e2e

import (
	"net"
	"net/netip"
	"sync"
	"testing"
)

// link carries datagrams between clients and a gateway and loses one of five in each direction: never two in a row, and
// of each client another one first, a request here and a response there.
type link struct {
	near    *net.UDPConn
	gateway *net.UDPAddr
	mu      sync.Mutex
	flows   map[netip.AddrPort]*flow
}

// flow is what passes between one client and the gateway.
type flow struct {
	number   int
	far      *net.UDPConn
	up, down int // datagrams so far
}

// lossyLink starts a link to a gateway and returns the URL that leads through it.
func lossyLink(t *testing.T, gateway *apart) string {
	t.Helper()
	address, err := net.ResolveUDPAddr("udp", "127.0.0.1:"+gateway.coap)
	must(t, err == nil, "%v", err)
	near, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	must(t, err == nil, "%v", err)
	l := &link{near: near, gateway: address, flows: map[netip.AddrPort]*flow{}}
	var carrying sync.WaitGroup
	carrying.Go(func() { l.carryUp(&carrying) })
	t.Cleanup(func() {
		_ = near.Close()
		l.mu.Lock()
		for _, f := range l.flows {
			_ = f.far.Close()
		}
		l.mu.Unlock()
		carrying.Wait()
	})
	return "coap://" + near.LocalAddr().String()
}

func (l *link) carryUp(carrying *sync.WaitGroup) {
	buf := make([]byte, 1<<16)
	for {
		n, client, err := l.near.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		l.mu.Lock()
		f, known := l.flows[client]
		if !known {
			far, err := net.DialUDP("udp", nil, l.gateway)
			if err != nil {
				l.mu.Unlock()
				return
			}
			f = &flow{number: len(l.flows), far: far}
			l.flows[client] = f
			carrying.Go(func() { l.carryDown(f, client) })
		}
		l.mu.Unlock()
		if f.up++; (f.up+f.number)%5 != 1 {
			_, _ = f.far.Write(buf[:n])
		}
	}
}

func (l *link) carryDown(f *flow, client netip.AddrPort) {
	buf := make([]byte, 1<<16)
	for {
		n, err := f.far.Read(buf)
		if err != nil {
			return
		}
		if f.down++; (f.down+f.number)%5 != 2 {
			_, _ = l.near.WriteToUDPAddrPort(buf[:n], client)
		}
	}
}
