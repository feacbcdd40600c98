package demonstration

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"sluice/engine"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

const (
	// commandEvery is how often the controller tells the lamp something.
	commandEvery = 2 * time.Second
	// againAfter is how long a client waits before it connects again.
	againAfter = time.Second
	// patience is how long it waits for the broker.
	patience = 5 * time.Second
)

// errNoMQTT says that no listener is open that the dashboard could connect to.
var errNoMQTT = mistakes.New("no mqtt listener is open")

// listen starts the MQTT clients, or lets the engine observe where they have no listener.
func (d *Demonstration) listen(ctx context.Context) {
	if _, err := d.address(); err != nil {
		if id, err := d.engine.ObserveTopic(d.below + "#"); err == nil {
			d.mu.Lock()
			d.observation = id
			d.mu.Unlock()
		}
		return
	}
	d.mu.Lock()
	d.dashboard = true
	d.mu.Unlock()
	d.working.Go(func() { d.keep(ctx, Prefix+"dashboard", d.below+"#", nil) })
	d.working.Go(func() { d.keep(ctx, Prefix+"controller", d.below+"+/contact", d.control) })
}

// address is that of the first open listener for MQTT.
func (d *Demonstration) address() (string, error) {
	for _, l := range d.engine.Status().Listeners {
		if l.Scheme != "mqtt" || l.Err != nil {
			continue
		}
		if at, err := netip.ParseAddrPort(l.Addr); err == nil {
			return engine.Loopback(at), nil
		}
	}
	return "", errNoMQTT
}

// keep has a client connected until ctx ends; while it is, beside does what the client does besides listening.
func (d *Demonstration) keep(ctx context.Context, id, filter string, beside func(context.Context, *paho.Client)) {
	for ctx.Err() == nil {
		// The gateway may be restarting: the next time is another one.
		_ = d.connect(ctx, id, filter, beside)
		select {
		case <-ctx.Done():
		case <-time.After(againAfter):
		}
	}
}

func (d *Demonstration) connect(ctx context.Context, id, filter string, beside func(context.Context, *paho.Client)) error {
	address, err := d.address()
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", address)
	if err != nil {
		return mistakes.Errorf("connect %s: %w", id, err)
	}
	defer conn.Close()
	client := paho.NewClient(paho.ClientConfig{Conn: conn, PacketTimeout: patience,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			d.hear(p.Packet)
			return true, nil
		}}})
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	hello := &paho.Connect{ClientID: id, CleanStart: true, KeepAlive: 30}
	if d.password != "" {
		hello.Username, hello.UsernameFlag, hello.Password, hello.PasswordFlag = Username, true, []byte(d.password), true
	}
	if _, err := client.Connect(waiting, hello); err != nil {
		return mistakes.Errorf("connect %s: %w", id, err)
	}
	defer client.Disconnect(&paho.Disconnect{})
	if _, err := client.Subscribe(waiting, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: filter}}}); err != nil {
		return mistakes.Errorf("subscribe %s: %w", id, err)
	}
	if beside != nil {
		beside(ctx, client)
	}
	select {
	case <-ctx.Done():
	case <-client.Done():
	}
	return nil
}

// hear remembers what the door said.
func (d *Demonstration) hear(p *paho.Publish) {
	if strings.HasSuffix(p.Topic, "/contact") {
		d.mu.Lock()
		d.contact = string(p.Payload)
		d.mu.Unlock()
	}
}

// control tells the lamp to be bright while the door is open, and dim otherwise, a little different each time.
func (d *Demonstration) control(ctx context.Context, client *paho.Client) {
	tick := time.NewTicker(commandEvery)
	defer tick.Stop()
	for level := 0; ; level = (level + 5) % 40 {
		select {
		case <-ctx.Done():
			return
		case <-client.Done():
			return
		case <-tick.C:
		}
		d.mu.Lock()
		open := d.contact == "open"
		d.mu.Unlock()
		at := level
		if open {
			at += 60
		}
		for _, o := range d.engine.Observers() {
			if strings.HasPrefix(o.Client, Prefix+"lamp-") && strings.HasSuffix(o.Filter, "/command") {
				// A command that is lost is followed by another one.
				_, _ = client.Publish(ctx, &paho.Publish{Topic: o.Filter, Payload: fmt.Appendf(nil, `{"on": %t, "level": %d}`, open, at)})
			}
		}
	}
}

// mountpointOf is what is put before the topics of devices: that of the first listener that has one of its own, or that of
// the gateway.
func mountpointOf(s settings.Settings) string {
	for _, l := range s.Listeners {
		if scheme, _, _, err := l.Split(); err == nil && scheme == "coap" && l.Mountpoint != nil {
			return *l.Mountpoint
		}
	}
	return s.Gateway.Mountpoint
}

var placeholder = regexp.MustCompile(`[^/]*\$\{[^}]*\}[^/]*`)

// topicsBelow begins the filters of the topics of a demonstration below a mountpoint, whose placeholders stand for a level
// each.
func topicsBelow(mountpoint string) string {
	return placeholder.ReplaceAllString(mountpoint, "+") + root + "/"
}
