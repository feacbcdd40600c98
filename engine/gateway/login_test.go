package gateway

import (
	"fmt"
	"testing"

	"sluice/engine/access"
	"sluice/engine/settings"
)

// gated is an access control whose hashing waits for the test.
type gated struct {
	*access.Control
	begun, proceed chan struct{}
}

func (g *gated) Authenticate(l access.Login) access.Verdict {
	g.begun <- struct{}{}
	<-g.proceed
	return g.Control.Authenticate(l)
}

func newGated(t *testing.T, d settings.Dialect) (*world, *gated) {
	a := settings.Default().Access
	users(nil, &a)
	g := &gated{control(a), make(chan struct{}), make(chan struct{})}
	return newWorld(t, d, func(c *Config, _ *settings.Access) { c.Access = g }), g
}

func TestHashingDoesNotHoldUpOthers(t *testing.T) {
	w, g := newGated(t, settings.DialectAuto)
	a, b := w.device("a"), w.device("b")
	create := a.send("POST mqtt/connection?clientid=1&username=admin&password=public")
	<-g.begun
	if got := b.ask("GET foo"); got != "4.04" {
		t.Errorf("answer %s", got)
	}
	close(g.proceed)
	answer, ok := a.answer(create)
	if !ok || answer.Code != 65 {
		t.Errorf("answer %s", text(&answer))
	}
}

// What a peer sends while its password is checked is served after that, in order.
func TestRequestsOfAPeerKeepTheirOrder(t *testing.T) {
	w, g := newGated(t, settings.DialectEMQX4)
	a := w.device("a")
	a.send("NON PUT mqtt/t?c=1&u=admin&p=public : 0")
	<-g.begun
	const more = 20
	for i := 1; i <= more; i++ {
		a.send(fmt.Sprintf("NON PUT mqtt/t?c=1&u=admin&p=public : %d", i))
	}
	a.silent() // all have been read
	close(g.proceed)
	until(t, "all are published", func() bool {
		return len(w.broker.messages()) == more+1
	})
	for i, m := range w.broker.messages() {
		if string(m.Payload) != fmt.Sprint(i) {
			t.Errorf("message %d is %q", i, m.Payload)
		}
	}
	if got := a.ask("PUT mqtt/t?c=1&u=admin&p=public : at once again"); got != "2.04" {
		t.Errorf("answer %s", got)
	}
}

func TestTooManyRequestsThatWait(t *testing.T) {
	w, g := newGated(t, settings.DialectEMQX4)
	a := w.device("a")
	a.send("NON PUT mqtt/t?c=1&u=admin&p=public : 0")
	<-g.begun
	for range settings.Default().Gateway.Limits.MaxLoginsPerPeer - 1 {
		a.send("NON PUT mqtt/t?c=1&u=admin&p=public : 1")
	}
	if got := a.ask("PUT mqtt/t?c=1&u=admin&p=public : one too many"); got != "5.03" {
		t.Errorf("answer %s", got)
	}
	close(g.proceed)
	until(t, "the others are published", func() bool {
		return len(w.broker.messages()) == settings.Default().Gateway.Limits.MaxLoginsPerPeer
	})
}

// A device that keeps guessing takes its turn with those who log in for the first time.
func TestGuessingDoesNotHoldUpOtherLogins(t *testing.T) {
	w, g := newGated(t, settings.DialectEMQX4)
	const guesses = 4
	workers := loginWorkers()
	for i := range workers {
		eve := w.device(fmt.Sprint("eve", i))
		for n := range guesses {
			eve.send(fmt.Sprintf("NON PUT mqtt/t?c=eve&u=admin&p=guess-%d-%d : 1", i, n))
		}
		<-g.begun
		eve.silent() // all have been read
	}
	anna := w.device("anna")
	anna.send("NON PUT mqtt/t?c=anna&u=admin&p=public : 1")
	anna.silent()
	defer func() {
		close(g.proceed)
		for range workers*guesses + 1 - 3*workers {
			<-g.begun
		}
	}()
	for range 2 * workers { // what is being hashed, then once more for each worker
		g.proceed <- struct{}{}
		<-g.begun
	}
	until(t, "her message is published", func() bool { return len(w.broker.messages()) == 1 })
}

// What waits when the gateway closes is answered.
func TestClosingAnswersWhatWaits(t *testing.T) {
	w, g := newGated(t, settings.DialectEMQX4)
	var names []string
	for i := range loginWorkers() + 1 {
		name := fmt.Sprint(i)
		names = append(names, name)
		w.device(name).send("PUT mqtt/t?u=admin&p=public&c=" + name + " : 1")
		if i < loginWorkers() {
			<-g.begun
		}
	}
	last := w.device(names[len(names)-1])
	last.silent() // its request waits
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = w.gateway.Close()
	}()
	<-w.gateway.closing
	close(g.proceed)
	<-closed
	for _, name := range names {
		d := w.device(name)
		if _, ok := d.answer(d.first); !ok {
			t.Errorf("%s is not answered", name)
		}
	}
}

func TestDigest(t *testing.T) {
	d := newDigester()
	seen := make(map[digest]string)
	for _, c := range []struct{ username, password []byte }{
		{nil, nil}, {[]byte{}, nil}, {nil, []byte{}}, {[]byte("a"), []byte("b")}, {[]byte("ab"), nil}, {nil, []byte("ab")},
		{[]byte("ab"), []byte{}},
	} {
		name := fmt.Sprintf("%q %q", c.username, c.password)
		sum := d.of(c.username, c.password)
		if other, taken := seen[sum]; taken {
			t.Errorf("%s and %s are the same", name, other)
		}
		if sum != d.of(c.username, c.password) {
			t.Errorf("%s differs from itself", name)
		}
		seen[sum] = name
	}
	if newDigester().of(nil, nil) == d.of(nil, nil) {
		t.Error("two gateways have the same key")
	}
}
