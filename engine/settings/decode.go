package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"sluice/engine/mistakes"
)

// maxFile bounds a settings file in bytes; it also bounds how deep values can be nested.
const maxFile = 256 << 10

// Decode lays the TOML document data over base and validates the result. A key that data does not have keeps its value
// of base; a list replaces the one of base. file is only used to say where a mistake is. The error, if any, is Errors:
// every mistake in the document at once, each with its line.
func Decode(file string, data []byte, base Settings) (Settings, error) {
	if len(data) > maxFile {
		return base, Errors{{File: file, Problem: mistakes.Errorf("is longer than %d bytes", maxFile)}}
	}
	document, err := parse(data)
	if err != nil {
		one := &Error{File: file, Problem: mistakes.Errorf("not TOML: %w", err)}
		var p toml.ParseError
		if errors.As(err, &p) {
			one.Line, one.Key, one.Problem = p.Position.Line, p.LastKey, mistakes.Errorf("not TOML: %w", errors.New(p.Message))
		}
		return base, Errors{one}
	}
	s := base
	d := &decoder{file: file, lines: locate(string(data))}
	d.settings(document, &s)
	if found, ok := errors.AsType[Errors](s.Validate()); ok {
		for _, e := range found {
			d.addUnlessKnown(e)
		}
	}
	if len(d.errs) > 0 {
		slices.SortStableFunc(d.errs, func(a, b *Error) int { return a.Line - b.Line })
		return base, d.errs
	}
	return s, nil
}

// parse reads data as TOML. The library reports what it did not foresee by a panic, which becomes an error here.
func parse(data []byte) (document map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = mistakes.Errorf("%v", r)
		}
	}()
	_, err = toml.Decode(string(data), &document)
	return document, err
}

// decoder sets fields of Settings from a parsed document and collects what is wrong with the types of its values and
// the names of its keys. What the values may be is judged by Validate.
type decoder struct {
	file  string
	lines map[string]int
	errs  Errors
}

// field is one key of a table and what to do with its value, which is found under path.
type field struct {
	name string
	set  func(path string, value any)
}

func (d *decoder) problem(path, format string, args ...any) {
	d.add(&Error{Key: path, Problem: mistakes.Errorf(format, args...), Allowed: allowedFor(path)})
}

func (d *decoder) add(e *Error) {
	e.File, e.Line = d.file, d.line(e.Key)
	d.errs = append(d.errs, e)
}

// addUnlessKnown adds a mistake that Validate found, unless the key, or the table it is in, is known to be wrong: a
// value that could not be read is not judged again.
func (d *decoder) addUnlessKnown(e *Error) {
	for _, known := range d.errs {
		if known.Key == e.Key || strings.HasPrefix(e.Key, known.Key+".") || strings.HasPrefix(e.Key, known.Key+"[") {
			return
		}
	}
	d.add(e)
}

// line returns where path is written; for a key that is not there, where its table begins.
func (d *decoder) line(path string) int {
	for path != "" {
		if n, ok := d.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
	return 0
}

func (d *decoder) settings(document map[string]any, s *Settings) {
	d.table("", document,
		field{"gateway", func(p string, v any) { d.gateway(p, v, &s.Gateway) }},
		field{"listener", func(p string, v any) { list(d, p, v, &s.Listeners, d.listener) }},
		field{"access", func(p string, v any) { d.access(p, v, &s.Access) }},
	)
}

func (d *decoder) gateway(path string, v any, g *Gateway) {
	d.table(path, v,
		field{"connection_required", d.boolean(&g.ConnectionRequired)},
		field{"heartbeat", d.duration(&g.Heartbeat)},
		field{"idle_timeout", d.duration(&g.IdleTimeout)},
		field{"notify_type", text(d, &g.NotifyType)},
		field{"subscribe_qos", text(d, &g.SubscribeQoS)},
		field{"publish_qos", text(d, &g.PublishQoS)},
		field{"mountpoint", text(d, &g.Mountpoint)},
		field{"observe_sequence", text(d, &g.ObserveSequence)},
		field{"observe_retained", d.boolean(&g.ObserveRetained)},
		field{"reset_ends_observe", d.boolean(&g.ResetEndsObserve)},
		field{"verify_addresses", text(d, &g.VerifyAddresses)},
		field{"leisure", d.duration(&g.Leisure)},
		field{"node_name", text(d, &g.NodeName)},
		field{"emqx4", func(p string, v any) { d.emqx4(p, v, &g.EMQX4) }},
		field{"ietf", func(p string, v any) { d.ietf(p, v, &g.IETF) }},
		field{"blockwise", func(p string, v any) { d.blockwise(p, v, &g.Blockwise) }},
		field{"directory", func(p string, v any) { d.directory(p, v, &g.Directory) }},
		field{"limits", func(p string, v any) { d.limits(p, v, &g.Limits) }},
		field{"transmission", func(p string, v any) { d.transmission(p, v, &g.Transmission) }},
		field{"proxy", func(p string, v any) { d.proxy(p, v, &g.Proxy) }},
	)
}

func (d *decoder) blockwise(path string, v any, b *Blockwise) {
	d.table(path, v,
		field{"enable", d.boolean(&b.Enable)},
		field{"max_block_size", d.integer(&b.MaxBlockSize)},
		field{"max_body_size", d.size(&b.MaxBodySize)},
		field{"exchange_lifetime", d.duration(&b.ExchangeLifetime)},
	)
}

func (d *decoder) emqx4(path string, v any, e *EMQX4) {
	d.table(path, v,
		field{"authentication_failure", text(d, &e.AuthenticationFailure)},
		field{"require_content_format", d.boolean(&e.RequireContentFormat)},
	)
}

func (d *decoder) listener(path string, v any, l *Listener) {
	d.table(path, v,
		field{"bind", text(d, &l.Bind)},
		field{"dialect", text(d, &l.Dialect)},
		field{"enable_authn", optional(&l.EnableAuthn, d.boolean)},
		field{"mountpoint", optional(&l.Mountpoint, func(to *string) func(string, any) { return text(d, to) })},
		field{"max_connections", d.integer(&l.MaxConnections)},
		field{"max_conn_rate", d.integer(&l.MaxConnRate)},
		field{"access_rules", func(p string, v any) { d.texts(p, v, &l.AccessRules) }},
		field{"health_check", func(p string, v any) { d.healthCheck(p, v, &l.HealthCheck) }},
		field{"multicast", func(p string, v any) { d.texts(p, v, &l.Multicast) }},
		field{"recbuf", d.size(&l.ReceiveBuffer)},
		field{"sndbuf", d.size(&l.SendBuffer)},
		field{"dtls_options", func(p string, v any) { d.tlsOptions(p, v, &l.DTLSOptions, true) }},
		field{"ssl_options", func(p string, v any) { d.tlsOptions(p, v, &l.SSLOptions, false) }},
	)
	if scheme, _, _ := strings.Cut(l.Bind, "://"); l.Dialect == "" && IsCoAP(scheme) {
		l.Dialect = DialectAuto
	}
}

func (d *decoder) healthCheck(path string, v any, h *HealthCheck) {
	d.table(path, v,
		field{"request", text(d, &h.Request)},
		field{"reply", text(d, &h.Reply)},
	)
}

func (d *decoder) access(path string, v any, a *Access) {
	d.table(path, v,
		field{"anonymous", d.boolean(&a.Anonymous)},
		field{"client_id", text(d, &a.ClientID)},
		field{"user", func(p string, v any) { list(d, p, v, &a.Users, d.user) }},
		field{"rule", func(p string, v any) { list(d, p, v, &a.Rules, d.rule) }},
	)
}

func (d *decoder) user(path string, v any, u *User) {
	d.table(path, v,
		field{"username", text(d, &u.Username)},
		field{"password", text(d, &u.Password)},
		field{"hash", text(d, &u.Hash)},
		field{"client_attrs", func(p string, v any) { d.clientAttrs(p, v, &u.ClientAttrs) }},
	)
}

// clientAttrs reads a table whose keys are the user's own.
func (d *decoder) clientAttrs(path string, v any, to *map[string]string) {
	table, ok := v.(map[string]any)
	if !ok {
		d.problem(path, "is %s", kind(v))
		return
	}
	*to = make(map[string]string, len(table))
	for name, value := range table {
		s, ok := value.(string)
		if !ok {
			d.problem(path, "has %s for %s", kind(value), name)
		}
		(*to)[name] = s
	}
}

func (d *decoder) rule(path string, v any, r *Rule) {
	d.table(path, v,
		field{"permission", text(d, &r.Permission)},
		field{"who", text(d, &r.Who)},
		field{"action", text(d, &r.Action)},
		field{"topics", func(p string, v any) { d.texts(p, v, &r.Topics) }},
	)
}

// table hands each value of a table to its field. Keys are visited in order of their names, so that errors do not
// depend on the order of a map.
func (d *decoder) table(path string, v any, fields ...field) {
	table, ok := v.(map[string]any)
	if !ok {
		d.problem(path, "is %s", kind(v))
		return
	}
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if i < 0 {
			d.unknown(path, name)
			continue
		}
		fields[i].set(join(path, name), table[name])
	}
}

func (d *decoder) unknown(table, name string) {
	problem := mistakes.New("unknown key")
	if m := meant(table, name); m != "" {
		problem = mistakes.Errorf("unknown key, did you mean %s", m)
	}
	d.add(&Error{Key: join(table, name), Problem: problem, Allowed: strings.Join(namesUnder(table), ", ")})
}

// list replaces *to by the elements of an array, each read by one.
func list[T any](d *decoder, path string, v any, to *[]T, one func(path string, v any, to *T)) {
	var elements []any
	switch array := v.(type) {
	case []any:
		elements = array
	case []map[string]any:
		for _, table := range array {
			elements = append(elements, table)
		}
	default:
		d.problem(path, "is %s", kind(v))
		return
	}
	*to = make([]T, len(elements))
	for i, element := range elements {
		one(fmt.Sprintf("%s[%d]", path, i), element, &(*to)[i])
	}
}

// texts replaces *to by the strings of an array.
func (d *decoder) texts(path string, v any, to *[]string) {
	list(d, path, v, to, func(path string, v any, one *string) { text(d, one)(path, v) })
}

// optional makes a value that need not be given with what reads one that is.
func optional[T any](to **T, read func(*T) func(string, any)) func(string, any) {
	return func(path string, v any) {
		*to = new(T)
		read(*to)(path, v)
	}
}

func text[T ~string](d *decoder, to *T) func(string, any) {
	return func(path string, v any) {
		if s, ok := v.(string); ok {
			*to = T(s)
			return
		}
		d.problem(path, "is %s", kind(v))
	}
}

func (d *decoder) boolean(to *bool) func(string, any) {
	return func(path string, v any) {
		if b, ok := v.(bool); ok {
			*to = b
			return
		}
		d.problem(path, "is %s", kind(v))
	}
}

func (d *decoder) integer(to *int) func(string, any) {
	return func(path string, v any) {
		n, ok := v.(int64)
		switch {
		case !ok:
			d.problem(path, "is %s", kind(v))
		case int64(int(n)) != n:
			d.problem(path, "is %d", n)
		default:
			*to = int(n)
		}
	}
}

func (d *decoder) duration(to *Duration) func(string, any) {
	return func(path string, v any) {
		switch v := v.(type) {
		case int64:
			*to = seconds(v)
		case string:
			value, err := parseDuration(v)
			if err != nil {
				d.problem(path, "%q is not a duration", v)
				return
			}
			*to = value
		default:
			d.problem(path, "is %s", kind(v))
		}
	}
}

func (d *decoder) size(to *Size) func(string, any) {
	return func(path string, v any) {
		switch v := v.(type) {
		case int64:
			*to = Size(v)
		case string:
			value, err := parseSize(v)
			if err != nil {
				d.problem(path, "%q is not a size", v)
				return
			}
			*to = value
		default:
			d.problem(path, "is %s", kind(v))
		}
	}
}

// kind names the TOML type of a parsed value.
func kind(v any) mistakes.Phrase {
	switch v.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case bool:
		return "a boolean"
	case time.Time:
		return "a date or time"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	case []any:
		return "a list"
	}
	return mistakes.Phrase(fmt.Sprintf("a value of type %T", v))
}
