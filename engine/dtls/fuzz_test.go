package dtls

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"

	"sluice/engine/secure"
)

// nobody is a secure.Credentials that lets nobody in.
type nobody struct{}

func (nobody) ServerCertificate(string) (*tls.Certificate, error) {
	return nil, &secure.Refusal{Outcome: secure.NoServerCertificate}
}
func (nobody) Authorities() *x509.CertPool      { return x509.NewCertPool() }
func (nobody) VerifyClient([][]byte) error      { return &secure.Refusal{Outcome: secure.UnknownAuthority} }
func (nobody) PSK([]byte) (key []byte, ok bool) { return nil, false }
func (nobody) HasPSK() bool                     { return false }
func (nobody) Revoked(secure.Identity) bool     { return false }

// FuzzDatagram gives datagrams to a listener without a session, and to one that has one at the address they come from.
func FuzzDatagram(f *testing.F) {
	cookie := bytes.Repeat([]byte{1}, cookieLength)
	for _, seed := range [][]byte{
		testHello(f, 0, nil), testHello(f, 1, cookie), testHello(f, 1, nil)[:40],
		{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}, {20, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1},
		{25, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0, 2, 0, 0}, alertRecord(40, 3),
	} {
		f.Add(seed)
	}
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		f.Fatal(err)
	}
	l, err := newListener([]*net.UDPConn{udp}, Config{Credentials: nobody{}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = l.Close() })
	stranger := &route{flow: flow{remote: udp.LocalAddr().(*net.UDPAddr).AddrPort(), socket: l.sockets[0]}}
	began, _ := parseHello(testHello(f, 1, cookie))
	f.Fuzz(func(t *testing.T, b []byte) {
		now := time.Now()
		l.datagram(stranger, bytes.Clone(b), now)
		l.sockets[0].flush()
		for _, established := range []bool{false, true} {
			s := newSession(l, stranger, &began, now)
			s.established.Store(established)
			s.deliver(stranger, b)
			other := *stranger
			other.local = l.sockets[0].bound
			s.deliver(&other, b)
			s.renumber(bytes.Clone(b))
			s.cancel()
			for len(s.in) > 0 {
				p := <-s.in
				s.arrived.note(p.data)
				l.release(p)
			}
		}
		if r, _, ok := nextRecord(b); ok && isClientHello(r) {
			if h, ok := parseHello(r); ok {
				share(l.suites, h.suites, nil, true)
				if first, ok := parseHello(h.first()); !ok || len(first.cookie) > 0 || !bytes.Equal(first.random, h.random) {
					t.Errorf("the first ClientHello of %x is %x", b, h.first())
				}
				_, _, _ = noSharedCipher(l.suites, h.suites, nil).Detail, h.offeredVersions(), h.signatureSchemes()
			}
		}
	})
}
