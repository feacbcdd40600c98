//go:build !windows

package client

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/pion/dtls/v3"
)

func TestWhyAServerIsNotReached(t *testing.T) {
	dialError := func(err error) error { return &net.OpError{Op: "dial", Net: "udp", Err: err} }
	for _, c := range []struct {
		said error
		want error
	}{
		{dialError(&net.DNSError{Err: "no such host", Name: "nowhere.example", IsNotFound: true}), ErrNoHost},
		{dialError(&net.DNSError{Err: "i/o timeout", Name: "nowhere.example", IsTimeout: true}), ErrNameServer},
		{dialError(os.NewSyscallError("connect", syscall.ECONNREFUSED)), ErrRefused},
		{dialError(os.NewSyscallError("connect", syscall.ENETUNREACH)), ErrNoRoute},
		{dialError(os.NewSyscallError("sendto", syscall.EHOSTUNREACH)), ErrNoRoute},
	} {
		got := unreached(c.said)
		if !errors.Is(got, c.want) || strings.Contains(got.Error(), "dial") {
			t.Errorf("%v: %v", c.said, got)
		}
	}
}

func TestAHandshakeThatIsRefused(t *testing.T) {
	certificate, _ := certificate(t, "server")
	demanding := serveDTLS(t, dtls.WithCertificates(certificate), dtls.WithClientAuth(dtls.RequireAnyClientCert))
	_, err := Dial(t.Context(), "coaps", demanding, Config{Security: &Security{SkipVerify: true}})
	var alert *AlertError
	if !errors.As(err, &alert) || !strings.Contains(err.Error(), "the server refused the handshake: ") {
		t.Errorf("%v", err)
	}
}
