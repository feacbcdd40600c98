// Package request is the pane in which requests are written, sent and kept: a CoAP client for the gateway or any device.
// What it sends is a request of package collection, so that a file, the command line and the window mean the same.
package request

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"sluice/engine"
	"sluice/engine/collection"
	"sluice/engine/pki"
	"sluice/ui/command"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// Engine is what the pane needs of the engine. It may be called from any goroutine.
type Engine interface {
	Keys() *pki.Keeper
	Status() engine.Status
}

// Pane is the Request pane. Its methods belong to the UI goroutine; Gather does not. Close ends what it has open.
type Pane struct {
	engine Engine
	host   *pane.Host
	ctx    context.Context
	end    context.CancelFunc

	draft  *collection.Request // as the editors have it
	origin origin              // where it is saved
	kept   string              // the text of it there
	// conflict says that another program changed it there while it had changes here.
	conflict bool

	environment string
	scope       *collection.Scope // a job has it while it runs
	scopes      map[[2]string]*scoped
	running     *job
	using       sync.Mutex // the runner, by one job at a time
	runner      *collection.Runner
	live        atomic.Pointer[live] // of the job that runs

	library  *library
	looking  looking                // Gather's
	chosen   atomic.Pointer[string] // the folder that the user chose
	resolver resolver
	history  history
	left     map[[2]string]*leftDraft // drafts with changes, by the collection and the text that is saved there
	watching observations
	found    discovered

	content fyne.CanvasObject
	split   *widget.Split // side beside the rest
	stack   *widget.Split // editor above answer
	bar     *bar
	side    *side
	editor  *editor
	answer  *answerView
}

// firstOpened is the collection that is open until the user has opened others.
const firstOpened = collection.ReadyPrefix + "emqx5"

// New builds the pane.
func New(e Engine, h *pane.Host) *Pane {
	p := &Pane{engine: e, host: h, library: newLibrary(""), scope: collection.NewScope("", nil), scopes: map[[2]string]*scoped{}, left: map[[2]string]*leftDraft{}}
	p.ctx, p.end = context.WithCancel(context.Background())
	p.resolver = resolver{keys: e.Keys}
	p.runner = collection.NewRunner(p.scope, collection.Config{
		Security: p.resolver.security, OnDatagram: p.noteDatagram, Progress: p.noteProgress,
		OnObserved: p.observed, OnNotification: p.notified,
	})
	p.bar = newBar(p)
	p.side = newSide(p)
	p.editor = newEditor(p)
	p.answer = newAnswerView(p)
	p.stack = widget.NewVSplit(p.editor.object, p.answer.object, 0.36)
	p.stack.SetLeadingRoom(p.editor.object.MinSize().Height + leastRows*(rowHeight+1))
	p.split = widget.NewHSplit(widget.NewPanel(p.side.object), p.stack, 0.195)
	p.content = pane.Border(p.bar.object, nil, nil, nil, p.split)
	p.side.opened[firstOpened] = true
	p.Show(h.Gateway().AsRequest(command.Request{Method: "GET", Path: []string{".well-known", "core"}, ContentFormat: -1}))
	return p
}

// Content is what the window shows.
func (p *Pane) Content() fyne.CanvasObject { return p.content }

// Filter is what the window's shortcut for filters goes to: the URL.
func (p *Pane) Filter() fyne.Focusable { return p.bar.target }

// Keyboard is what takes the keyboard when the pane comes into view.
func (p *Pane) Keyboard() fyne.Focusable { return p.bar.target }

// Show opens a request, as a file of a collection has it.
func (p *Pane) Show(item string) {
	r, err := collection.ParseRequest(item)
	if err != nil {
		p.host.Failed(lang.L("Opening the request failed"), err)
		return
	}
	p.compose(r, origin{})
}

// Close ends what runs and closes all connections. Observations are not ended at their servers.
func (p *Pane) Close() error {
	p.end()
	p.using.Lock()
	defer p.using.Unlock()
	return p.runner.Close()
}

// compose puts a request into the editors. Changes of the one before are kept until that is opened again.
func (p *Pane) compose(r *collection.Request, from origin) {
	p.leave()
	p.draft, p.origin = r.Clone(), from
	p.kept, p.conflict = r.String(), false
	if changed := p.left[[2]string{from.key, p.kept}]; changed != nil && from.index >= 0 {
		p.draft, p.conflict = changed.draft, changed.conflict
		delete(p.left, [2]string{from.key, p.kept})
	}
	p.rescope()
	p.editor.load()
	p.bar.load()
	p.refresh()
	p.side.refresh()
}

// maxLeft bounds how many drafts with changes are kept.
const maxLeft = 64

// leave keeps the changes of the draft: those of a saved request until it is opened again, those of another as long as the
// notice offers to go back.
func (p *Pane) leave() {
	switch {
	case p.draft == nil || p.draft.String() == p.kept || p.kept == "":
	case p.origin.key != "" && p.origin.index >= 0:
		if len(p.left) >= maxLeft {
			clear(p.left)
		}
		p.left[[2]string{p.origin.key, p.kept}] = &leftDraft{p.draft, p.conflict}
	default:
		draft, from := p.draft, p.origin
		p.host.Notify(theme.RoleLate, lang.L("The request before was not saved"), lang.L("Back"), func() { p.compose(draft, from) })
	}
}

// revert goes back to what is saved.
func (p *Pane) revert() {
	b := p.library.book(p.origin.key)
	if b == nil || p.origin.index < 0 || p.origin.index >= len(b.file.Requests) {
		return
	}
	draft, from := p.draft, p.origin
	p.draft = b.file.Requests[p.origin.index]
	p.kept = p.draft.String()
	p.compose(p.draft, p.origin)
	p.host.Notify(theme.RoleNeutral, lang.L("The changes were dropped"), lang.L("Undo"), func() {
		p.compose(draft, from)
		p.kept = b.file.Requests[from.index].String()
		p.refresh()
	})
}

// changed takes in an edit of the draft.
func (p *Pane) changed() {
	if p.editor.loading {
		return
	}
	p.refresh()
}

// refresh shows what the draft means now, and what is wrong with it.
func (p *Pane) refresh() {
	p.bar.refresh()
	p.editor.refresh()
}

// dirty reports whether the draft differs from what is saved.
func (p *Pane) dirty() bool { return p.origin.key != "" && p.draft.String() != p.kept }

// hints is a scope to look values up in: that of the draft, or a copy of it while a job has it.
func (p *Pane) hints() *collection.Scope { return p.readable(p.scope) }

// readable is a scope, or a copy of it while a job has it.
func (p *Pane) readable(scope *collection.Scope) *collection.Scope {
	if p.running != nil && p.running.scope == scope {
		return p.running.hints
	}
	return scope
}

// scoped is a scope with what it was made of.
type scoped struct {
	variables []collection.Variable
	scope     *collection.Scope
}

// readyHost is the variable of a ready collection that says where it goes: to this gateway.
const readyHost = "host"

// maxScopes bounds how many collections keep the values of their variables.
const maxScopes = 64

// rescope takes the scope of the draft's collection in the environment. It is made anew where variables were changed: as
// long as they are not, a random one keeps its value from one request to the next. What was saved of answers stays.
func (p *Pane) rescope() {
	files := p.variableFiles(p.origin.key)
	variables := variablesOf(files)
	key := [2]string{p.origin.key, p.environment}
	before := p.scopes[key]
	if before != nil && slices.Equal(before.variables, variables) {
		p.scope = before.scope
		p.pointReady()
		return
	}
	p.scope = collection.NewScope(p.environment, nil)
	for _, f := range files {
		p.scope.Add(f)
	}
	if before != nil {
		for name, value := range p.readable(before.scope).Saved() {
			p.scope.Set(name, value)
		}
	}
	p.keepScope(key, &scoped{variables, p.scope})
	p.pointReady()
}

func (p *Pane) keepScope(key [2]string, s *scoped) {
	if len(p.scopes) >= maxScopes {
		clear(p.scopes)
	}
	p.scopes[key] = s
}

// variablesOf are the variables of files, wherever they stand in them.
func variablesOf(files []*collection.File) []collection.Variable {
	var variables []collection.Variable
	for _, f := range files {
		for _, v := range f.Variables {
			v.Line = 0
			variables = append(variables, v)
		}
	}
	return variables
}

// pointReady lets the requests of a ready collection go to this gateway, wherever it listens now.
func (p *Pane) pointReady() {
	if gateway := p.host.Gateway().Authority(); gateway != "" && p.readOnly() {
		p.hints().Set(readyHost, gateway)
	}
}

// variableFiles are the files whose variables count for a collection, those that count most last.
func (p *Pane) variableFiles(key string) []*collection.File {
	var files []*collection.File
	b := p.library.book(key)
	if p.library.environments != nil && (b == nil || !b.ready) {
		files = append(files, p.library.environments.file)
	}
	if b != nil {
		files = append(files, b.file)
	}
	return files
}

// folder is where files of payloads are seen from.
func (p *Pane) folder() string { return p.library.folderOf(p.origin.key) }

// Gather reads what changed and returns what brings the pane up to date, nil if it is. It is called off the UI goroutine,
// from one goroutine at a time; what it returns runs on the UI goroutine.
func (p *Pane) Gather(now time.Time) func() {
	return pane.Together(p.gatherLive(now), p.gatherNotifications(), p.gatherLibrary(now), p.gatherKeys())
}
