package request

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"
	"github.com/plgd-dev/go-coap/v3/message"
	"github.com/plgd-dev/go-coap/v3/message/codes"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/record"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// shown is everything that is said of an answer. It is made off the UI goroutine.
type shown struct {
	at        time.Time
	badge     string
	role      theme.Role
	facts     []string
	problem   string // why there is no answer
	payload   []byte
	format    int
	options   []optionFact
	datagrams []datagram
	leftOut   int
	checks    []check
	session   []widget.Pair
	answered  bool // there is a response to show
}

// optionFact is an option of an answer.
type optionFact struct {
	index         int
	name, value   string
	number        int
	bytes, define string
}

// check is an expectation, or a value that was saved.
type check struct {
	index int
	role  theme.Role
	word  string // met, not met, saved
	what  string
	found string // what is the case instead
}

// describe says what became of a request. scope is for the expectations.
func describe(result *collection.Result, scope *collection.Scope, at time.Time) *shown {
	s := &shown{at: at, format: payload.NoContentFormat}
	a := result.Answer
	s.payload, s.answered = a.Payload, a.Answered && a.Code != codes.Empty
	s.options, s.format = optionFacts(a.Options)
	s.judge(result)
	if x := result.Exchange; x != nil {
		s.at = x.Sent
		s.measure(x, len(a.Payload), result.Session)
		s.datagrams, s.leftOut = datagrams(x.Datagrams), x.LeftOut
	}
	s.checks = checks(result, scope)
	s.session = sessionFacts(result.Session)
	return s
}

// judge says in a word how it went.
func (s *shown) judge(result *collection.Result) {
	a, verb := result.Answer, result.Request.Verb
	switch {
	case a.Answered && a.Code == codes.Pong:
		s.badge, s.role = lang.L("Pong, it is there"), theme.RoleGood
	case a.Answered && a.Code != codes.Empty:
		s.badge, s.role = collection.DescribeCode(a.Code), theme.MethodRole(byte(a.Code))
		switch {
		case a.Err != nil:
			s.problem = language.Say(a.Err)
		case result.Request.Observe != "" && a.Code>>5 == 2 && result.Exchange != nil && !result.Exchange.Observed:
			s.problem = lang.L("The server answered, but grants no observation: the resource cannot be observed.")
		}
	case isCancelled(a.Err):
		s.cancelled()
	case errors.Is(a.Err, client.ErrUnanswered):
		s.badge, s.role, s.problem = lang.L("No answer"), theme.RoleBad, explain(a.Err, result)
	case errors.Is(a.Err, client.ErrReset):
		s.badge, s.role, s.problem = "RST", theme.RoleBad, explain(a.Err, result)
	case a.Err != nil:
		s.badge, s.role, s.problem = lang.L("Failed"), theme.RoleBad, explain(a.Err, result)
	case verb == collection.Ping && result.Exchange != nil:
		s.badge, s.role = lang.L("RST, it is there"), theme.RoleGood
	case result.Err != nil:
		s.badge, s.role, s.problem = lang.L("Not sent"), theme.RoleBad, explain(result.Err, result)
	case len(result.Failures) > 0:
		s.badge, s.role, s.problem = lang.L("Not sent"), theme.RoleBad, language.Say(errors.Join(result.Failures...))
	default:
		s.badge, s.role = lang.L("Done"), theme.RoleGood
	}
}

// cancelled says that the user ended it.
func (s *shown) cancelled() {
	s.badge, s.role, s.problem = lang.L("Cancelled"), theme.RoleLate, ""
}

// measure counts what an exchange took.
func (s *shown) measure(x *client.Exchange, size int, session *client.Session) {
	if x.RTT > 0 {
		s.facts = append(s.facts, format.Duration(x.RTT))
	}
	if s.answered {
		s.facts = append(s.facts, format.Bytes(int64(size)))
	}
	if n := len(x.Datagrams) + x.LeftOut; n > 0 {
		s.facts = append(s.facts, lang.N("{{.Count}} datagrams", n, map[string]any{"Count": format.Count(int64(n))}))
	}
	if x.Blocks > 0 {
		s.facts = append(s.facts, lang.N("{{.Count}} blocks", x.Blocks, map[string]any{"Count": format.Count(int64(x.Blocks))}))
	}
	if x.Retransmissions > 0 {
		s.facts = append(s.facts, lang.N("retransmitted {{.Count}} times", x.Retransmissions, map[string]any{"Count": x.Retransmissions}))
	}
	if x.Blocks > 0 || x.Retransmissions > 0 {
		s.facts = append(s.facts, lang.L("{{.Time}} in all", map[string]any{"Time": format.Duration(x.Took)}))
	}
	if len(x.Datagrams) > 0 && x.Datagrams[0].Protocol != record.CoAP {
		s.facts = append(s.facts, map[record.Protocol]string{record.CoAPTCP: "TCP", record.CoAPWebSocket: "WebSocket"}[x.Datagrams[0].Protocol])
	}
	if session != nil {
		s.facts = append(s.facts, "DTLS 1.2 "+credential(session))
	}
}

// credential is what a handshake was about.
func credential(s *client.Session) string {
	if len(s.Server) == 0 {
		return "PSK"
	}
	return lang.L("certificate")
}

func sessionFacts(s *client.Session) []widget.Pair {
	if s == nil {
		return nil
	}
	pairs := []widget.Pair{{Key: lang.L("Cipher suite"), Value: s.CipherSuite, Mono: true}}
	if len(s.Server) > 0 {
		c := s.Server[0]
		pairs = append(pairs,
			widget.Pair{Key: lang.L("Server"), Value: c.Subject.String()},
			widget.Pair{Key: lang.L("Issued by"), Value: c.Issuer.String()},
			widget.Pair{Key: lang.L("Valid until"), Value: c.NotAfter.Local().Format("2006-01-02 15:04")})
	}
	return pairs
}

// registered are the options by their number.
var registered = func() map[int]record.Option {
	all := map[int]record.Option{}
	for _, o := range record.Options() {
		all[o.Number] = o
	}
	return all
}()

// optionFacts describes options, and returns the Content-Format among them.
func optionFacts(options message.Options) ([]optionFact, int) {
	facts, contentFormat := make([]optionFact, len(options)), payload.NoContentFormat
	for i, o := range options {
		described := collection.DescribeOption(o)
		facts[i] = optionFact{index: i, name: described.Name, value: described.Value, number: int(o.ID),
			bytes: hex.EncodeToString(o.Value), define: registered[int(o.ID)].Section}
		if o.ID == message.ContentFormat && len(o.Value) <= 2 {
			contentFormat = 0
			for _, b := range o.Value {
				contentFormat = contentFormat<<8 | int(b)
			}
		}
	}
	return facts, contentFormat
}

// checks says of each expectation whether it is met.
func checks(result *collection.Result, scope *collection.Scope) []check {
	var all []check
	for _, e := range result.Request.Expect {
		c := check{index: len(all), role: theme.RoleGood, word: lang.L("met"), what: e.String()}
		alone := &collection.Request{Verb: result.Request.Verb, Expect: []collection.Expectation{e}}
		if failures := alone.Check(scope, result.Answer); len(failures) > 0 {
			c.role, c.word = theme.RoleBad, lang.L("not met")
			c.found = language.Say(found(failures[0], e))
		}
		all = append(all, c)
	}
	for _, s := range result.Request.Save {
		c := check{index: len(all), role: theme.RoleGood, word: lang.L("saved"), what: s.Name}
		value, saved := result.Saved[s.Name]
		if !saved {
			c.role, c.word = theme.RoleBad, lang.L("not saved")
		}
		c.found = value
		all = append(all, c)
	}
	return all
}

// unmet counts the checks that failed.
func (s *shown) unmet() int {
	n := 0
	for _, c := range s.checks {
		if c.role == theme.RoleBad {
			n++
		}
	}
	return n
}

// datagram is one message of an exchange as a row.
type datagram struct {
	index              int
	at                 time.Time
	after              time.Duration // since the first
	outgoing           bool
	kind, code, mid    string
	token, about, note string
	size               int
	data               []byte
	masks              []widget.Span
	role               theme.Role
}

// datagrams decodes the messages of an exchange.
func datagrams(all []client.Datagram) []datagram {
	rows := make([]datagram, len(all))
	for i, d := range all {
		frame := record.Frame{Protocol: d.Protocol, Outgoing: d.Outgoing, Data: d.Data, At: d.At}
		m := record.Decode(frame)
		row := datagram{index: i, at: d.At, after: d.At.Sub(all[0].At), outgoing: d.Outgoing, kind: m.Type, code: m.Code, mid: m.MID,
			token: m.Token, size: len(d.Data), data: d.Data, note: noteWord(d.Note), about: blockOf(m.Fields)}
		if d.Stray && d.Note == 0 {
			row.note = lang.L("answers no request")
		}
		if m.Err != "" {
			row.note = m.Err
		}
		if code, there := frame.Code(); there {
			row.role = theme.MethodRole(code)
		}
		for _, span := range m.Mask {
			row.masks = append(row.masks, widget.Span{From: span.From, To: span.To})
		}
		rows[i] = row
	}
	return rows
}

// blockOf is what the Block options of a message say.
func blockOf(fields []record.Field) string {
	var parts []string
	for _, f := range fields {
		if f.Name == "Block1" || f.Name == "Block2" || f.Name == "Observe" {
			parts = append(parts, f.Name+" "+f.Value)
		}
	}
	return strings.Join(parts, " · ")
}

func noteWord(n record.Note) string {
	switch {
	case n&record.Retransmitted != 0:
		return lang.L("retransmitted")
	case n&record.Duplicate != 0:
		return lang.L("duplicate")
	case n&record.Malformed != 0:
		return lang.L("malformed")
	}
	return ""
}

// text is an answer as people paste it.
func (s *shown) text() string {
	lines := []string{s.badge}
	for _, o := range s.options {
		lines = append(lines, strings.TrimSuffix(o.name+": "+o.value, " "))
	}
	if len(s.payload) > 0 {
		_, body := collection.DescribePayload(s.payload, s.format)
		lines = append(lines, "", body)
	}
	return strings.Join(lines, "\n")
}

// verbLabel is a verb where there is little room.
func verbLabel(v collection.Verb) string {
	if v == collection.DELETE {
		return "DEL"
	}
	return string(v)
}

// verbRole is the colour of a verb.
func verbRole(v collection.Verb) theme.Role {
	switch v {
	case collection.GET, collection.FETCH:
		return theme.RoleGET
	case collection.POST:
		return theme.RolePOST
	case collection.PUT, collection.PATCH, collection.IPATCH:
		return theme.RolePUT
	case collection.DELETE:
		return theme.RoleDELETE
	}
	return theme.RoleMuted
}

// number is the number of an option by its name, negative where it has none.
func number(name string) int {
	for n, o := range registered {
		if strings.EqualFold(o.Name, name) {
			return n
		}
	}
	if n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(name), "option-"), 10, 16); err == nil {
		return int(n)
	}
	return -1
}

// found is what was found in place of what an expectation, which is shown beside it, says.
func found(failure error, e collection.Expectation) error {
	if strings.HasPrefix(failure.Error(), "expected "+e.String()+": ") {
		return errors.Unwrap(failure)
	}
	return failure
}
