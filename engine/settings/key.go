package settings

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"sluice/engine/mistakes"
)

// Key is one thing that can be set, with what a person needs to know to set it.
type Key struct {
	Path    string   // as in a settings file: gateway.heartbeat, or listener.bind for every listener
	Meaning string   // a sentence
	Allowed string   // what it may hold
	Kind    Kind     // how it is written
	Options []string // of a Choice
	Default string   // as Text writes it
}

// Kind is how a value is written.
type Kind uint8

const (
	Word     Kind = iota // text
	Switch               // true or false
	Choice               // one of Key.Options
	Interval             // a Duration
	Bytes                // a Size
	Number               // whole, or with a fraction
	List                 // lines of text
)

// Keys lists every key that has a value of its own, in the order of a settings file. Users and rules are not among them:
// they are lists of tables.
func Keys() []Key {
	base, listener := Default(), Listener{}
	var list []Key
	for _, k := range keys {
		if len(membersOf(k.path)) > 0 || strings.HasPrefix(k.path, "access.user") || strings.HasPrefix(k.path, "access.rule") {
			continue
		}
		field, ok := base.fieldOf(k.path, &listener)
		if !ok {
			continue
		}
		key := Key{Path: k.path, Meaning: meanings[k.path], Allowed: k.allowed, Kind: kindOf(field.Type())}
		if key.Kind == Choice {
			key.Options = optionsIn(k.allowed)
		}
		key.Default = write(field)
		list = append(list, key)
	}
	return list
}

// OfListener reports whether it is a key of the listeners, each of which has its own value.
func (k Key) OfListener() bool { return strings.HasPrefix(k.Path, "listener.") }

// Text is the value that k has in s, as a person writes it: a list has a line for each element. Of a key of listeners it
// is nothing.
func (k Key) Text(s Settings) string {
	field, ok := s.fieldOf(k.Path, nil)
	if !ok {
		return ""
	}
	return write(field)
}

// TextOf is the value that k has in a listener, empty where it is not set.
func (k Key) TextOf(l Listener) string {
	field, ok := (&Settings{}).fieldOf(k.Path, &l)
	if !ok {
		return ""
	}
	return write(field)
}

// Set returns s with what text says for k. The error, an *Error with the words for text that cannot be read, leaves s as
// it is; whether the value is allowed is for Validate to say.
func (k Key) Set(s Settings, text string) (Settings, error) {
	s = s.Clone()
	field, ok := s.fieldOf(k.Path, nil)
	if !ok {
		return s, &Error{Key: k.Path, Problem: mistakes.New("is no key of its own")}
	}
	return s, k.read(field, text)
}

// SetIn is Set for a listener. Empty text takes the value away, so that the default holds.
func (k Key) SetIn(l Listener, text string) (Listener, error) {
	l = Settings{Listeners: []Listener{l}}.Clone().Listeners[0]
	for _, options := range []struct {
		name string
		to   **TLSOptions
	}{{"listener.dtls_options.", &l.DTLSOptions}, {"listener.ssl_options.", &l.SSLOptions}} {
		if strings.HasPrefix(k.Path, options.name) && *options.to == nil {
			*options.to = &TLSOptions{}
		}
	}
	field, ok := (&Settings{}).fieldOf(k.Path, &l)
	if !ok {
		return l, &Error{Key: k.Path, Problem: mistakes.New("is no key of a listener")}
	}
	var err error
	if strings.TrimSpace(text) == "" {
		field.SetZero()
	} else {
		err = k.read(field, text)
	}
	for _, options := range []**TLSOptions{&l.DTLSOptions, &l.SSLOptions} {
		if *options != nil && reflect.ValueOf(**options).IsZero() {
			*options = nil
		}
	}
	return l, err
}

// fieldOf is the field of a path. Those of listeners are looked up in l; a table that l does not have is as empty.
func (s *Settings) fieldOf(path string, l *Listener) (reflect.Value, bool) {
	at := reflect.ValueOf(s).Elem()
	if rest, ok := strings.CutPrefix(path, "listener."); ok {
		if l == nil {
			return at, false
		}
		at, path = reflect.ValueOf(l).Elem(), rest
	}
	for name := range strings.SplitSeq(path, ".") {
		if at.Kind() == reflect.Pointer {
			if at.IsNil() {
				at = reflect.New(at.Type().Elem())
			}
			at = at.Elem()
		}
		if at.Kind() != reflect.Struct {
			return at, false
		}
		found := false
		for i := range at.NumField() {
			tag, _, _ := strings.Cut(at.Type().Field(i).Tag.Get("toml"), ",")
			if tag == name {
				at, found = at.Field(i), true
				break
			}
		}
		if !found {
			return at, false
		}
	}
	return at, true
}

var (
	durationType = reflect.TypeFor[Duration]()
	sizeType     = reflect.TypeFor[Size]()
	stringType   = reflect.TypeFor[string]()
)

func kindOf(t reflect.Type) Kind {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == durationType:
		return Interval
	case t == sizeType:
		return Bytes
	case t.Kind() == reflect.Bool:
		return Switch
	case t.Kind() == reflect.Slice:
		return List
	case t.Kind() == reflect.Int || t.Kind() == reflect.Float64:
		return Number
	case t.Kind() == reflect.String && t != stringType:
		return Choice
	}
	return Word
}

var quotedWord = regexp.MustCompile(`"([^"]*)"`)

// optionsIn are the words in quotes of what is allowed.
func optionsIn(allowed string) []string {
	var options []string
	for _, m := range quotedWord.FindAllStringSubmatch(allowed, -1) {
		options = append(options, m[1])
	}
	return options
}

// write is what a field holds, as text.
func write(field reflect.Value) string {
	if field.Kind() == reflect.Pointer {
		if field.IsNil() {
			return ""
		}
		field = field.Elem()
	}
	switch v := field.Interface().(type) {
	case Duration:
		return v.String()
	case Size:
		return v.String()
	case []string:
		return strings.Join(v, "\n")
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return field.String()
}

// read sets a field to what text says.
func (k Key) read(field reflect.Value, text string) error {
	if kindOf(field.Type()) != Word && kindOf(field.Type()) != List {
		text = strings.TrimSpace(text)
	}
	if field.Kind() == reflect.Pointer {
		value := reflect.New(field.Type().Elem())
		if err := k.read(value.Elem(), text); err != nil {
			return err
		}
		field.Set(value)
		return nil
	}
	var err error
	switch v := field.Addr().Interface().(type) {
	case *Duration:
		var n int64
		if n, err = strconv.ParseInt(text, 10, 64); err == nil {
			*v = seconds(n)
		} else {
			*v, err = orKept(*v)(parseDuration(text))
		}
	case *Size:
		*v, err = orKept(*v)(parseSize(text))
	case *bool:
		*v, err = orKept(*v)(strconv.ParseBool(text))
	case *int:
		*v, err = orKept(*v)(strconv.Atoi(text))
	case *float64:
		*v, err = orKept(*v)(strconv.ParseFloat(text, 64))
	case *[]string:
		*v = linesOf(text)
	default:
		field.SetString(text)
	}
	if err != nil {
		return &Error{Key: k.Path, Problem: mistakes.Errorf("is %q", text), Allowed: k.Allowed}
	}
	return nil
}

// orKept returns what was there before where a value could not be read.
func orKept[T any](before T) func(T, error) (T, error) {
	return func(v T, err error) (T, error) {
		if err != nil {
			return before, err
		}
		return v, nil
	}
}

// linesOf are the lines of text that hold something.
func linesOf(text string) []string {
	list := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}
