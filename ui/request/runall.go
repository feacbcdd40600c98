package request

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget/format"
	"sluice/ui/widget/payload"
)

// maxKept bounds the answers of a run that are kept for a look at them, in bytes.
const maxKept = 32 << 20

// verdict is how far a request of a run has come.
type verdict uint8

const (
	waits verdict = iota
	runs
	passed
	failed
	notSent
)

// runRow is a request of a run.
type runRow struct {
	index    int
	key      string // its collection
	at       int    // and its place there
	request  *collection.Request
	book     string
	verdict  verdict
	expected string
	got      string
	rtt      time.Duration
	why      string // it failed
	shown    *shown // nil: not run yet
}

// bookRun is a run of collections, one after the other. Each has variables, connections and observations of its own, as on
// the command line.
type bookRun struct {
	books  []*book
	scopes []*collection.Scope
	stop   bool // at the first failure

	mu     sync.Mutex // for the rest
	rows   []runRow
	report collection.Report
	kept   int
	began  time.Time
	took   time.Duration // 0: it runs
}

func newBookRun(books []*book, stop bool) *bookRun {
	run := &bookRun{books: books, stop: stop, began: time.Now()}
	for _, b := range books {
		for at, r := range b.file.Requests {
			var expected []string
			for _, e := range r.Expect {
				expected = append(expected, e.String())
			}
			run.rows = append(run.rows, runRow{index: len(run.rows), key: b.key, at: at, request: r, book: b.name, expected: strings.Join(expected, " · ")})
		}
	}
	if len(run.rows) > 0 {
		run.rows[0].verdict = runs
	}
	return run
}

// add takes in what became of the next request, and reports whether the run goes on.
func (run *bookRun) add(file string, result *collection.Result, s *shown) bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	outcome := collection.OutcomeOf(file, result)
	run.report.Add(outcome)
	next := len(run.report.Requests)
	row := &run.rows[next-1]
	row.verdict, row.got, row.rtt, row.shown = passed, outcome.Got, result.Answer.RTT, s
	if result.Answer.Err != nil {
		row.got = language.Say(result.Answer.Err)
	}
	if !outcome.Passed {
		row.verdict, row.why = failed, strings.ReplaceAll(language.Say(errors.Join(result.Failures...)), "\n", " · ")
	}
	if run.kept += s.size(); run.kept > maxKept {
		s.payload, s.datagrams, s.leftOut = nil, nil, s.leftOut+len(s.datagrams)
		s.problem = strings.TrimSpace(s.problem + "\n" + lang.L("The payload and the datagrams are not kept: the answers of this run are too large."))
	}
	goesOn := outcome.Passed || !run.stop
	if goesOn && next < len(run.rows) {
		run.rows[next].verdict = runs
	}
	return goesOn
}

// size is about how many bytes an answer takes.
func (s *shown) size() int {
	n := len(s.payload)
	for _, d := range s.datagrams {
		n += len(d.data) + 200
	}
	return n
}

// end notes that nothing more is sent.
func (run *bookRun) end() {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.took = time.Since(run.began)
	run.report.End(run.took, len(run.rows))
	for i := len(run.report.Requests); i < len(run.rows); i++ {
		run.rows[i].verdict = notSent
	}
}

// snapshot is the run as it is now.
func (run *bookRun) snapshot() (rows []runRow, done bool) {
	run.mu.Lock()
	defer run.mu.Unlock()
	return slices.Clone(run.rows), run.took > 0
}

// part is how much of the run is done.
func (run *bookRun) part() float64 {
	run.mu.Lock()
	defer run.mu.Unlock()
	return float64(len(run.report.Requests)) / float64(max(1, len(run.rows)))
}

// words sum the run up.
func (run *bookRun) words() string {
	run.mu.Lock()
	defer run.mu.Unlock()
	count := func(n int) string { return format.Count(int64(n)) }
	text := lang.L("{{.Done}} of {{.Count}} · {{.Passed}} passed · {{.Failed}} failed", map[string]any{
		"Done": count(len(run.report.Requests)), "Count": count(len(run.rows)), "Passed": count(run.report.Passed), "Failed": count(run.report.Failed)})
	if run.took > 0 {
		text += " · " + format.Duration(run.took)
	}
	return text
}

// runBook runs the collection of the draft.
func (p *Pane) runBook() {
	if b := p.library.book(p.origin.key); b != nil {
		p.runBooks([]*book{b})
	}
}

// runFolder runs all collections of the folder in order.
func (p *Pane) runFolder() {
	p.runBooks(slices.DeleteFunc(slices.Clone(p.library.books), func(b *book) bool { return b.ready }))
}

// runBooks runs collections as they are saved.
func (p *Pane) runBooks(books []*book) {
	if p.running != nil || len(books) == 0 {
		return
	}
	own := func(b *book) bool { return !b.ready }
	files := slices.Clone(books)
	if p.library.environments != nil && slices.ContainsFunc(books, own) {
		files = append(files, p.library.environments)
	}
	for _, b := range files {
		var mistakes collection.Errors
		if errors.As(b.err, &mistakes) && len(mistakes) > 0 {
			p.host.Failed(lang.L("{{.Name}} cannot be run", map[string]any{"Name": b.name}), mistakes[0])
			return
		}
	}
	run := newBookRun(books, p.answer.runs.stop.Checked)
	for _, b := range books {
		run.scopes = append(run.scopes, p.freshScope(b))
	}
	p.answer.runs.begin(run)
	p.begin(lang.L("Run"), &live{run: run}, func(ctx context.Context, _ *job) func() {
		var err error
		for i, b := range books {
			if err = p.runOne(ctx, run, b, run.scopes[i]); err != nil || run.stopped() {
				break
			}
		}
		run.end()
		return func() { p.ran(run, err) }
	})
}

// stopped reports whether the run has ended at a failure.
func (run *bookRun) stopped() bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.stop && run.report.Failed > 0
}

// freshScope is that of a collection from which nothing was sent yet.
func (p *Pane) freshScope(b *book) *collection.Scope {
	scope := collection.NewScope(p.environment, nil)
	for _, f := range p.variableFiles(b.key) {
		scope.Add(f)
	}
	if gateway := p.host.Gateway().Authority(); gateway != "" && b.ready {
		scope.Set(readyHost, gateway)
	}
	return scope
}

// runOne runs one collection.
func (p *Pane) runOne(ctx context.Context, run *bookRun, b *book, scope *collection.Scope) error {
	runner := collection.NewRunner(scope, collection.Config{Security: p.resolver.security, OnDatagram: p.noteDatagram, Progress: p.noteProgress})
	err := runner.RunFile(ctx, b.file, func(result *collection.Result) bool {
		return run.add(b.file.Name, result, describe(result, scope, time.Now()))
	})
	return errors.Join(err, runner.Close())
}

// ran shows how a run went: the first request that failed is opened with its answer. The values that were saved and found
// are those of the collections from now on.
func (p *Pane) ran(run *bookRun, err error) {
	for i, b := range run.books {
		p.keepScope([2]string{b.key, p.environment}, &scoped{variablesOf(p.variableFiles(b.key)), run.scopes[i]})
	}
	p.rescope()
	if err != nil && !isCancelled(err) {
		p.host.Failed(lang.L("Running failed"), err)
	}
	p.answer.runs.show()
	rows, _ := run.snapshot()
	if at := slices.IndexFunc(rows, func(r runRow) bool { return r.verdict == failed }); at >= 0 {
		p.answer.runs.table.Select(at)
		p.openRun(rows[at])
	} else {
		p.answer.show(run.sum(isCancelled(err)))
	}
}

// openRun puts a request of a run into the editors, and shows its answer.
func (p *Pane) openRun(row runRow) {
	if b := p.library.book(row.key); b != nil && row.at < len(b.file.Requests) && b.file.Requests[row.at].String() == row.request.String() {
		if p.origin != (origin{row.key, row.at}) {
			p.side.opened[row.key] = true
			p.compose(row.request, origin{row.key, row.at})
		}
	}
	if row.shown != nil {
		p.answer.show(row.shown)
	}
	if row.why != "" { // the table may have no room for it
		pane.SetRemark(p.answer.problem, row.why, theme.RoleBad)
	}
}

// sum is what is shown of a run in which nothing failed.
func (run *bookRun) sum(cancelled bool) *shown {
	s := &shown{at: run.began, badge: lang.N("{{.Count}} passed", run.report.Passed, map[string]any{"Count": format.Count(int64(run.report.Passed))}), role: theme.RoleGood, format: payload.NoContentFormat}
	s.facts = []string{format.Duration(run.took)}
	if cancelled {
		s.cancelled()
	}
	return s
}
