package collection

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/engine/mistakes"
)

var optionLine = regexp.MustCompile(`^([A-Za-z0-9-]+):[ \t]*(.*)$`)

// readFirst reads METHOD URI and its like.
func (r *Request) readFirst(text string) error {
	verb, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	r.Verb, r.Target = Verb(verb), rest
	switch {
	case r.Verb.IsMethod() || r.Verb == Ping:
		if rest == "" {
			return mistakes.Errorf("%s needs a URI", verb)
		}
		if strings.ContainsAny(withoutPlaceholders(rest), " \t") {
			return mistakes.Errorf("%q has a space; write it as %%20", rest)
		}
	case r.Verb == Await:
		if !variableName.MatchString(rest) {
			return mistakes.New("AWAIT needs the name of an observation")
		}
	case r.Verb == Cancel:
		name, how, _ := strings.Cut(rest, " ")
		r.Target, r.Ending = name, Ending(strings.TrimSpace(how))
		if r.Ending == "" {
			r.Ending = EndByGet
		}
		if !variableName.MatchString(name) || !slices.Contains([]Ending{EndByGet, EndByReset, EndForget}, r.Ending) {
			return mistakes.New("CANCEL needs the name of an observation, and GET, RST or forget")
		}
	case r.Verb == Wait:
		if d, err := time.ParseDuration(rest); err != nil || d < 0 {
			return mistakes.New("WAIT needs a duration such as 500ms")
		}
	default:
		return mistakes.Errorf("%q is none of GET, POST, PUT, DELETE, FETCH, PATCH, iPATCH, PING, AWAIT, CANCEL and WAIT", verb)
	}
	return nil
}

// readLine reads an option or a directive.
func (r *Request) readLine(text string) error {
	if found := optionLine.FindStringSubmatch(text); found != nil {
		o := Option{Name: found[1], Value: strings.TrimSpace(found[2])}
		r.Options = append(r.Options, o)
		return o.check()
	}
	word, rest, _ := strings.Cut(text, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "with":
		return r.Settings.read(rest)
	case "payload":
		return r.readPayload(rest)
	case "observe":
		name, found := strings.CutPrefix(rest, "as ")
		if name = strings.TrimSpace(name); !found || !variableName.MatchString(name) {
			return mistakes.New("observe needs as and a name")
		}
		r.Observe = name
		return nil
	case "expect":
		e, err := readExpectation(rest)
		r.Expect = append(r.Expect, e)
		return err
	case "save":
		s, err := readSaving(rest)
		r.Save = append(r.Save, s)
		return err
	}
	return mistakes.Errorf("%q is neither NAME: VALUE nor begins with with, payload, observe, expect or save; an empty line is missing before a payload", word)
}

func (r *Request) readPayload(text string) error {
	kind, path, _ := strings.Cut(text, " ")
	r.Payload.Kind, r.Payload.Path = PayloadKind(kind), strings.TrimSpace(path)
	switch r.Payload.Kind {
	case TextPayload, JSONPayload, CBORPayload, HexPayload:
		if r.Payload.Path != "" {
			return mistakes.Errorf("%q follows payload %s; the payload itself comes after an empty line", r.Payload.Path, kind)
		}
		return nil
	case FilePayload:
		if r.Payload.Path == "" {
			return mistakes.New("payload file needs a path")
		}
		return nil
	}
	return mistakes.Errorf("%q is no kind of payload; text, json, cbor, hex and file are", kind)
}

// read reads one setting.
func (s *Settings) read(text string) error {
	name, value, _ := strings.Cut(text, " ")
	value = strings.TrimSpace(value)
	var err error
	switch name {
	case "type":
		if s.Type = value; value != "CON" && value != "NON" {
			err = mistakes.New("is neither CON nor NON")
		}
	case "token":
		s.Token = value
		if !placeholder.MatchString(value) {
			_, err = tokenOf(value)
		}
	case "block-size":
		s.BlockSize, err = strconv.Atoi(value)
		if n := s.BlockSize; err != nil || n < 16 || n > 1024 || n&(n-1) != 0 {
			err = mistakes.New("is none of 16, 32, 64, 128, 256, 512 and 1024")
		}
	case "early-negotiation", "single-messages":
		s.EarlyNegotiation = s.EarlyNegotiation || name == "early-negotiation"
		s.SingleMessages = s.SingleMessages || name == "single-messages"
		if value != "" {
			err = mistakes.New("takes no value")
		}
	case "ack-timeout":
		s.ACKTimeout, err = positive(value)
	case "timeout":
		s.Timeout, err = positive(value)
	case "ack-random-factor":
		if s.ACKRandomFactor, err = strconv.ParseFloat(value, 64); err != nil || !(s.ACKRandomFactor >= 1 && s.ACKRandomFactor <= 10) {
			err = mistakes.New("is no number from 1 to 10")
		}
	case "max-retransmit":
		n := 0
		if n, err = strconv.Atoi(value); err != nil || n < 0 || n > 20 {
			err = mistakes.New("is no whole number from 0 to 20")
		}
		s.MaxRetransmit = &n
	case "socket":
		if s.Socket = value; !variableName.MatchString(value) {
			err = mistakes.New("is no name")
		}
	case "identity", "authority":
		if name == "identity" {
			s.Identity = value
		} else {
			s.Authority = value
		}
		if value == "" {
			err = mistakes.New("is empty")
		}
	default:
		return mistakes.Errorf("there is no setting %q; the settings are %s", name, strings.Join(settingNames, ", "))
	}
	if err != nil {
		return mistakes.Errorf("with %s: %q %w", name, value, err)
	}
	return nil
}

var settingNames = []string{
	"type", "token", "block-size", "early-negotiation", "single-messages", "ack-timeout", "ack-random-factor", "max-retransmit",
	"timeout", "socket", "identity", "authority",
}

func positive(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, mistakes.New("is no duration such as 500ms")
	}
	return d, nil
}

var sources = []string{"payload", "code", "option", "json", "cbor"}

func readSaving(text string) (Saving, error) {
	name, source, found := strings.Cut(text, "=")
	s := Saving{Name: strings.TrimSpace(name)}
	s.Source, s.Of, _ = strings.Cut(strings.TrimSpace(source), " ")
	s.Of = strings.TrimSpace(s.Of)
	_, function := functions[s.Name]
	whole := s.Source == "payload" || s.Source == "code"
	switch {
	case function:
		return s, mistakes.Errorf("save: %s is the name of a function", s.Name)
	case !found || !variableName.MatchString(s.Name) || !slices.Contains(sources, s.Source) || whole != (s.Of == ""):
		return s, mistakes.New("save needs NAME = and payload, code, option NAME, json PATH or cbor PATH")
	case s.Source == "option":
		_, err := optionNumber(s.Of)
		return s, err
	case !whole:
		_, err := parsePath(s.Of)
		return s, err
	}
	return s, nil
}
