package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	pion "github.com/pion/dtls/v3"
	"github.com/plgd-dev/go-coap/v3/dtls"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"
	"github.com/plgd-dev/go-coap/v3/message/pool"
	coapnet "github.com/plgd-dev/go-coap/v3/net"
	"github.com/plgd-dev/go-coap/v3/net/responsewriter"
	"github.com/plgd-dev/go-coap/v3/options"
	"github.com/plgd-dev/go-coap/v3/udp/client"
)

// handshaking is how many clients make handshakes at a time.
const handshaking = 8

// handshakes prints how many handshakes of DTLS are made in a second beside a server that does nothing else, and what a
// flood of them does to clients that are there.
func handshakes(seconds, rounds, flooded int) error {
	c, err := newCredentials()
	if err != nil {
		return err
	}
	fmt.Printf("DTLS handshakes a second, %d clients at a time (median of %d runs of %d s)\n", handshaking, rounds, seconds)
	for _, kind := range []struct {
		name    string
		options []pion.ClientOption
	}{{"PSK, CCM_8", withPSK(pskKey)}, {"ECDSA P-256, CCM_8", c.withECDSA()}} {
		contenders := []contender{{"plain pion/dtls v3", c.startPion}, {"Sluice", c.startSluice}, {"go-coap v3", c.startGoCoAP}}
		rates := make([][]float64, len(contenders))
		for range rounds {
			for i, contender := range contenders {
				rate, err := contender.handshakes(kind.options, seconds)
				if err != nil {
					return fmt.Errorf("%s: %w", contender.name, err)
				}
				rates[i] = append(rates[i], rate)
			}
		}
		for i, contender := range contenders {
			m := median(rates[i])
			fmt.Printf("  %-20s %-20s %7.0f/s  %5.2f of plain pion\n", kind.name, contender.name, m, m/median(rates[0]))
		}
	}
	fmt.Println()
	return c.flood(flooded)
}

// handshakes returns how many are made in a second, each by a new client that goes away at once.
func (c contender) handshakes(options []pion.ClientOption, seconds int) (float64, error) {
	srv, err := c.start()
	if err != nil {
		return 0, err
	}
	defer settle()
	defer srv.stop()
	var mu sync.Mutex
	var failed error
	made := 0
	var clients sync.WaitGroup
	began := time.Now()
	for range handshaking {
		clients.Go(func() {
			for time.Since(began) < time.Duration(seconds)*time.Second {
				err := comeAndGo(srv.addr, options)
				mu.Lock()
				made++
				if err != nil {
					failed = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	clients.Wait()
	return float64(made) / time.Since(began).Seconds(), failed
}

func comeAndGo(addr string, options []pion.ClientOption) error {
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	defer socket.Close()
	conn, err := dialDTLS(socket, addr, options)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (c *credentials) startSluice() (server, error) {
	e, err := startSecure(c)
	if err != nil {
		return server{}, err
	}
	return server{addr: e.Status().Listeners[1].Addr, stop: func() { _ = e.Close() }}, nil
}

// serving are the options of a server that is pion's own.
func (c *credentials) serving() []pion.ServerOption {
	return []pion.ServerOption{
		givePSK(pskKey), pion.WithCertificates(c.server),
		pion.WithCipherSuites(pion.TLS_PSK_WITH_AES_128_CCM_8, pion.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8),
	}
}

// startPion makes handshakes and reads until the client is gone.
func (c *credentials) startPion() (server, error) {
	l, err := pion.ListenWithOptions("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, c.serving()...)
	if err != nil {
		return server{}, fmt.Errorf("bind: %w", err)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				if conn.(*pion.Conn).HandshakeContext(ctx) == nil {
					_, _ = conn.Read(make([]byte, 2048))
				}
			}()
		}
	}()
	return server{addr: l.Addr().String(), stop: func() { _ = l.Close() }}, nil
}

func (c *credentials) startGoCoAP() (server, error) {
	l, err := coapnet.NewDTLSListener("udp4", "127.0.0.1:0", coapnet.NewDTLSServerOptions(c.serving()...))
	if err != nil {
		return server{}, fmt.Errorf("bind: %w", err)
	}
	s := dtls.NewServer(options.WithErrors(func(error) {}),
		options.WithHandlerFunc(func(w *responsewriter.ResponseWriter[*client.Conn], _ *pool.Message) {
			_ = w.SetResponse(codes.Changed, message.TextPlain, bytes.NewReader(nil))
		}))
	go func() { _ = s.Serve(l) }()
	return server{addr: l.Addr().String(), stop: func() {
		s.Stop()
		_ = l.Close()
	}}, nil
}
