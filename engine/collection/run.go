package collection

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/mistakes"
)

// defaultTimeout bounds a request that sets no timeout of its own.
const defaultTimeout = 10 * time.Second

// maxWaiting is how many notifications of an observation wait for an AWAIT; the oldest goes.
const maxWaiting = 1024

// Config says how requests are run.
type Config struct {
	// Security returns what to show and trust for coaps, by the names of "with identity" and "with authority", empty for the
	// usual ones. nil: no identity, and the authorities of the system.
	Security func(identity, authority string) (*client.Security, error)
	// Timeout bounds a request that sets none; 0: 10 s.
	Timeout time.Duration
	// OnDatagram is told of every datagram; it may be nil.
	OnDatagram func(client.Datagram)
	// Progress is told of every block, on the goroutine that runs; it may be nil.
	Progress func(client.Progress)
	// OnObserved is told of an observation that was granted, before the first notification; OnNotification of each
	// notification, on a goroutine of the observation. Both may be nil and must not block.
	OnObserved     func(name string, o *client.Observation)
	OnNotification func(name string, n *client.Notification)
}

// Runner runs requests one after the other. Connections and observations live until Close. It must not be used by several
// goroutines at a time.
type Runner struct {
	config       Config
	scope        *Scope
	connections  map[connection]*client.Conn
	observations map[string]*watched
}

// connection is what requests share a port for.
type connection struct {
	endpoint                    Endpoint
	socket, identity, authority string
}

// watched is an observation by its name.
type watched struct {
	observation   *client.Observation
	notifications chan *client.Notification
}

// NewRunner makes a runner that replaces variables by those of scope, and saves values there.
func NewRunner(scope *Scope, c Config) *Runner {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	return &Runner{config: c, scope: scope, connections: map[connection]*client.Conn{}, observations: map[string]*watched{}}
}

// Use takes another scope for the requests that follow. Connections and observations stay.
func (r *Runner) Use(scope *Scope) { r.scope = scope }

// Close ends all connections.
func (r *Runner) Close() error {
	var errs []error
	for _, c := range r.connections {
		errs = append(errs, c.Close())
	}
	r.connections, r.observations = map[connection]*client.Conn{}, map[string]*watched{}
	return errors.Join(errs...)
}

// Result is what became of a request.
type Result struct {
	Request  *Request
	Sent     *Prepared        // nil if nothing was to be sent, or it could not be prepared
	Exchange *client.Exchange // nil if nothing was sent
	Session  *client.Session  // of DTLS; nil over UDP
	Answer   Answer
	Saved    map[string]string
	// Err is why nothing was sent, nil if something was.
	Err error
	// Failures say why the request failed: what was expected and is not so. None: it passed.
	Failures []error
}

// Passed reports whether all that was expected is so.
func (r *Result) Passed() bool { return len(r.Failures) == 0 }

// RunFile runs the requests of a file in order and tells of each, also of those that failed; where each returns false, the
// run ends. The error says that the run was cut short by ctx.
func (r *Runner) RunFile(ctx context.Context, f *File, each func(*Result) bool) error {
	for _, request := range f.Requests {
		result := r.Run(ctx, request, filepath.Dir(f.Name))
		if ctx.Err() != nil {
			return mistakes.Errorf("running %s: %w", f.Name, context.Cause(ctx))
		}
		if !each(result) {
			return nil
		}
	}
	return nil
}

// Run runs one request. folder is where files of payloads are seen from.
func (r *Runner) Run(ctx context.Context, request *Request, folder string) *Result {
	result := &Result{Request: request}
	var err error
	switch request.Verb {
	case Wait:
		select {
		case <-time.After(request.Waits()):
		case <-ctx.Done():
		}
		return result
	case Await:
		err = r.await(ctx, request, result)
	case Cancel:
		err = r.cancel(ctx, request, result)
	default:
		err = r.send(ctx, request, folder, result)
	}
	if err != nil {
		result.Err = err
		result.Failures = []error{err}
		return result
	}
	result.Failures = request.Check(r.scope, result.Answer)
	if result.Answer.Err == nil {
		result.Saved, err = request.Take(result.Answer)
		for name, value := range result.Saved {
			r.scope.Set(name, value)
		}
		if err != nil {
			result.Failures = append(result.Failures, err)
		}
	}
	return result
}

// send sends a method or a ping.
func (r *Runner) send(ctx context.Context, request *Request, folder string, result *Result) error {
	prepared, err := request.Prepare(r.scope, folder)
	if err != nil {
		return err
	}
	result.Sent = prepared
	if prepared.Client.Timeout == 0 {
		prepared.Client.Timeout = r.config.Timeout
		if t := prepared.Client.Transmission; t != nil && !prepared.Client.NonConfirmable {
			// Who sets the retransmissions wants to see all of them.
			prepared.Client.Timeout = max(r.config.Timeout, t.MaxTransmitWait())
		}
	}
	prepared.Client.Progress = r.config.Progress
	conn, err := r.connectInTime(ctx, prepared)
	if err != nil {
		return err
	}
	if session, secure := conn.Session(); secure {
		result.Session = &session
	}
	switch {
	case request.Verb == Ping:
		result.Exchange, err = conn.Ping(ctx, &prepared.Client)
	case request.Observe != "":
		err = r.observe(ctx, conn, request.Observe, result)
	default:
		result.Exchange, err = conn.Do(ctx, &prepared.Client)
	}
	result.Answer = AnswerTo(result.Exchange, err)
	return nil
}

// connectInTime returns the connection for a request no later than the request may take.
func (r *Runner) connectInTime(ctx context.Context, p *Prepared) (*client.Conn, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Client.Timeout, mistakes.Errorf("there was no connection within %s: %w", p.Client.Timeout, client.ErrUnanswered))
	defer cancel()
	return r.connect(ctx, p)
}

// connect returns the connection for a request, which is made if need be.
func (r *Runner) connect(ctx context.Context, p *Prepared) (*client.Conn, error) {
	key := connection{p.Endpoint, p.Socket, p.Identity, p.Authority}
	if c := r.connections[key]; c != nil {
		select {
		case <-c.Done():
			delete(r.connections, key)
			_ = c.Close() // its session has ended; the next one begins here
		default:
			return c, nil
		}
	}
	config := client.Config{OnDatagram: r.config.OnDatagram}
	if p.Endpoint.Scheme == "coaps" && r.config.Security != nil {
		security, err := r.config.Security(p.Identity, p.Authority)
		if err != nil {
			return nil, mistakes.Errorf("preparing for %s: %w", p.Endpoint, err)
		}
		config.Security = security
	}
	c, err := client.Dial(ctx, p.Endpoint.Scheme, p.Endpoint.HostPort, config)
	if err != nil {
		return nil, err
	}
	r.connections[key] = c
	return c, nil
}

// observe begins an observation under a name, which ends one of that name.
func (r *Runner) observe(ctx context.Context, conn *client.Conn, name string, result *Result) error {
	if w := r.observations[name]; w != nil {
		delete(r.observations, name)
		_, _ = w.observation.Cancel(ctx, client.Forget) // fails where whom OnObserved told has ended it
	}
	w := &watched{notifications: make(chan *client.Notification, maxWaiting)}
	told := make(chan struct{}) // OnObserved was called
	defer close(told)
	o, exchange, err := conn.Observe(ctx, &result.Sent.Client, func(n *client.Notification) {
		w.take(n)
		if r.config.OnNotification != nil {
			<-told
			r.config.OnNotification(name, n)
		}
	})
	result.Exchange = exchange
	if o != nil {
		w.observation = o
		r.observations[name] = w
		if r.config.OnObserved != nil {
			r.config.OnObserved(name, o)
		}
	}
	return err
}

// take keeps a notification for an AWAIT.
func (w *watched) take(n *client.Notification) {
	for {
		select {
		case w.notifications <- n:
			return
		default:
		}
		select {
		case <-w.notifications:
		default:
		}
	}
}

func (r *Runner) watched(name string) (*watched, error) {
	w := r.observations[name]
	if w == nil {
		return nil, mistakes.Errorf("there is no observation %s: it was not granted, or has ended", name)
	}
	return w, nil
}

// await waits for the next notification.
func (r *Runner) await(ctx context.Context, request *Request, result *Result) error {
	w, err := r.watched(request.Target)
	if err != nil {
		return err
	}
	limit := request.Settings.Timeout
	if limit == 0 {
		limit = r.config.Timeout
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	began := time.Now()
	select {
	case n := <-w.notifications:
		result.Answer = Answer{Answered: true, Err: n.Err, Code: n.Code, Options: n.Options, Payload: n.Payload, RTT: max(0, n.At.Sub(began))}
		if n.Last {
			delete(r.observations, request.Target)
		}
	case <-timer.C:
		result.Answer.Err = client.ErrUnanswered
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// cancel ends an observation.
func (r *Runner) cancel(ctx context.Context, request *Request, result *Result) error {
	w, err := r.watched(request.Target)
	if err != nil {
		return err
	}
	delete(r.observations, request.Target)
	how := map[Ending]client.Ending{EndByGet: client.ByGet, EndByReset: client.ByReset, EndForget: client.Forget}[request.Ending]
	exchange, err := w.observation.Cancel(ctx, how)
	if exchange != nil {
		result.Exchange = exchange
		result.Answer = AnswerTo(exchange, err)
		return nil
	}
	// Nothing was sent, so nothing is answered.
	if slices.ContainsFunc(request.Expect, func(e Expectation) bool { return e.Subject != Unanswered }) && err == nil {
		err = mistakes.Errorf("CANCEL %s %s has no answer that something can be expected of", request.Target, request.Ending)
	}
	return err
}

// String is the code of an answer, or why there is none.
func (a Answer) String() string {
	switch {
	case a.Err != nil:
		return a.Err.Error()
	case a.Code == codes.Empty:
		return "Reset"
	case a.Code == codes.Pong:
		return "Pong"
	}
	return codeText(a.Code)
}
