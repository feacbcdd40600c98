package request

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"

	"sluice/engine/collection"
	"sluice/engine/mistakes"
	"sluice/ui/pane"
	"sluice/ui/theme"
	"sluice/ui/widget"
)

// looking is what Gather knows of the folder.
type looking struct {
	chosen    *string
	folder    string
	signature string
	at        time.Time
	read      bool
}

// gatherLibrary reads the folder where it changed.
func (p *Pane) gatherLibrary(now time.Time) func() {
	l, chosen := &p.looking, p.chosen.Load()
	if l.read && chosen == l.chosen && now.Sub(l.at) < lookEvery && !now.Before(l.at) {
		return nil
	}
	l.at, l.chosen = now, chosen
	folder := p.folderNow()
	s := signature(folder)
	if l.read && folder == l.folder && s == l.signature {
		return nil
	}
	l.folder, l.signature, l.read = folder, s, true
	read := readLibrary(folder)
	return func() { p.shelve(read) }
}

// folderNow is the folder of collections: what the user chose, or one beside the state file.
func (p *Pane) folderNow() string {
	if chosen := p.chosen.Load(); chosen != nil && *chosen != "" {
		return *chosen
	}
	if state := p.engine.Status().StatePath; state != "" {
		return filepath.Join(filepath.Dir(state), "requests")
	}
	base, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "sluice", "requests")
}

// shelve takes a library that was read anew.
func (p *Pane) shelve(l *library) {
	dirty := p.dirty()
	p.followLeft(l)
	p.library = l
	if b := l.book(p.origin.key); b == nil {
		p.origin = origin{} // it is gone; the draft stays
	} else if p.origin.index >= 0 {
		p.follow(b, dirty)
	}
	p.rescope()
	p.refresh()
	p.side.refresh()
}

// follow finds the draft in its collection that was read anew: where it is now, or else what stands in its place. That is
// shown, unless the draft was changed.
func (p *Pane) follow(b *book, dirty bool) {
	kept := func(r *collection.Request) bool { return r.String() == p.kept }
	all, at := b.file.Requests, p.origin.index
	switch moved := slices.IndexFunc(all, kept); {
	case at < len(all) && kept(all[at]):
	case moved >= 0:
		p.origin.index = moved
	case at >= len(all):
		p.origin.index = -1
	case dirty:
		restored := p.kept == ""
		if p.kept = all[at].String(); restored || p.draft.String() == p.kept {
			return
		}
		p.conflict = true
		p.host.Notify(theme.RoleLate, lang.L("{{.Name}} was changed in its file while it has changes here", map[string]any{"Name": requestTitle(all[at])}), lang.L("Take what the file says"), p.revert)
	default:
		p.compose(all[at], p.origin)
	}
}

// readOnly reports whether the draft is of a collection that comes with Sluice.
func (p *Pane) readOnly() bool {
	b := p.library.book(p.origin.key)
	return b != nil && b.ready
}

// title names the draft and its collection.
func (p *Pane) title() string {
	b := p.library.book(p.origin.key)
	if b == nil {
		return lang.L("not saved")
	}
	title := p.draft.Title
	if title == "" {
		title = string(p.draft.Verb)
	}
	return b.name + " / " + title
}

// replace writes a collection on another goroutine and reads the folder again; then runs on the UI goroutine.
func (p *Pane) replace(path string, before, after []byte, then func()) {
	folder := p.library.folder
	if folder == "" {
		folder = p.folderNow()
	}
	p.host.Run(func() {
		err := write(path, before, after)
		read := readLibrary(folder)
		p.host.Do(func() {
			p.shelve(read)
			if err != nil {
				p.host.Failed(lang.L("Saving {{.File}} failed", map[string]any{"File": filepath.Base(path)}), err)
				return
			}
			then()
		})
	})
}

// edit changes a copy of a collection and writes it.
func (p *Pane) edit(b *book, change func(*collection.File), then func()) {
	f, _ := collection.Parse(b.file.Name, b.data) // mistakes elsewhere in the file stay as they are
	change(f)
	p.replace(b.key, b.data, f.Bytes(), then)
}

// save writes the draft to where it is from, after a question where another program has changed it there.
func (p *Pane) save() {
	b := p.library.book(p.origin.key)
	if b == nil || b.ready {
		p.saveAs()
		return
	}
	if p.conflict {
		p.host.Ask(lang.L("Replace what the file says?"),
			lang.L("{{.Name}} was changed in its file while it had changes here. Drop the changes, under More, takes what the file says.", map[string]any{"Name": requestTitle(p.draft)}),
			lang.L("Replace"), func() { p.conflict = false; p.save() })
		return
	}
	r, at := p.draft.Clone(), p.origin.index
	if at < 0 {
		at = len(b.file.Requests)
	}
	p.edit(b, func(f *collection.File) {
		if p.origin.index < 0 {
			f.Insert(at, r)
		} else {
			f.Update(at, r)
		}
	}, func() { p.isSaved(b.key, at, r) })
}

// isSaved notes where the draft is now.
func (p *Pane) isSaved(key string, at int, r *collection.Request) {
	p.origin = origin{key, at}
	if b := p.library.book(key); b != nil && at < len(b.file.Requests) {
		p.kept = b.file.Requests[at].String()
	}
	p.rescope()
	p.refresh()
	p.side.refresh()
	p.host.Notify(theme.RoleGood, lang.L("{{.Request}} was saved", map[string]any{"Request": requestTitle(r)}), "", nil)
}

// requestTitle names a request where it has no title.
func requestTitle(r *collection.Request) string {
	if r.Title != "" {
		return r.Title
	}
	return string(r.Verb) + " " + shortened(r.Target, 40)
}

// saveAs asks for a title and a collection, and writes the draft there.
func (p *Pane) saveAs() {
	fresh := lang.L("A new collection…")
	options := []string{}
	for _, b := range p.library.books {
		if !b.ready {
			options = append(options, b.name)
		}
	}
	options = append(options, fresh)
	var d *pane.Dialog
	var title, name *pane.Entry
	var where *widget.Choice
	check := func() {
		var err error
		if where.Selected() == fresh && name.Text != "" {
			err = p.library.checkName(name.Text)
		}
		pane.SetVisible(name, where.Selected() == fresh)
		d.Check(where.Selected() != fresh || name.Text != "", err)
	}
	d = p.host.NewDialog(lang.L("Save the request"), lang.L("Save"), func() {
		d.Close()
		if where.Selected() == fresh {
			p.saveTo(name.Text, title.Text)
			return
		}
		p.saveTo(where.Selected(), title.Text)
	})
	title, name = d.NewEntry(lang.L("Publish a reading"), check), d.NewEntry("greenhouse", check)
	title.Text = p.draft.Title
	where = widget.NewChoice(options, options[0], func(string) { check() })
	if b := p.library.book(p.origin.key); b != nil && !b.ready {
		where.SetSelected(b.name)
	}
	d.Open(pane.NewColumn(10, pane.Field(lang.L("Title"), title), pane.Field(lang.L("Collection"), leading(where)), name), 460, title)
	check()
}

// saveTo adds the draft to a collection, which is made if there is none of that name.
func (p *Pane) saveTo(name, title string) {
	p.draft.Title = title
	r, path := p.draft.Clone(), p.library.path(name)
	if b := p.library.book(path); b != nil {
		at := len(b.file.Requests)
		p.edit(b, func(f *collection.File) { f.Insert(at, r) }, func() { p.isSaved(path, at, r) })
		return
	}
	f := p.withVariables(&collection.File{Name: path}, r)
	f.Insert(0, r)
	p.replace(path, nil, f.Bytes(), func() { p.isSaved(path, 0, r) })
}

// withVariables takes the variables along that a request of a ready collection names, so that it means the same in
// another one.
func (p *Pane) withVariables(f *collection.File, r *collection.Request) *collection.File {
	b := p.library.book(p.origin.key)
	if b == nil || !b.ready {
		return f
	}
	wanted, text := map[string]bool{}, r.String()
	for range b.file.Variables { // variables name others
		for _, one := range collection.Placeholders(text) {
			wanted[one.Expression] = true
		}
		text = ""
		for _, v := range b.file.Variables {
			if wanted[v.Name] {
				text += v.Value + " "
			}
		}
	}
	for _, v := range b.file.Variables {
		if wanted[v.Name] {
			f.SetVariable(v.Name, v.Environment, v.Value)
		}
	}
	return f
}

// setVariable writes a variable into the collection of the draft.
func (p *Pane) setVariable(name, environment, value string) {
	if b := p.library.book(p.origin.key); b != nil && !b.ready {
		p.edit(b, func(f *collection.File) { f.SetVariable(name, environment, value) }, func() {})
	}
}

// deleteVariable takes a variable out of the collection of the draft, and offers to put it back.
func (p *Pane) deleteVariable(one variable) {
	b := p.library.book(p.origin.key)
	if b == nil || b.ready {
		return
	}
	key, environment := b.key, ""
	if one.from == p.environment {
		environment = p.environment
	}
	p.edit(b, func(f *collection.File) { f.RemoveVariable(one.name, environment) }, func() {
		p.host.Undoable(lang.L("{{.Name}} was deleted", map[string]any{"Name": "{{" + one.name + "}}"}), func() error {
			return p.rewrite(key, func(f *collection.File) { f.SetVariable(one.name, environment, one.written) })
		})
	})
}

// duplicateRequest puts a copy behind a request.
func (p *Pane) duplicateRequest(b *book, i int) {
	r := b.file.Requests[i].Clone()
	r.Title = lang.L("{{.Name}} copy", map[string]any{"Name": requestTitle(r)})
	p.edit(b, func(f *collection.File) { f.Insert(i+1, r) }, func() { p.openRequest(b.key, i+1) })
}

// renameRequest gives a request another title.
func (p *Pane) renameRequest(b *book, i int) {
	check := func(string) error { return nil }
	p.host.Prompt(lang.L("Title of the request"), requestTitle(b.file.Requests[i]), lang.L("Rename"), check, func(title string) {
		p.edit(b, func(f *collection.File) {
			r := f.Requests[i].Clone()
			r.Title = title
			f.Update(i, r)
		}, func() {
			if p.origin == (origin{b.key, i}) {
				p.draft.Title = title
				p.kept = p.library.book(b.key).file.Requests[i].String()
				p.refresh()
			}
		})
	})
}

// deleteRequest takes a request out of its collection, and offers to put it back.
func (p *Pane) deleteRequest(b *book, i int) {
	source, name, key := b.file.Source(i), requestTitle(b.file.Requests[i]), b.key
	if p.origin == (origin{b.key, i}) {
		p.origin.index = -1
	}
	p.edit(b, func(f *collection.File) { f.Remove(i) }, func() {
		p.refresh()
		p.host.Undoable(lang.L("{{.Name}} was deleted", map[string]any{"Name": name}), func() error {
			return p.rewrite(key, func(f *collection.File) { f.Restore(i, source) })
		})
	})
}

// rewrite changes a collection as it is now, off the UI goroutine.
func (p *Pane) rewrite(key string, change func(*collection.File)) error {
	data, err := os.ReadFile(key)
	if err != nil {
		return mistakes.Errorf("reading %s: %w", key, err)
	}
	f, _ := collection.Parse(key, data) // mistakes elsewhere in the file stay as they are
	change(f)
	return p.written(key, data, f.Bytes())
}

// written writes a collection and reads the folder again, off the UI goroutine.
func (p *Pane) written(key string, before, after []byte) error {
	err := write(key, before, after)
	read := readLibrary(filepath.Dir(key))
	p.host.Do(func() { p.shelve(read) })
	return err
}

// moveRequest puts a request above or below its neighbour, unless one would then speak of an observation before it begins.
func (p *Pane) moveRequest(b *book, i, by int) {
	to := i + by
	if to < 0 || to >= len(b.file.Requests) || b.ready {
		return
	}
	f, _ := collection.Parse(b.file.Name, b.data)
	f.Move(i, to)
	var mistakes collection.Errors
	if _, err := collection.Parse(f.Name, f.Bytes()); b.err == nil && errors.As(err, &mistakes) {
		p.host.Failed(lang.L("Moving {{.Name}} failed", map[string]any{"Name": requestTitle(b.file.Requests[i])}), mistakes[0])
		return
	}
	opened := p.origin
	p.replace(b.key, b.data, f.Bytes(), func() {
		if opened.key == b.key {
			p.origin.index = movedIndex(opened.index, i, to)
		}
		p.side.refresh()
		p.side.highlight(b.key, to)
	})
}

// movedIndex is where what stood at index stands after a move.
func movedIndex(index, from, to int) int {
	switch {
	case index == from:
		return to
	case from < index && index <= to:
		return index - 1
	case to <= index && index < from:
		return index + 1
	}
	return index
}

// newBook asks for a name and makes a collection.
func (p *Pane) newBook() {
	p.host.Prompt(lang.L("Name of the collection"), "greenhouse", lang.L("Create"), p.library.checkName, func(name string) {
		path := p.library.path(name)
		p.replace(path, nil, []byte("@host = 127.0.0.1\n"), func() {
			p.side.opened[path] = true
			p.compose(&collection.Request{Verb: collection.GET, Target: "coap://{{host}}/"}, origin{path, -1})
		})
	})
}

// renameBook gives a collection's file another name.
func (p *Pane) renameBook(b *book) {
	p.host.Prompt(lang.L("Name of the collection"), b.name, lang.L("Rename"), p.library.checkName, func(name string) {
		path, folder := p.library.path(name), p.library.folder
		p.host.Run(func() {
			err := os.Rename(b.key, path)
			read := readLibrary(folder)
			p.host.Do(func() {
				if err == nil && p.origin.key == b.key {
					p.origin.key = path
				}
				p.side.opened[path] = p.side.opened[b.key]
				p.shelve(read)
				if err != nil {
					p.host.Failed(lang.L("Renaming {{.Name}} failed", map[string]any{"Name": b.name}), err)
				}
			})
		})
	})
}

// duplicateBook copies a collection into one of the user's own.
func (p *Pane) duplicateBook(b *book) {
	name := lang.L("{{.Name}} copy", map[string]any{"Name": b.name})
	p.host.Prompt(lang.L("Name of the collection"), name, lang.L("Duplicate"), p.library.checkName, func(name string) {
		path := p.library.path(name)
		p.replace(path, nil, b.data, func() {
			p.side.opened[path] = true
			p.side.refresh()
		})
	})
}

// deleteBook removes a collection's file after one question, and offers to put it back.
func (p *Pane) deleteBook(b *book) {
	name := map[string]any{"Name": b.name}
	p.host.Ask(lang.L("Delete the collection {{.Name}}?", name), lang.N("Its file with {{.Count}} requests is removed.", len(b.file.Requests), map[string]any{"Count": len(b.file.Requests)}), lang.L("Delete"), func() {
		folder := p.library.folder
		p.host.Run(func() {
			err := remove(b.key, b.data)
			read := readLibrary(folder)
			p.host.Do(func() {
				p.shelve(read)
				if err != nil {
					p.host.Failed(lang.L("Deleting {{.Name}} failed", name), err)
					return
				}
				p.host.Undoable(lang.L("{{.Name}} was deleted", name), func() error { return p.written(b.key, nil, b.data) })
			})
		})
	})
}

// chooseFolder asks for another folder of collections.
func (p *Pane) chooseFolder() {
	chooser := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		switch {
		case err != nil:
			p.host.Failed(lang.L("Opening the folder failed"), err)
		case folder != nil:
			path := folder.Path()
			p.chosen.Store(&path)
			p.host.Wake()
		}
	}, p.host.Window)
	p.host.ShowFileDialog(chooser)
}
