package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sluice/engine/settings"
	"sluice/ui/language"
)

// undoMost is how many steps can be taken back.
const undoMost = 100

// draft is the settings as the user wants them, beside those that are in force.
type draft struct {
	inForce settings.Settings
	wanted  settings.Settings
	unread  map[string]unread // by the place, text that no value could be made of
	past    []settings.Settings
	last    string // the place that was changed last: what is typed there is one step
}

// unread is text in a field that is no value.
type unread struct {
	text string
	err  *settings.Error
}

// noListener is the index of what is no listener's.
const noListener = -1

// place is where a key stands: as in a settings file, with the index of its listener.
func place(k settings.Key, listener int) string {
	if listener == noListener {
		return k.Path
	}
	return fmt.Sprintf("listener[%d].%s", listener, strings.TrimPrefix(k.Path, "listener."))
}

func newDraft(s settings.Settings) *draft {
	return &draft{inForce: s, wanted: s.Clone(), unread: map[string]unread{}}
}

// text is what the field of a key shows.
func (d *draft) text(k settings.Key, listener int) string {
	if u, ok := d.unread[place(k, listener)]; ok {
		return u.text
	}
	if listener == noListener {
		return k.Text(d.wanted)
	}
	return k.TextOf(d.wanted.Listeners[listener])
}

// set takes what was typed into the field of a key.
func (d *draft) set(k settings.Key, listener int, text string) {
	at := place(k, listener)
	next := d.wanted
	var err error
	if listener == noListener {
		next, err = k.Set(d.wanted, text)
	} else {
		next = d.wanted.Clone()
		next.Listeners[listener], err = k.SetIn(d.wanted.Listeners[listener], text)
	}
	if problem, ok := errors.AsType[*settings.Error](err); ok {
		d.unread[at] = unread{text, problem}
		return
	}
	delete(d.unread, at)
	d.change(at, next)
}

// change makes a step that can be taken back.
func (d *draft) change(at string, next settings.Settings) {
	if reflect.DeepEqual(next, d.wanted) {
		return
	}
	if at == "" || at != d.last {
		d.past = append(d.past, d.wanted)
		d.past = d.past[max(0, len(d.past)-undoMost):]
	}
	d.last, d.wanted = at, next
}

// replace takes other settings as a whole.
func (d *draft) replace(next settings.Settings) {
	clear(d.unread)
	d.change("", next.Clone())
}

// undo takes the last step back.
func (d *draft) undo() {
	clear(d.unread)
	d.last = ""
	if n := len(d.past); n > 0 {
		d.wanted, d.past = d.past[n-1], d.past[:n-1]
	}
}

// addListener adds one, and returns its index.
func (d *draft) addListener(l settings.Listener) int {
	next := d.wanted.Clone()
	next.Listeners = append(next.Listeners, l)
	d.change("", next)
	return len(next.Listeners) - 1
}

func (d *draft) removeListener(at int) {
	for place := range d.unread { // the indices behind it move
		if strings.HasPrefix(place, "listener[") {
			delete(d.unread, place)
		}
	}
	next := d.wanted.Clone()
	next.Listeners = slices.Delete(next.Listeners, at, at+1)
	d.change("", next)
}

// pending reports whether anything is wanted otherwise than it is.
func (d *draft) pending() bool { return len(d.unread) > 0 || !reflect.DeepEqual(d.wanted, d.inForce) }

// differs reports whether a key is wanted otherwise than it is.
func (d *draft) differs(k settings.Key) bool {
	_, typed := d.unread[k.Path]
	return typed || k.Text(d.wanted) != k.Text(d.inForce)
}

// count is how many keys and listeners are wanted otherwise than they are.
func (d *draft) count() int {
	n := 0
	for _, k := range settings.Keys() {
		if !k.OfListener() && d.differs(k) {
			n++
		}
	}
	n += otherListeners(d.inForce.Listeners, d.wanted.Listeners)
	if !reflect.DeepEqual(d.wanted.Access.Users, d.inForce.Access.Users) {
		n++
	}
	if !reflect.DeepEqual(d.wanted.Access.Rules, d.inForce.Access.Rules) {
		n++
	}
	return n
}

// missing are the listeners of a list that another does not have.
func missing(of, in []settings.Listener) []settings.Listener {
	var list []settings.Listener
	for _, l := range of {
		if !has(in, l) {
			list = append(list, l)
		}
	}
	return list
}

// has reports whether a listener is in a list.
func has(list []settings.Listener, l settings.Listener) bool {
	return slices.ContainsFunc(list, func(of settings.Listener) bool { return reflect.DeepEqual(l, of) })
}

// gone is how many listeners of the defaults are not wanted, beside those that others are wanted in place of.
func (d *draft) gone() int { return max(0, len(settings.Default().Listeners)-len(d.wanted.Listeners)) }

// otherListeners is how many listeners are to be added to a list, changed or taken from it, to get another one.
func otherListeners(from, to []settings.Listener) int {
	return len(missing(to, from)) + max(0, len(from)-len(to))
}

// problems is what is wrong, by the place.
func (d *draft) problems() map[string]string {
	all := map[string]string{}
	if found, ok := errors.AsType[settings.Errors](d.wanted.Validate()); ok {
		for _, e := range found {
			at := placeOf(e.Key)
			if all[at] == "" {
				all[at] = words(e)
			}
		}
	}
	for at, u := range d.unread {
		all[at] = words(u.err)
	}
	return all
}

// placeOf is the place of a mistake: an element of a list is shown at the list.
func placeOf(key string) string {
	if i := strings.LastIndexByte(key, '['); i > len("listener") && strings.HasSuffix(key, "]") {
		return key[:i]
	}
	return key
}

// words is a mistake without the key, beside which it is shown.
func words(e *settings.Error) string {
	return language.Say(&settings.Error{Problem: e.Problem, Allowed: e.Allowed})
}

// rebase lays what is wanted over settings that changed elsewhere.
func (d *draft) rebase(current settings.Settings) {
	if reflect.DeepEqual(current, d.inForce) {
		return
	}
	next := current.Clone()
	for _, k := range settings.Keys() {
		if !k.OfListener() && k.Text(d.wanted) != k.Text(d.inForce) {
			if set, err := k.Set(next, k.Text(d.wanted)); err == nil {
				next = set
			}
		}
	}
	if !reflect.DeepEqual(d.wanted.Listeners, d.inForce.Listeners) {
		next.Listeners = d.wanted.Listeners
	}
	if !reflect.DeepEqual(d.wanted.Access.Users, d.inForce.Access.Users) {
		next.Access.Users = d.wanted.Access.Users
	}
	if !reflect.DeepEqual(d.wanted.Access.Rules, d.inForce.Access.Rules) {
		next.Access.Rules = d.wanted.Access.Rules
	}
	d.inForce, d.wanted, d.past, d.last = current, next, nil, ""
}
