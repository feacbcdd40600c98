package request

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/client"
	"sluice/engine/collection"
	"sluice/engine/record"
	"sluice/ui/widget/format"
)

// job is what runs: one at a time, off the UI goroutine.
type job struct {
	cancel context.CancelFunc
	scope  *collection.Scope // the job's until it is done
	hints  *collection.Scope // a copy for the editors meanwhile
	label  string
	uri    string // of what is observed, if it is
	live   *live
}

// live is how far a job has come. It is written by the goroutines of the client.
type live struct {
	mu              sync.Mutex
	began           time.Time
	sent            int // datagrams
	retransmissions int
	progress        client.Progress
	repeated        *repeated // nil: it is sent once
	latest          *shown    // of what is sent again and again, until it is shown
	run             *bookRun  // nil: one request is sent
	asked           *asked    // nil: no group is asked
	changed         bool
}

// shownAfter is how long something may take before its progress is shown.
const shownAfter = 100 * time.Millisecond

// begin runs work, unless something runs. What work returns is run on the UI goroutine.
func (p *Pane) begin(label string, l *live, work func(ctx context.Context, j *job) func()) {
	if p.running != nil {
		return
	}
	ctx, cancel := context.WithCancel(p.ctx)
	l.began = time.Now()
	j := &job{cancel: cancel, scope: p.scope, hints: p.scope.Clone(), label: label, uri: p.draft.Target, live: l}
	p.running = j
	p.live.Store(l)
	p.bar.refresh()
	time.AfterFunc(shownAfter, p.host.Wake)
	p.host.Run(func() {
		p.using.Lock()
		p.runner.Use(j.scope)
		p.starting(j)
		show := work(ctx, j)
		p.using.Unlock()
		cancel()
		p.host.Do(func() {
			p.running = nil
			p.live.Store(nil)
			show()
			p.answer.progress(nil)
			p.refresh()
		})
	})
}

// stop cancels what runs.
func (p *Pane) stop() {
	if p.running != nil {
		p.running.cancel()
	}
}

// Send sends the request at hand, or cancels what runs. UI goroutine only.
func (p *Pane) Send() { p.send() }

// send sends the draft, or cancels what runs.
func (p *Pane) send() {
	if p.running != nil {
		p.stop()
		return
	}
	if err := p.problem(); err != nil {
		p.bar.say(err)
		return
	}
	p.run(p.draft.Clone())
}

// observe sends the draft with Observe 0.
func (p *Pane) observe() {
	r := p.draft.Clone()
	if r.Observe == "" {
		r.Observe = observationName
	}
	if r.Verb != collection.FETCH {
		r.Verb = collection.GET
	}
	p.run(r)
}

// observationName is that of an observation that the request gives none.
const observationName = "messages"

// ping sends an empty message to where the draft goes.
func (p *Pane) ping() {
	p.run(&collection.Request{Verb: collection.Ping, Target: p.draft.Target, Settings: p.draft.Settings})
}

// run sends a request once and shows the answer.
func (p *Pane) run(r *collection.Request) {
	folder, from := p.folder(), p.origin.key
	p.begin(verbLabel(r.Verb), &live{}, func(ctx context.Context, j *job) func() {
		at := time.Now()
		result := p.runner.Run(ctx, r, folder)
		s := describe(result, j.scope, at)
		if ctx.Err() != nil && result.Exchange == nil {
			s.cancelled()
		}
		return func() {
			p.history.add(r, s, from)
			p.answer.show(s)
			if p.answer.tabs.Selected() == tabNotifications && r.Observe == "" && !p.watching.living() {
				p.answer.tabs.Select(tabPayload) // nothing comes any more where the observation before it led
				p.answer.choose()
			}
			p.side.refresh()
		}
	})
}

// repetition is how a request is sent again and again.
type repetition struct {
	every, jitter time.Duration
	count         int // 0: until it is stopped
}

// repeated counts what became of it.
type repeated struct {
	of             repetition
	sent, answered int
	unmet          int // answers that are not as expected
	least, most    time.Duration
	sum            time.Duration
}

func (r *repeated) add(result *collection.Result) {
	r.sent++
	if !result.Passed() {
		r.unmet++
	}
	if !result.Answer.Answered {
		return
	}
	rtt := result.Answer.RTT
	if r.answered == 0 || rtt < r.least {
		r.least = rtt
	}
	r.answered++
	r.most = max(r.most, rtt)
	r.sum += rtt
}

// words sums up.
func (r *repeated) words() string {
	sent := format.Count(int64(r.sent))
	if r.of.count > 0 {
		sent = lang.L("{{.Sent}} of {{.Count}}", map[string]any{"Sent": sent, "Count": format.Count(int64(r.of.count))})
	}
	text := lang.L("{{.Sent}} sent · {{.Answered}} answered · {{.Failed}} failed", map[string]any{
		"Sent": sent, "Answered": format.Count(int64(r.answered)), "Failed": format.Count(int64(r.unmet))})
	if r.answered > 0 {
		text += " · " + lang.L("round trip {{.Least}} to {{.Most}}, mean {{.Mean}}", map[string]any{
			"Least": format.Duration(r.least), "Most": format.Duration(r.most), "Mean": format.Duration(r.sum / time.Duration(r.answered))})
	}
	return text
}

// repeat sends the draft again and again until it is stopped.
func (p *Pane) repeat(how repetition) {
	r, folder, from := p.draft.Clone(), p.folder(), p.origin.key
	l := &live{repeated: &repeated{of: how}}
	p.begin(verbLabel(r.Verb), l, func(ctx context.Context, j *job) func() {
		var last *shown
		for ctx.Err() == nil {
			at := time.Now()
			result := p.runner.Run(ctx, r, folder)
			if ctx.Err() != nil {
				break
			}
			last = describe(result, j.scope, at)
			l.mu.Lock()
			l.repeated.add(result)
			l.latest, l.changed = last, true
			done := how.count > 0 && l.repeated.sent >= how.count
			l.mu.Unlock()
			if done || !pause(ctx, how.next(at)) {
				break
			}
		}
		words := l.repeated.words()
		return func() {
			if last == nil {
				return
			}
			p.history.add(r, last, from)
			p.answer.show(last)
			p.answer.sum(words)
			p.side.refresh()
		}
	})
}

// next is how long to wait after a request that was sent at that time: the interval, and up to the jitter more or less.
func (r repetition) next(at time.Time) time.Duration {
	wait := r.every
	if r.jitter > 0 {
		wait += time.Duration(rand.Int64N(int64(2*r.jitter)+1)) - r.jitter
	}
	return max(0, time.Until(at.Add(wait)))
}

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// noteDatagram counts what passes for the job that runs.
func (p *Pane) noteDatagram(d client.Datagram) {
	l := p.live.Load()
	if l == nil || !d.Outgoing {
		return
	}
	l.mu.Lock()
	l.sent++
	if d.Note&record.Retransmitted != 0 {
		l.retransmissions++
		l.changed = true
	}
	l.mu.Unlock()
}

func (p *Pane) noteProgress(progress client.Progress) {
	if l := p.live.Load(); l != nil {
		l.mu.Lock()
		l.progress, l.changed = progress, true
		l.mu.Unlock()
	}
}

// step is how far a job has come, for the eye.
type step struct {
	words string
	part  float64 // of the transfer; negative: it is not known
	shown *shown  // the latest answer of several
	// running says that a whole collection is run.
	running bool
}

// gatherLive returns what shows how far the job is.
func (p *Pane) gatherLive(now time.Time) func() {
	l := p.live.Load()
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	elapsed := now.Sub(l.began)
	if elapsed < shownAfter {
		return nil
	}
	s := step{part: -1, words: l.words(elapsed), shown: l.latest, running: l.run != nil}
	switch g := l.progress; {
	case l.run != nil:
		s.part = l.run.part()
	case g.ToSend > 0 && g.Sent < g.ToSend:
		s.part = float64(g.Sent) / float64(g.ToSend)
	case g.ToReceive > 0:
		s.part = float64(g.Received) / float64(g.ToReceive)
	case l.repeated != nil && l.repeated.of.count > 0:
		s.part = float64(l.repeated.sent) / float64(l.repeated.of.count)
	}
	l.latest, l.changed = nil, false
	return func() {
		if p.running == nil || p.running.live != l {
			return
		}
		if s.shown != nil {
			p.answer.show(s.shown)
		}
		p.answer.progress(&s)
		if l.run != nil {
			p.answer.runs.show()
		}
		time.AfterFunc(shownAfter, p.host.Wake)
	}
}

// words say what is going on.
func (l *live) words(elapsed time.Duration) string {
	switch g := l.progress; {
	case l.run != nil:
		return l.run.words()
	case l.asked != nil:
		return l.asked.words(elapsed)
	case l.repeated != nil:
		return l.repeated.words()
	case g.ToSend > 0 && g.Sent < g.ToSend:
		return lang.L("{{.Done}} of {{.Size}} sent", map[string]any{"Done": format.Bytes(int64(g.Sent)), "Size": format.Bytes(int64(g.ToSend))})
	case g.ToReceive > 0:
		return lang.L("{{.Done}} of {{.Size}} received", map[string]any{"Done": format.Bytes(int64(g.Received)), "Size": format.Bytes(int64(g.ToReceive))})
	case g.Received > 0:
		return lang.L("{{.Done}} received", map[string]any{"Done": format.Bytes(int64(g.Received))})
	}
	waiting := lang.L("waiting for {{.Time}}", map[string]any{"Time": format.Duration(elapsed.Round(100 * time.Millisecond))})
	if l.retransmissions > 0 {
		waiting += " · " + lang.N("retransmitted {{.Count}} times", l.retransmissions, map[string]any{"Count": l.retransmissions})
	}
	return waiting
}

// problem is the first mistake that keeps the draft from being sent.
func (p *Pane) problem() error {
	if err := collection.CheckTarget(p.draft.Verb, target(p.draft)); err != nil {
		return err
	}
	for _, o := range p.draft.Options {
		if err := o.Check(); err != nil {
			return err
		}
	}
	return p.editor.payload.problem()
}

// target is what follows the verb on its line.
func target(r *collection.Request) string {
	if r.Verb == collection.Cancel {
		return r.Target + " " + string(r.Ending)
	}
	return r.Target
}

// isCancelled reports whether the user ended something.
func isCancelled(err error) bool { return errors.Is(err, context.Canceled) }
