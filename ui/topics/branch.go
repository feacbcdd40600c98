package topics

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"

	"sluice/engine"
	"sluice/ui/theme"
	"sluice/ui/units"
	"sluice/ui/widget/format"
)

// deletion is what the user is asked about before it goes.
type deletion struct {
	branch   string
	names    []string             // topics that go; for clearing those whose retained message goes
	retained []engine.Publication // what goes and can be published again
	clear    bool                 // only retained messages go
}

// branchFilter is the MQTT filter of a topic and all below it.
func branchFilter(branch string) string { return branch + "/#" }

// askBranch counts what is below a branch and asks once, in words that name how many.
func (p *Pane) askBranch(branch string, clear bool) {
	p.host.Run(func() {
		d := deletion{branch: branch, clear: clear, retained: p.engine.Retained(branchFilter(branch))}
		for _, m := range d.retained {
			d.names = append(d.names, m.Topic)
		}
		if !clear {
			d.names = append(d.names, p.table.Below(branch)...)
			slices.Sort(d.names)
			d.names = slices.Compact(d.names)
		}
		p.host.Do(func() { p.confirm(d) })
	})
}

// deleteRow asks whether what a line stands for is to go: a branch with all below it, or one topic.
func (p *Pane) deleteRow(row treeRow) {
	if row.branch {
		p.askBranch(row.path, false)
		return
	}
	p.host.Run(func() {
		_, known := p.table.Topic(row.path)
		configured := p.configuration(row.path)
		p.host.Do(func() {
			if known || configured != nil {
				p.remove(row.path, known, configured)
			}
		})
	})
}

func (p *Pane) confirm(d deletion) {
	if len(d.names) == 0 {
		p.host.Notify(theme.RoleLate, lang.L("Nothing of {{.Topic}} is retained", map[string]any{"Topic": d.branch}), "", nil)
		return
	}
	words := map[string]any{"Count": format.Count(int64(len(d.names))), "Topic": d.branch, "Retained": format.Count(int64(len(d.retained)))}
	title, text, action := lang.N("Delete {{.Count}} topics of {{.Topic}}?", len(d.names), words),
		lang.N("Their last values and histories are removed, and {{.Retained}} retained messages. Clients may publish to them again.", len(d.retained), words), lang.L("Delete")
	if d.clear {
		title, text, action = lang.N("Clear {{.Count}} retained messages of {{.Topic}}?", len(d.names), words),
			lang.L("Who subscribes from now on does not get them. The topics and their histories stay."), lang.L("Clear messages")
	}
	if d.undoable() {
		text = units.Sentences(text, lang.L("Undo publishes the retained messages again."))
	}
	p.host.Ask(title, text, action, func() { p.carryOut(d) })
}

// undoable reports whether the retained messages are kept until the user has had the choice to undo.
func (d *deletion) undoable() bool {
	size := 0
	for _, m := range d.retained {
		size += len(m.Payload) + len(m.Topic)
	}
	return len(d.retained) > 0 && size <= undoneBytes
}

// carryOut deletes what the user said yes to, then offers to undo it.
func (p *Pane) carryOut(d deletion) {
	words := map[string]any{"Topic": d.branch}
	do := p.engine.DeleteTopic
	title, failed := lang.L("Deleting {{.Topic}}", words), lang.L("Deleting {{.Topic}} failed", words)
	if d.clear {
		do = p.engine.ClearRetained
		title, failed = lang.L("Clearing {{.Topic}}", words), lang.L("Clearing {{.Topic}} failed", words)
	}
	var gone kept
	p.host.Run(func() {
		done, err := p.each(title, len(d.names), func(i int) error {
			deleted, err := do(d.names[i])
			gone.add(deleted)
			return err
		})
		words["Count"] = format.Count(int64(done))
		text := lang.N("{{.Count}} topics of {{.Topic}} were deleted", done, words)
		if d.clear {
			text = lang.N("{{.Count}} retained messages of {{.Topic}} were cleared", done, words)
		}
		p.host.Do(func() {
			if err != nil {
				p.host.Failed(failed, err)
			}
			if err == nil || done > 0 {
				p.offer(d.branch, text, &gone)
			}
			p.host.Wake()
		})
	})
}

const (
	// atOnce is how many changes are under way at a time: each waits for the disk, which takes many together.
	atOnce = 64
	// patience is after how long the user sees how far it is.
	patience = 300 * time.Millisecond
)

// each does something n times, shows how far it is when that takes long, and lets the user end it. It returns how many were
// done, and the first error; after it no more are begun. It is called off the UI goroutine.
func (p *Pane) each(title string, n int, do func(i int) error) (int, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var next, done atomic.Int64
	finished := make(chan struct{})
	go p.showProgress(title, n, &done, finished, cancel)
	var workers sync.WaitGroup
	for range min(atOnce, n) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					cancel(err)
					return
				}
				done.Add(1)
			}
		})
	}
	workers.Wait()
	close(finished)
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil // the user ended it
	}
	return int(done.Load()), err
}

// showProgress opens a dialog once the user has waited, keeps it up to date, and closes it at the end.
func (p *Pane) showProgress(title string, n int, done *atomic.Int64, finished <-chan struct{}, cancel context.CancelCauseFunc) {
	select {
	case <-finished:
		return
	case <-time.After(patience):
	}
	bar := fynewidget.NewProgressBar()
	bar.Value = float64(done.Load()) / float64(n)
	bar.TextFormatter = func() string {
		return format.Count(done.Load()) + " / " + format.Count(int64(n))
	}
	ready := make(chan func(), 1)
	p.host.Do(func() { ready <- p.host.Progress(title, bar, func() { cancel(context.Canceled) }) })
	var shut func()
	select {
	case shut = <-ready:
	case <-finished: // and the window has closed, or opens the dialog now
		p.host.Do(func() { (<-ready)() })
		return
	}
	ticker := time.NewTicker(patience)
	defer ticker.Stop()
	for {
		select {
		case <-finished:
			p.host.Do(shut)
			return
		case <-ticker.C:
			p.host.Do(func() { bar.SetValue(float64(done.Load()) / float64(n)) })
		}
	}
}
