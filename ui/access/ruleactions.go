package access

import (
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/settings"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// ruleItems is the context menu of a rule.
func (p *Pane) ruleItems(r RuleRow) []*fyne.MenuItem {
	up := fyne.NewMenuItem(lang.L("Move up"), func() { p.move(r.index, -1) })
	up.Disabled = r.index == 0
	down := fyne.NewMenuItem(lang.L("Move down"), func() { p.move(r.index, 1) })
	down.Disabled = r.index >= len(p.rules)-1
	return []*fyne.MenuItem{
		up, down,
		fyne.NewMenuItem(lang.L("Insert before"), func() { p.draft(newDraft(r.index, blank)) }),
		fyne.NewMenuItem(lang.L("Duplicate"), func() { p.draft(newDraft(r.index+1, r.rule)) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Copy as text"), func() { widget.CopyText(r.asText()) }),
		fyne.NewMenuItem(lang.L("Copy as JSON"), func() { widget.CopyText(r.asJSON()) }),
		fyne.NewMenuItem(lang.L("Copy as settings"), func() { widget.CopyText(r.asTOML()) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Ask about it"), func() { p.askAbout(r.rule) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(lang.L("Delete…"), func() { p.deleteRule(r.index, r.rule) }),
	}
}

// blank is what a new rule begins with.
var blank = settings.Rule{Permission: settings.Deny, Who: string(everybody), Action: settings.AllAction}

// askAbout asks whether the one that a rule is for may do what it is about.
func (p *Pane) askAbout(r settings.Rule) {
	q := engine.Question{Action: r.Action}
	if q.Action == settings.AllAction {
		q.Action = settings.Publish
	}
	switch who, name := splitWho(r.Who); who {
	case userName:
		q.Username = name
	case clientID:
		q.ClientID = name
	}
	p.check.ask(q)
	p.host.Window.Canvas().Focus(p.check.client)
}

// openRule shows a rule in the form.
func (p *Pane) openRule(index int) {
	if index >= len(p.rules) {
		return
	}
	p.form.fill(draftOf(index, p.rules[index]))
	p.show(sideRule)
}

// addRule begins a rule behind the one that is selected, or else behind all.
func (p *Pane) addRule() {
	at := len(p.rules)
	if row, ok := p.list.Selected(); ok {
		at = row.index + 1
	}
	p.leave()
	p.draft(newDraft(at, blank))
}

// draft shows a rule that is not among the rules yet.
func (p *Pane) draft(d draft) {
	p.form.fill(d)
	p.show(sideRule)
	p.form.edited()
	p.host.Window.Canvas().Focus(p.form.permission)
}

// leave is called before the right side shows something else. What was not saved can be come back to.
func (p *Pane) leave() {
	if p.side != sideRule || !p.form.dirty() {
		return
	}
	left := p.form.now()
	if left == p.form.draft {
		return // a new one in which nothing was typed
	}
	p.form.draft = draft{index: left.index} // nothing of it is dirty any more
	text := lang.L("The change of rule {{.Number}} was not saved", map[string]any{"Number": left.index + 1})
	if left.fresh {
		text = lang.L("The new rule was not added")
	}
	p.host.Notify(theme.RoleLate, text, lang.L("Go back"), func() {
		p.leave()
		if !left.fresh {
			p.list.Select(left.index)
		}
		p.form.fill(left)
		p.show(sideRule)
		p.form.edited()
	})
}

// leaveRule shows nothing of a rule any more.
func (p *Pane) leaveRule() {
	p.form.draft = draft{}
	p.show(sideOverview)
}

// errGone says that a rule is not where it was.
func errGone() error {
	return errors.New(lang.L("the rules were changed elsewhere meanwhile"))
}

// locate finds a rule that was at index when it was seen; rules before it may have come or gone.
func locate(rules []settings.Rule, index int, seen settings.Rule) (int, error) {
	if index < len(rules) && sameRule(rules[index], seen) {
		return index, nil
	}
	at := slices.IndexFunc(rules, func(r settings.Rule) bool { return sameRule(r, seen) })
	if at < 0 {
		return 0, errGone()
	}
	return at, nil
}

// changeRules has change make other rules of those that there are. It returns the index that is to be selected, -1 for none.
// said is told afterwards by tell, with a way to take the change back.
func (p *Pane) changeRules(failed, said string, tell func(string, func() error), change func(rules []settings.Rule) ([]settings.Rule, int, error)) {
	shown, typed := p.side, p.form.now()
	p.host.Run(func() {
		p.changing.Lock()
		before := p.engine.Rules()
		after, at, err := change(slices.Clone(before))
		if err == nil {
			err = p.engine.SetRules(after)
		}
		p.changing.Unlock()
		p.host.Do(func() {
			if err != nil {
				p.failed(failed, err)
				return
			}
			if p.side == shown && (shown != sideRule || !p.form.dirty() || p.form.now() == typed) {
				p.changed(after, at)
			} else {
				p.overtaken(after, at, typed)
			}
			if !slices.EqualFunc(before, after, sameRule) {
				tell(said, func() error { return p.undoRules(after, before) })
			}
			p.host.Wake()
		})
	})
}

// changed shows rules that the engine has taken, without waiting for the next tick.
func (p *Pane) changed(rules []settings.Rule, at int) {
	p.rules = rules
	p.list.SetRows(buildRuleRows(rules, p.filter.Text, -1))
	p.form.draft = draft{}
	if at < 0 {
		p.show(sideOverview)
		return
	}
	p.list.Unselect() // so that it is chosen anew, and shown, wherever it is now
	if !p.list.Select(at) {
		p.openRule(at) // the filter hides it
	}
}

// overtaken is called instead of changed if the user has gone on meanwhile, which is left alone: what is typed into a rule
// that was just saved is a change of that rule.
func (p *Pane) overtaken(rules []settings.Rule, at int, saved draft) {
	p.rules = rules
	p.list.SetRows(buildRuleRows(rules, p.filter.Text, -1))
	if f := p.form; p.side == sideRule && at >= 0 && f.draft.written == saved.written {
		f.draft.index, f.draft.fresh, f.draft.written = at, false, &rules[at]
		f.edited()
	}
}

// undoRules brings back the rules of before, unless they were changed again. It is called off the UI goroutine.
func (p *Pane) undoRules(after, before []settings.Rule) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	if !slices.EqualFunc(p.engine.Rules(), after, sameRule) {
		return errGone()
	}
	if err := p.engine.SetRules(before); err != nil {
		return err
	}
	p.host.Do(func() {
		if p.side == sideRule && p.form.dirty() {
			p.overtaken(before, -1, draft{})
		} else {
			p.changed(before, -1)
		}
	})
	return nil
}

func (p *Pane) insertRule(index int, r settings.Rule) {
	p.changeRules(lang.L("Adding the rule failed"), lang.L("Rule {{.Number}} was added", map[string]any{"Number": index + 1}), p.host.Undoable,
		func(rules []settings.Rule) ([]settings.Rule, int, error) {
			at := min(index, len(rules))
			return slices.Insert(rules, at, r), at, nil
		})
}

func (p *Pane) replaceRule(index int, before, after settings.Rule) {
	number := map[string]any{"Number": index + 1}
	p.changeRules(lang.L("Changing rule {{.Number}} failed", number), lang.L("Rule {{.Number}} was changed", number), p.host.Undoable,
		func(rules []settings.Rule) ([]settings.Rule, int, error) {
			at, err := locate(rules, index, before)
			if err == nil {
				rules[at] = after
			}
			return rules, at, err
		})
}

// move moves a rule up or down. What is in the form and not saved stays where it is.
func (p *Pane) move(index, by int) {
	if index >= len(p.rules) || p.side == sideRule && p.form.dirty() {
		return
	}
	seen := p.rules[index]
	number := map[string]any{"Number": index + 1}
	p.changeRules(lang.L("Moving rule {{.Number}} failed", number), lang.L("Rule {{.Number}} was moved", number), p.host.UndoableUnsaid,
		func(rules []settings.Rule) ([]settings.Rule, int, error) {
			at, err := locate(rules, index, seen)
			to := max(0, min(at+by, len(rules)-1))
			if err == nil {
				rules[at], rules[to] = rules[to], rules[at]
			}
			return rules, to, err
		})
}

// deleteRule deletes a rule after one question.
func (p *Pane) deleteRule(index int, r settings.Rule) {
	number := map[string]any{"Number": index + 1, "Rule": ruleText(r)}
	p.host.Ask(lang.L("Delete rule {{.Number}}?", number),
		lang.L("It says: {{.Rule}}. Without it the rules behind it decide, at once and for who is connected too.", number),
		lang.L("Delete"), func() {
			p.changeRules(lang.L("Deleting rule {{.Number}} failed", number), lang.L("Rule {{.Number}} was deleted", number), p.host.Undoable,
				func(rules []settings.Rule) ([]settings.Rule, int, error) {
					at, err := locate(rules, index, r)
					if err != nil {
						return nil, 0, err
					}
					return slices.Delete(rules, at, at+1), -1, nil
				})
		})
}
