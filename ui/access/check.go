package access

import (
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/secure"
	"sluice/engine/settings"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// check is the box that asks who may do what.
type check struct {
	object  fyne.CanvasObject
	changed func()

	title   *widget.Text
	client  *widget.Entry
	user    *widget.Entry
	proof   *widget.Choice // how the client proves who it is
	name    *widget.Entry
	action  *widget.Choice
	topic   *widget.Entry
	badge   *widget.Badge
	head    *fyne.Container
	rows    []*fyne.Container // of a choice with a field beside it
	answer  *widget.Selectable
	verdict verdict
}

// askable are the actions that can be asked about.
var askable = []settings.Action{settings.Publish, settings.Subscribe, settings.Connect}

// proofs are what a client can prove who it is with; everybody stands for nothing.
var proofs = []subject{everybody, commonName, pskName}

func proofWord(s subject) string {
	if s == everybody {
		return lang.L("no certificate or PSK")
	}
	return s.word()
}

func newCheck(changed func()) *check {
	c := &check{changed: changed, title: widget.NewText("", widget.TextStrong), badge: widget.NewBadge("", theme.RoleNeutral)}
	c.client = c.entry(lang.L("Client ID"))
	c.user = c.entry(lang.L("User name"))
	c.name = c.entry("")
	c.topic = c.entry(lang.L("Topic"))
	c.topic.TextStyle.Monospace = true
	c.proof = widget.NewChoice(words(proofs, proofWord), proofWord(everybody), func(string) { c.proofChosen() })
	c.action = widget.NewChoice(words(askable, actionWord), actionWord(settings.Publish), func(string) { c.actionChosen() })
	c.name.Hide()
	c.badge.Hide()
	c.answer = widget.NewSelectable("")
	c.answer.Wrapping, c.answer.SizeName = fyne.TextWrapWord, theme.SizeSmall
	who := container.NewGridWithColumns(2, c.client, c.user)
	c.rows = []*fyne.Container{container.NewBorder(nil, nil, c.proof, nil, c.name), container.NewBorder(nil, nil, c.action, nil, c.topic)}
	c.head = pane.NewLead(c.title, widget.TextStrong, c.badge)
	c.object = widget.NewPadded(16, 12, widget.NewCard(pane.NewColumn(8, c.head, who, c.rows[0], c.rows[1], c.answer)))
	c.show(nil)
	return c
}

func (c *check) entry(placeholder string) *widget.Entry {
	e := widget.NewEntry()
	e.SetPlaceHolder(placeholder)
	e.OnChanged = func(string) { c.changed() }
	return e
}

func (c *check) proofChosen() {
	proof := chosen(proofs, proofWord, c.proof.Selected())
	pane.SetVisible(c.name, proof != everybody)
	c.name.SetPlaceHolder(proof.placeholder())
	c.rows[0].Refresh()
	c.changed()
}

func (c *check) actionChosen() {
	pane.SetVisible(c.topic, c.selectedAction() != settings.Connect)
	c.rows[1].Refresh()
	c.changed()
}

func (c *check) selectedAction() settings.Action {
	return chosen(askable, actionWord, c.action.Selected())
}

// question is what the box asks.
func (c *check) question() engine.Question {
	q := engine.Question{ClientID: c.client.Text, Username: c.user.Text, Action: c.selectedAction(), Topic: c.topic.Text}
	if q.Action == settings.Connect {
		q.Topic = ""
	}
	switch chosen(proofs, proofWord, c.proof.Selected()) {
	case commonName:
		// That there is a certificate is told by its fingerprint; which one that is no rule asks.
		q.Identity = secure.Identity{CommonName: c.name.Text, Subject: "CN=" + c.name.Text, Fingerprint: "of a certificate that is asked about"}
	case pskName:
		q.Identity.PSK = c.name.Text
	}
	return q
}

// complete reports whether a question can be answered; the error says why its topic cannot.
func complete(q engine.Question) (bool, error) {
	switch {
	case q.Action == settings.Connect:
		return q.ClientID != "" || q.Username != "" || q.Identity.Proved(), nil
	case q.Topic == "":
		return false, nil
	case q.Action == settings.Subscribe:
		return true, checkSubscription(q.Topic)
	}
	return true, checkTopic(q.Topic)
}

// checkTopic says why messages cannot be published to a topic name (MQTT 5, section 4.7).
func checkTopic(name string) error {
	for _, r := range name {
		if r == '+' || r == '#' {
			return errors.New(lang.L("+ and # stand for many topics; a message goes to one"))
		}
	}
	return nil
}

// checkSubscription says why a filter cannot be subscribed to.
func checkSubscription(filter string) error { return checkFilter(filter) }

// show brings the answer up to date, and reports whether it is another one; nil means that nothing is asked.
func (c *check) show(v *verdict) (changed bool) {
	q := c.question()
	before := [...]any{c.title.Text(), c.verdict.word, c.verdict.rule, c.badge.Visible()}
	c.title.SetText(asked(q))
	_, problem := complete(q)
	switch {
	case problem != nil:
		c.verdict = verdict{rule: -1}
		pane.SetVisible(c.badge, false)
		pane.SetRemark(&c.answer.Label, language.Say(problem), theme.RoleBad)
	case v == nil:
		c.verdict = verdict{rule: -1}
		pane.SetVisible(c.badge, false)
		pane.SetRemark(&c.answer.Label, lang.L("Give a client, what it does and a topic: the rule that decides is named."), theme.RoleMuted)
	default:
		c.verdict = *v
		c.badge.Set(v.word, v.role)
		pane.SetVisible(c.badge, true)
		pane.SetRemark(&c.answer.Label, strings.Join(v.lines, "\n"), theme.RoleText)
	}
	changed = before != [...]any{c.title.Text(), c.verdict.word, c.verdict.rule, c.badge.Visible()}
	if changed {
		c.head.Refresh()
	}
	return changed
}

// ask fills the box in.
func (c *check) ask(q engine.Question) {
	c.client.SetText(q.ClientID)
	c.user.SetText(q.Username)
	if q.Action != "" {
		c.action.SetSelected(actionWord(q.Action))
		c.actionChosen()
	}
	if q.Topic != "" {
		c.topic.SetText(q.Topic)
	}
	c.changed()
}
