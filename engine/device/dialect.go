package device

import (
	"context"
	"strings"

	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
)

// dialect is how one device speaks. It is used by the device's goroutine.
type dialect interface {
	// open makes sure that there is a gateway, and what the dialect needs there.
	open(ctx context.Context, s *session) error
	// publish, read and store are the requests for a topic; store is for what others read later.
	publish(s *session, topic string, c content, retain bool) (*client.Request, error)
	read(s *session, topic string) (*client.Request, error)
	store(s *session, topic string, c content) (*client.Request, error)
	heartbeat(ctx context.Context, s *session) error
	// lost reports whether an answer means that the gateway has forgotten the device.
	lost(x *client.Exchange) bool
	close(ctx context.Context, s *session)
}

func newDialect(d Dialect) dialect {
	switch d {
	case EMQX4:
		return emqx4{}
	case EMQX5Connectionless:
		return connectionless{}
	case IETF:
		return &ietf{data: map[string]string{}}
	}
	return &emqx5{}
}

// at are the options of a path and a query.
func at(path string, query ...string) message.Options {
	var options message.Options
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		options = append(options, message.Option{ID: message.URIPath, Value: []byte(segment)})
	}
	for _, q := range query {
		options = append(options, message.Option{ID: message.URIQuery, Value: []byte(q)})
	}
	return options
}

// account are the query items of a user, by the names that the dialect has for them.
func account(o *Order, username, password string) (query []string) {
	if o.Username != "" {
		query = append(query, username+"="+o.Username, password+"="+o.Password)
	}
	return query
}

// ping is how a device without a connection finds out whether there is a gateway, and keeps its way back open. Any answer
// will do.
func ping(ctx context.Context, s *session) error {
	r := &client.Request{}
	s.prepare(r)
	x, err := s.conn.Ping(ctx, r)
	_, err = s.judge(ctx, x, err)
	return err
}

// emqx4 is the dialect of EMQX 4: every request names the client.
type emqx4 struct{}

func (emqx4) open(ctx context.Context, s *session) error      { return ping(ctx, s) }
func (emqx4) heartbeat(ctx context.Context, s *session) error { return ping(ctx, s) }
func (emqx4) lost(*client.Exchange) bool                      { return false }

func (emqx4) query(s *session) []string {
	return append([]string{"c=" + s.name}, account(s.order, "u", "p")...)
}

func (d emqx4) publish(s *session, topic string, c content, retain bool) (*client.Request, error) {
	if retain {
		return d.store(s, topic, c)
	}
	return &client.Request{Code: codes.PUT, Options: withFormat(at("mqtt/"+topic, d.query(s)...), c.format), Payload: c.data}, nil
}

func (d emqx4) store(s *session, topic string, c content) (*client.Request, error) {
	return &client.Request{Code: codes.PUT, Options: withFormat(at("ps/"+topic, d.query(s)...), c.format), Payload: c.data}, nil
}

func (d emqx4) read(s *session, topic string) (*client.Request, error) {
	prefix := "mqtt/"
	if s.order.Template.download != nil {
		prefix = "ps/"
	}
	return &client.Request{Code: codes.GET, Options: at(prefix+topic, d.query(s)...)}, nil
}

// close ends the observations: there is no other farewell.
func (emqx4) close(ctx context.Context, s *session) { s.cancelAll(ctx) }

// cancelAll ends observations with a GET.
func (s *session) cancelAll(ctx context.Context) {
	for _, o := range s.observing {
		if o != nil && ctx.Err() == nil {
			_, _ = o.Cancel(ctx, client.ByGet) // who does not hear it finds out
		}
	}
}

// emqx5 is the dialect of EMQX 5 with a connection.
type emqx5 struct{ token string }

func (d *emqx5) query(s *session) []string {
	return []string{"clientid=" + s.name, "token=" + d.token}
}

func (d *emqx5) open(ctx context.Context, s *session) error {
	query := append([]string{"clientid=" + s.name}, account(s.order, "username", "password")...)
	x, err := s.demand(ctx, &client.Request{Code: codes.POST, Options: at("mqtt/connection", query...)})
	if err != nil {
		return err
	}
	d.token = string(x.Payload)
	return nil
}

func (d *emqx5) heartbeat(ctx context.Context, s *session) error {
	_, err := s.ask(ctx, &client.Request{Code: codes.PUT, Options: at("mqtt/connection", d.query(s)...)})
	return err
}

func (d *emqx5) publish(s *session, topic string, c content, retain bool) (*client.Request, error) {
	return post(topic, d.query(s), c, retain), nil
}

// post is a publish of EMQX 5.
func post(topic string, query []string, c content, retain bool) *client.Request {
	if retain {
		query = append(query, "retain=true")
	}
	return &client.Request{Code: codes.POST, Options: withFormat(at("ps/"+topic, query...), c.format), Payload: c.data}
}

func (d *emqx5) store(s *session, topic string, c content) (*client.Request, error) {
	return d.publish(s, topic, c, true)
}

func (d *emqx5) read(s *session, topic string) (*client.Request, error) {
	return &client.Request{Code: codes.GET, Options: at("ps/"+topic, d.query(s)...)}, nil
}

// lost: 4.01 is for a token that is not known, and for what may not be done; a new connection tells which.
func (d *emqx5) lost(x *client.Exchange) bool { return d.token != "" && x.Code == codes.Unauthorized }

func (d *emqx5) close(ctx context.Context, s *session) {
	if d.token == "" {
		return
	}
	_, _ = s.conn.Do(ctx, &client.Request{Code: codes.DELETE, Options: at("mqtt/connection", d.query(s)...)}) // its heartbeat will end it otherwise
}

// connectionless is the dialect of EMQX 5 without a connection: it comes and goes as that of EMQX 4.
type connectionless struct{ emqx4 }

func (connectionless) query(s *session) []string {
	return append([]string{"clientid=" + s.name}, account(s.order, "username", "password")...)
}

func (d connectionless) publish(s *session, topic string, c content, retain bool) (*client.Request, error) {
	return post(topic, d.query(s), c, retain), nil
}

func (d connectionless) store(s *session, topic string, c content) (*client.Request, error) {
	return d.publish(s, topic, c, true)
}

func (d connectionless) read(s *session, topic string) (*client.Request, error) {
	return &client.Request{Code: codes.GET, Options: at("ps/"+topic, d.query(s)...)}, nil
}
