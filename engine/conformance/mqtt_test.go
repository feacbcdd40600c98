package conformance

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/eclipse/paho.golang/paho"
)

// client is an MQTT 5 client and what it received.
type client struct {
	conn  net.Conn
	paho  *paho.Client
	inbox chan *paho.Publish
	gone  chan struct{} // closed when the broker ends the connection
}

// client returns the MQTT client of a name, connected with that as client ID.
func (w *world) client(name string) (*client, error) {
	if c := w.clients[name]; c != nil {
		return c, nil
	}
	addr, err := w.addr("mqtt", 0)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, inbox: make(chan *paho.Publish, 1000), gone: make(chan struct{})}
	c.paho = paho.NewClient(paho.ClientConfig{
		Conn: conn,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			c.inbox <- p.Packet
			return true, nil
		}},
		OnClientError:      func(error) { close(c.gone) },
		OnServerDisconnect: func(*paho.Disconnect) { close(c.gone) },
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	connect := &paho.Connect{ClientID: name, CleanStart: true, KeepAlive: 30}
	if !w.settings.Access.Anonymous { // see account
		connect.Username, connect.UsernameFlag = "tom", true
		connect.Password, connect.PasswordFlag = []byte("secret"), true
	}
	if _, err := c.paho.Connect(ctx, connect); err != nil {
		return nil, fmt.Errorf("connect MQTT client %s: %w", name, err)
	}
	w.clients[name] = c
	return c, nil
}

func (c *client) subscribe(filter string, qos byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := c.paho.Subscribe(ctx, &paho.Subscribe{
		Subscriptions: []paho.SubscribeOptions{{Topic: filter, QoS: qos, RetainAsPublished: true}},
	})
	return err
}

// publish returns when the message has reached everybody: the broker acknowledges it before, and what follows after.
func (c *client) publish(p *paho.Publish) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := c.paho.Publish(ctx, p); err != nil {
		return err
	}
	_, err := c.paho.Unsubscribe(ctx, &paho.Unsubscribe{Topics: []string{"nothing"}})
	return err
}

// listen does a step of an MQTT client.
func (w *world) listen(c *client, what string) error {
	verb, rest, _ := strings.Cut(what, " ")
	switch verb {
	case "subscribes":
		filter, q, given := strings.Cut(rest, " q")
		qos := byte(2)
		if given {
			qos = q[0] - '0'
		}
		return c.subscribe(filter, qos)
	case "publishes":
		head, payload, _ := strings.Cut(rest, " : ")
		words := strings.Fields(head)
		p := &paho.Publish{Topic: words[0], QoS: 1, Payload: pattern(payload)}
		for _, word := range words[1:] {
			switch name, value, _ := strings.Cut(word, "="); name {
			case "retain":
				p.Retain = true
			case "expiry":
				seconds, _ := strconv.Atoi(value)
				n := uint32(seconds)
				p.Properties = &paho.PublishProperties{MessageExpiry: &n}
			default:
				p.QoS = word[1] - '0'
			}
		}
		return c.publish(p)
	case "gets":
		return w.gets(c, rest)
	case "stays":
		select {
		case <-c.gone:
			return errors.New("it was disconnected")
		case <-time.After(quiet):
			return nil
		}
	case "goes":
		select {
		case <-c.gone:
			return nil
		case <-time.After(patience):
			return errors.New("it was not disconnected")
		}
	}
	return errors.New("unknown step")
}

var payloadAt = regexp.MustCompile(` ["@]`)

// gets compares the next message.
func (w *world) gets(c *client, want string) error {
	within := patience
	if want == "nothing" {
		within = quiet
	}
	select {
	case p := <-c.inbox:
		head, payload := want, ""
		if at := payloadAt.FindStringIndex(want); at != nil {
			head, payload = want[:at[0]], want[at[0]+1:]
		}
		if got := headOf(p); !w.same(got, head) || !w.samePayload(p.Payload, payload) {
			return fmt.Errorf("got %s %.100q", got, p.Payload)
		}
	case <-time.After(within):
		if want != "nothing" {
			return errors.New("nothing came")
		}
	}
	return nil
}

// headOf writes a message, without its payload, as rows do.
func headOf(p *paho.Publish) string {
	head := fmt.Sprintf("%s q%d", p.Topic, p.QoS)
	if p.Retain {
		head += " retain"
	}
	if p.Properties != nil && p.Properties.MessageExpiry != nil {
		head += fmt.Sprintf(" expiry=%d", *p.Properties.MessageExpiry)
	}
	return head
}
