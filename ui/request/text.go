package request

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/ui/command"
	"sluice/ui/language"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// textEditor edits the whole request as a file of a collection has it.
type textEditor struct {
	pane    *Pane
	object  fyne.CanvasObject
	text    *field
	problem *widget.Text
	writing bool // the draft is taken from the text
	mistake error
	before  string // what the draft was when the mistake was made
}

func newTextEditor(p *Pane) *textEditor {
	e := &textEditor{pane: p, problem: widget.NewText("", styleMistake).Shrink()}
	e.text = newTextField("", p.send, e.take)
	help := widget.NewText(lang.L("expect code 2.05 · expect json $.t > 20 · save token = payload · observe as NAME"), styleHint).Shrink()
	e.object = pane.Border(nil, widget.NewPadded(0, 4, pane.NewColumn(2, e.problem, help)), nil, nil, e.text)
	return e
}

func (e *textEditor) content() fyne.CanvasObject { return e.object }

func (e *textEditor) load() {
	text := e.pane.draft.String()
	if e.writing || e.mistaken() != nil {
		return
	}
	if len(text) > longest {
		e.text.Disable()
		e.say(errors.New(lang.L("The request is longer than 16 KB, too long to be edited here.")))
		e.mistake = nil // it may be sent
		return
	}
	e.text.Enable()
	e.text.set(text)
	e.say(nil)
}

// mistaken is what is wrong with the text, as long as nothing else has changed the draft.
func (e *textEditor) mistaken() error {
	if e.mistake != nil && e.before == e.pane.draft.String() {
		return e.mistake
	}
	return nil
}

// refresh follows what other editors change.
func (e *textEditor) refresh() { e.load() }

// take makes the draft of the text, where that is a request.
func (e *textEditor) take(text string) {
	r, err := collection.ParseRequest(text)
	var all collection.Errors
	if errors.As(err, &all) && len(all) > 0 {
		err = errors.New(lang.L("Line {{.Line}}: {{.Problem}}", map[string]any{"Line": all[0].Line, "Problem": language.Say(all[0].Problem)}))
	}
	e.say(err)
	if err != nil {
		return
	}
	p := e.pane
	p.draft = r
	e.writing = true
	p.editor.load()
	p.bar.load()
	p.refresh()
	e.writing = false
}

func (e *textEditor) say(err error) {
	e.mistake, e.before = err, e.pane.draft.String()
	words := ""
	if err != nil {
		words = language.Say(err)
	}
	e.problem.SetText(words)
	pane.SetVisible(e.problem, err != nil)
}

// The programs that a request is copied for.
const (
	coapClient    = "coap-client"
	aiocoapClient = "aiocoap-client"
	mosquittoPub  = "mosquitto_pub"
)

var programs = map[string]func(*collection.Prepared) (string, error){
	coapClient:    (*collection.Prepared).CoapClient,
	aiocoapClient: (*collection.Prepared).AiocoapClient,
	mosquittoPub:  (*collection.Prepared).MosquittoPub,
}

// commandLine writes a request as a line for another program; what goes to the gateway of this program is published to its
// broker. It reads the file of a payload: off the UI goroutine.
func commandLine(r *collection.Request, scope *collection.Scope, folder, program string, own command.Gateway) (string, error) {
	prepared, err := r.Prepare(scope, folder)
	if err != nil {
		return "", err
	}
	if program == mosquittoPub && prepared.Endpoint.HostPort == own.CoAP && own.MQTT != "" {
		return prepared.MosquittoPubTo(own.MQTT)
	}
	return programs[program](prepared)
}

// copyAs copies the draft as a line for another program.
func (p *Pane) copyAs(program string) {
	r, scope, folder, own := p.draft.Clone(), p.hints().Clone(), p.folder(), p.host.Gateway()
	p.host.Run(func() {
		line, err := commandLine(r, scope, folder, program, own)
		p.host.Do(func() {
			if err != nil {
				p.host.Failed(lang.L("There is no such line for this request"), err)
				return
			}
			widget.CopyText(line)
			p.host.Notify(theme.RoleGood, lang.L("Copied as {{.Program}}", map[string]any{"Program": program}), "", nil)
		})
	})
}

// codeView shows the request as lines for other programs.
type codeView struct {
	pane   *Pane
	object fyne.CanvasObject
	lines  map[string]*widget.Code
	asked  int
}

func newCodeView(p *Pane) *codeView {
	v := &codeView{pane: p, lines: map[string]*widget.Code{}}
	column := pane.NewColumn(8)
	for _, program := range []string{coapClient, aiocoapClient, mosquittoPub} {
		code := widget.NewCode()
		code.Wrap()
		v.lines[program] = code
		head := pane.Border(nil, nil, widget.NewPadded(0, 6, widget.NewText(program, widget.TextMuted)), widget.NewQuietButton(lang.L("Copy"), func() { p.copyAs(program) }), nil)
		column.Add(pane.NewColumn(2, head, code))
	}
	v.object = container.NewVScroll(column)
	return v
}

func (v *codeView) content() fyne.CanvasObject { return v.object }

func (v *codeView) load() {}

// refresh writes the lines anew; of several that are asked for in a row the last ones are shown.
func (v *codeView) refresh() {
	p := v.pane
	v.asked++
	asked := v.asked
	r, folder, own := p.draft.Clone(), p.folder(), p.host.Gateway()
	scopes := map[string]*collection.Scope{}
	for program := range programs {
		scopes[program] = p.hints().Clone()
	}
	p.host.Run(func() {
		lines := map[string]string{}
		for program, scope := range scopes {
			line, err := commandLine(r, scope, folder, program, own)
			if err != nil {
				line = "# " + language.Say(err)
			}
			lines[program] = line
		}
		p.host.Do(func() {
			if asked == v.asked {
				for program, line := range lines {
					v.lines[program].SetText(line)
				}
			}
		})
	})
}
