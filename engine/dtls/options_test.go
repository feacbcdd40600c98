package dtls_test

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	pion "github.com/pion/dtls/v3"

	"sluice/engine/dtls"
	"sluice/engine/secure"
)

func TestWhoseOrderOfSuites(t *testing.T) {
	_, c := plant(t)
	c.keys = map[string]string{"lamp": "0123456789abcdef"}
	ours := []string{"TLS_PSK_WITH_AES_128_GCM_SHA256", "TLS_PSK_WITH_AES_128_CCM_8"}
	for own, want := range map[bool]string{false: ours[1], true: ours[0]} {
		s := serve(t, dtls.Config{Credentials: c, CipherSuites: ours, OwnOrder: own})
		mustTalk(t, s.mustDial(withPSK("lamp", "0123456789abcdef", pion.TLS_PSK_WITH_AES_128_CCM_8, pion.TLS_PSK_WITH_AES_128_GCM_SHA256)...), "hello")
		if got := s.conn().Identity().CipherSuite; got != want {
			t.Errorf("own order %v: %s, want %s", own, got, want)
		}
	}
}

// rememberedSessions is what a client takes sessions up by.
type rememberedSessions struct{ ids [][]byte }

func (r *rememberedSessions) Set(_ []byte, s pion.Session) error {
	r.ids = append(r.ids, s.ID)
	return nil
}
func (r *rememberedSessions) Get([]byte) (pion.Session, error) { return pion.Session{}, nil }
func (r *rememberedSessions) Del([]byte) error                 { return nil }

func TestWhatMayBeDisabled(t *testing.T) {
	_, c := plant(t)
	c.keys = map[string]string{"lamp": "0123456789abcdef"}
	for _, disabled := range []bool{false, true} {
		s := serve(t, dtls.Config{Credentials: c, DisableConnectionID: disabled, DisableResumption: disabled})
		remembered := &rememberedSessions{}
		conn := s.mustDial(append(withPSK("lamp", "0123456789abcdef"), pion.WithSessionStore(remembered),
			pion.WithConnectionIDGenerator(pion.OnlySendCIDGenerator()))...)
		mustTalk(t, conn, "hello")
		if got := len(remembered.ids) > 0 && len(remembered.ids[0]) > 0; got == disabled {
			t.Errorf("disabled %v: the client remembers %x", disabled, remembered.ids)
		}
	}
}

// TestWhoMayBegin: an address that is not let in gets no answer, one that is too many an entry among the handshakes.
func TestWhoMayBegin(t *testing.T) {
	a, c := plant(t)
	var denied, full atomic.Bool // full for one of them
	s := serve(t, dtls.Config{
		Credentials: c, Admits: func(netip.Addr) bool { return !denied.Load() },
		MayBegin: func() bool { return !full.CompareAndSwap(true, false) },
	})
	mustTalk(t, s.mustDial(trusting(a)...), "hello")
	if h := s.handshake(); h.Outcome != secure.Accepted {
		t.Errorf("%+v", h)
	}
	full.Store(true)
	mustTalk(t, s.mustDial(trusting(a)...), "hello") // after a retransmission
	if h := s.handshake(); h.Outcome != secure.TooMany {
		t.Errorf("%+v", h)
	}
	denied.Store(true)
	before := s.Stats()
	done := make(chan error, 1)
	go func() {
		_, err := s.dial(trusting(a)...)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a denied address has a session")
		}
	case <-time.After(time.Second):
	}
	if after := s.Stats(); after.Cookies != before.Cookies || after.Begun != before.Begun {
		t.Errorf("%+v after %+v", after, before)
	}
	denied.Store(false)
	<-done
}
