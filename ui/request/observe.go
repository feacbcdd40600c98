package request

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/ui/language"
	"sluice/ui/theme"
	"sluice/ui/widget/payload"
)

// What is kept of the notifications of an observation; the oldest go.
const (
	maxNotifications     = 1000
	maxNotificationBytes = 4 << 20
	maxObservations      = 32
	previewRunes         = 120
	endWithin            = 15 * time.Second
)

// observations are those that were granted, the newest last. Notifications come on goroutines of the client.
type observations struct {
	mu       sync.Mutex
	all      []*observation
	uri      string // of what is asked now
	revision uint64
	gathered uint64 // Gather's
	wake     time.Time
}

// observation is one that was granted. What changes is under the lock of observations.
type observation struct {
	name, uri string
	handle    *client.Observation
	rows      []notification
	bytes     int
	count     int
	ended     bool
	ending    bool // it was asked to
}

// notification is one message of an observation as a row.
type notification struct {
	number   int
	at       time.Time
	sequence uint32
	kind     string
	code     string
	role     theme.Role
	preview  string
	payload  []byte
	format   int
	note     string
	bad      bool
}

// starting says what the job that begins asks.
func (p *Pane) starting(j *job) {
	p.watching.mu.Lock()
	p.watching.uri = j.uri
	p.watching.mu.Unlock()
}

// observed takes in an observation that was granted.
func (p *Pane) observed(name string, o *client.Observation) {
	w := &p.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, &observation{name: name, uri: w.uri, handle: o})
	if len(w.all) > maxObservations {
		at := max(slices.IndexFunc(w.all, func(o *observation) bool { return o.ended }), 0)
		w.all = slices.Delete(w.all, at, at+1)
	}
	w.revision++
	go func() {
		select {
		case <-o.Done():
			p.host.Wake() // nothing may pass any more that would have its end shown
		case <-p.ctx.Done():
		}
	}()
}

// notified takes in a notification of the newest observation of that name.
func (p *Pane) notified(name string, n *client.Notification) {
	w := &p.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range slices.Backward(w.all) {
		if o.name == name {
			o.take(n)
			break
		}
	}
	w.revision++
	if time.Since(w.wake) >= shownAfter {
		w.wake = time.Now()
		p.host.Wake()
	}
}

func (o *observation) take(n *client.Notification) {
	o.count++
	_, contentFormat := optionFacts(n.Options)
	row := notification{number: o.count, at: n.At, sequence: n.Sequence, kind: typeWord(n.Type), code: collection.DescribeCode(n.Code),
		role: theme.MethodRole(byte(n.Code)), payload: n.Payload, format: contentFormat, preview: payload.Summary(n.Payload, contentFormat, previewRunes)}
	switch {
	case n.Err != nil:
		row.note, row.bad = language.Say(n.Err), true
	case n.Last:
		row.note, row.bad = lang.L("the server ended it"), true
	case n.Reordered:
		row.note = lang.L("reordered: a newer one came before")
	}
	o.rows = append(o.rows, row)
	o.bytes += len(n.Payload)
	for len(o.rows) > maxNotifications || o.bytes > maxNotificationBytes && len(o.rows) > 1 {
		o.bytes -= len(o.rows[0].payload)
		o.rows = o.rows[1:]
	}
	o.ended = o.ended || n.Last
}

// gatherNotifications returns what shows observations that changed.
func (p *Pane) gatherNotifications() func() {
	w := &p.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.all {
		select {
		case <-o.handle.Done():
			if !o.ended {
				o.ended = true
				w.revision++
			}
		default:
		}
	}
	if w.revision == w.gathered {
		return nil
	}
	w.gathered = w.revision
	return p.showObservations
}

// showObservations brings the notifications and the bar up to date.
func (p *Pane) showObservations() {
	p.answer.notices.refresh()
	p.bar.refresh()
}

// observing is a living observation of what the draft asks, nil if there is none.
func (p *Pane) observing() *observation {
	w := &p.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range slices.Backward(w.all) {
		if o.uri == p.draft.Target && !o.ended && !o.ending {
			return o
		}
	}
	return nil
}

// endings are the ways to end an observation, with what they say to the server.
func (p *Pane) endings(o *observation) []*fyne.MenuItem {
	item := func(label string, how client.Ending) *fyne.MenuItem {
		return fyne.NewMenuItem(label, func() { p.endObservation(o, how) })
	}
	return []*fyne.MenuItem{
		item(lang.L("End by GET with Observe 1"), client.ByGet),
		item(lang.L("End by RST to the next notification"), client.ByReset),
		item(lang.L("Forget it and say nothing"), client.Forget),
	}
}

// endObservation ends an observation. That may take as long as a request.
func (p *Pane) endObservation(o *observation, how client.Ending) {
	w := &p.watching
	w.mu.Lock()
	o.ending = true
	w.revision++
	w.mu.Unlock()
	p.showObservations()
	p.host.Run(func() {
		ctx, cancel := context.WithTimeout(p.ctx, endWithin)
		defer cancel()
		exchange, err := o.handle.Cancel(ctx, how)
		w.mu.Lock()
		if how != client.ByReset {
			o.ended = true
		}
		w.revision++
		w.mu.Unlock()
		p.host.Do(func() {
			p.showObservations()
			if exchange == nil {
				if err != nil {
					p.host.Failed(lang.L("Ending the observation failed"), err)
				}
				return
			}
			r := &collection.Request{Verb: collection.GET, Target: o.uri}
			result := &collection.Result{Request: r, Exchange: exchange, Answer: collection.AnswerTo(exchange, err)}
			p.answer.show(describe(result, p.hints(), exchange.Sent))
		})
	})
}

// snapshot returns what is shown of an observation.
func (w *observations) snapshot(o *observation) (rows []notification, count int, state string, living bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	state = lang.L("active")
	switch {
	case o.ended:
		state = lang.L("ended")
	case o.ending:
		state = lang.L("ending")
	}
	rows = slices.Clone(o.rows)
	slices.Reverse(rows)
	return rows, o.count, state, !o.ended && !o.ending
}

// living reports whether there is an observation that has not ended.
func (w *observations) living() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.all, func(o *observation) bool { return !o.ended })
}

// list returns the observations, the newest first.
func (w *observations) list() []*observation {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Clone(w.all)
	slices.Reverse(all)
	return all
}

// title names an observation in a menu.
func (o *observation) title() string {
	_, rest, _ := strings.Cut(o.uri, "://")
	return rest
}
