package request

import (
	"errors"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/ui/pane"
	"sluice/ui/widget"
	"sluice/ui/widget/format"
)

// setting is a line of the transmission with its value as a text.
type setting struct {
	name  func() string
	unset string // what holds without it
	read  func(s *collection.Settings) string
	write func(s *collection.Settings, text string) error
	about func(s *collection.Settings) string // what it is or means
	wrong error
	field *field
	hint  remark
}

// transmissionEditor sets the parameters of RFC 7252, section 4.8, and how blocks are negotiated.
type transmissionEditor struct {
	pane     *Pane
	object   fyne.CanvasObject
	settings []*setting
	early    *widget.Check
	single   *widget.Check
}

func newTransmissionEditor(p *Pane) *transmissionEditor {
	e := &transmissionEditor{pane: p, settings: newSettings()}
	column := pane.NewColumn(0)
	for _, s := range e.settings {
		s.hint = newRemark()
		s.field = newField(s.unset, p.send, func(text string) {
			s.wrong = s.write(&p.draft.Settings, text)
			p.changed()
		})
		column.Add(newRow(widget.NewText(s.name(), widget.TextPlain), s.field, s.hint, nil))
	}
	e.early = widget.NewCheck(lang.L("Ask for blocks of that size at once (RFC 7959, 2.4)"), func(on bool) {
		p.draft.Settings.EarlyNegotiation = on
		p.changed()
	})
	e.single = widget.NewCheck(lang.L("Send one block only and fetch no other"), func(on bool) {
		p.draft.Settings.SingleMessages = on
		p.changed()
	})
	column.Add(container.NewHBox(e.early, e.single))
	e.object = container.NewVScroll(column)
	return e
}

func newSettings() []*setting {
	return []*setting{
		{name: func() string { return lang.L("ACK timeout") }, unset: "2s",
			read:  func(s *collection.Settings) string { return written(s.ACKTimeout) },
			write: func(s *collection.Settings, text string) (err error) { s.ACKTimeout, err = duration(text); return err },
			about: firstRetransmission},
		{name: func() string { return lang.L("ACK random factor") }, unset: "1.5",
			read: func(s *collection.Settings) string {
				if s.ACKRandomFactor == 0 {
					return ""
				}
				return strconv.FormatFloat(s.ACKRandomFactor, 'g', -1, 64)
			},
			write: writeFactor, about: named("ACK_RANDOM_FACTOR (RFC 7252, 4.8)")},
		{name: func() string { return lang.L("Retransmissions at most") }, unset: "4",
			read: func(s *collection.Settings) string {
				if s.MaxRetransmit == nil {
					return ""
				}
				return strconv.Itoa(*s.MaxRetransmit)
			},
			write: writeRetransmit, about: lastRetransmission},
		{name: func() string { return lang.L("Give up after") }, unset: lang.L("10s, or what is set above takes"),
			read:  func(s *collection.Settings) string { return written(s.Timeout) },
			write: func(s *collection.Settings, text string) (err error) { s.Timeout, err = duration(text); return err },
			about: giveUp},
		{name: func() string { return lang.L("Token") }, unset: lang.L("4 random bytes"),
			read:  func(s *collection.Settings) string { return s.Token },
			write: func(s *collection.Settings, text string) error { s.Token = text; return checkSettings("token", text) },
			about: func(*collection.Settings) string { return lang.L("up to 8 bytes as 0x01ff, or empty") }},
		{name: func() string { return lang.L("Socket") }, unset: lang.L("any"),
			read:  func(s *collection.Settings) string { return s.Socket },
			write: func(s *collection.Settings, text string) error { s.Socket = text; return checkSettings("socket", text) },
			about: func(*collection.Settings) string { return lang.L("a name: requests of one name leave from one port") }},
	}
}

func written(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// duration reads a duration; nothing is none.
func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, errors.New(lang.L("No duration such as 500ms or 2s"))
	}
	return d, nil
}

func writeFactor(s *collection.Settings, text string) error {
	s.ACKRandomFactor = 0
	if text == "" {
		return nil
	}
	factor, err := strconv.ParseFloat(text, 64)
	if err != nil || !(factor >= 1 && factor <= 10) {
		return errors.New(lang.L("No number from 1 to 10"))
	}
	s.ACKRandomFactor = factor
	return nil
}

func writeRetransmit(s *collection.Settings, text string) error {
	s.MaxRetransmit = nil
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 20 {
		return errors.New(lang.L("No whole number from 0 to 20"))
	}
	s.MaxRetransmit = &n
	return nil
}

// checkSettings says what is wrong with a setting as a file has it.
func checkSettings(name, text string) error {
	if text == "" {
		return nil
	}
	_, err := collection.ParseRequest("###\nPING coap://h\nwith " + name + " " + text + "\n")
	var all collection.Errors
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Problem
	}
	return err
}

func (e *transmissionEditor) content() fyne.CanvasObject { return e.object }

func (e *transmissionEditor) load() {
	s := &e.pane.draft.Settings
	for _, one := range e.settings {
		one.field.set(one.read(s))
		one.wrong = nil
	}
	e.refresh()
	e.early.SetChecked(s.EarlyNegotiation)
	e.single.SetChecked(s.SingleMessages)
}

// refresh says what the settings mean together.
func (e *transmissionEditor) refresh() {
	for _, one := range e.settings {
		one.hint.tell(one.about(&e.pane.draft.Settings), one.wrong)
	}
}

func named(name string) func(*collection.Settings) string {
	return func(*collection.Settings) string { return name }
}

// firstRetransmission is when a message is sent again for the first time.
func firstRetransmission(s *collection.Settings) string {
	t := s.Transmission()
	least, most := t.ACKTimeout, time.Duration(float64(t.ACKTimeout)*max(1, t.ACKRandomFactor))
	if least == most {
		return lang.L("ACK_TIMEOUT: sent again after {{.Time}}", map[string]any{"Time": format.Duration(least)})
	}
	return lang.L("ACK_TIMEOUT: sent again after {{.Least}} to {{.Most}}", map[string]any{"Least": format.Duration(least), "Most": format.Duration(most)})
}

// lastRetransmission is when nobody waits for an acknowledgement any more.
func lastRetransmission(s *collection.Settings) string {
	return lang.L("MAX_RETRANSMIT: not acknowledged after {{.Most}} at most", map[string]any{"Most": format.Duration(s.Transmission().MaxTransmitWait())})
}

// giveUp warns where not all retransmissions are waited for.
func giveUp(s *collection.Settings) string {
	t := s.Transmission()
	if s.Timeout > 0 && s.Type != "NON" && s.Timeout < t.MaxTransmitWait() {
		return lang.L("may be before the last retransmission")
	}
	return ""
}
