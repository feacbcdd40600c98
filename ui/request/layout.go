package request

import (
	"encoding/json"

	"sluice/engine/collection"
	"sluice/ui/widget"
)

// layout is what is remembered of the pane.
type layout struct {
	Split       float64           `json:"split"`
	Stack       float64           `json:"stack"`
	Tab         string            `json:"tab"`
	AnswerTab   string            `json:"answer_tab"`
	Opened      []string          `json:"opened,omitempty"`
	Folder      string            `json:"folder,omitempty"`
	Environment string            `json:"environment,omitempty"`
	Draft       string            `json:"draft"`
	From        string            `json:"from,omitempty"` // the draft's collection
	Index       int               `json:"index"`          // and its place there
	History     []*entry          `json:"history,omitempty"`
	Datagrams   widget.TableState `json:"datagrams"`
	Notices     widget.TableState `json:"notifications"`
}

// maxOpened bounds how many open branches are remembered.
const maxOpened = 64

// SaveLayout returns what is to be remembered. Secrets that are written into requests are not in it.
func (p *Pane) SaveLayout() ([]byte, error) {
	l := layout{
		Split: p.split.Offset(), Stack: p.stack.Offset(), Tab: p.editor.tabs.Selected(), AnswerTab: p.answer.tabs.Selected(),
		Environment: p.environment, Draft: withoutSecrets(p.draft), From: p.origin.key, Index: p.origin.index, History: p.history.kept(),
		Datagrams: p.answer.packets.table.State(), Notices: p.answer.notices.table.State(),
	}
	if chosen := p.chosen.Load(); chosen != nil {
		l.Folder = *chosen
	}
	for _, b := range p.library.books {
		if p.side.opened[b.key] && len(l.Opened) < maxOpened {
			l.Opened = append(l.Opened, b.key)
		}
	}
	return json.Marshal(l)
}

// RestoreLayout takes back what SaveLayout gave.
func (p *Pane) RestoreLayout(data []byte) error {
	var l layout
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	p.split.SetOffset(l.Split)
	p.stack.SetOffset(l.Stack)
	p.editor.tabs.Select(l.Tab)
	p.answer.tabs.Select(l.AnswerTab)
	p.answer.packets.table.SetState(l.Datagrams)
	p.answer.notices.table.SetState(l.Notices)
	delete(p.side.opened, firstOpened)
	for _, key := range l.Opened {
		p.side.opened[key] = true
	}
	if l.Folder != "" {
		p.chosen.Store(&l.Folder)
	}
	p.environment = l.Environment
	p.history.restore(l.History)
	if r, _ := collection.ParseRequest(l.Draft); r != nil && r.Verb != "" { // mistakes are shown where they are
		p.compose(r, origin{l.From, l.Index})
		p.kept = "" // until the collection is read
	}
	p.editor.choose()
	p.answer.choose()
	p.side.refresh()
	return nil
}
