package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"sluice/engine/access"
	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

// ErrNoUser is returned for a username that nobody defined.
var ErrNoUser = mistakes.New("there is no such user")

// ErrUserExists is returned by RestoreUser when the name was given to somebody else meanwhile.
var ErrUserExists = mistakes.New("there is a user of that name")

// User is one account, as it is shown.
type User struct {
	Username    string
	Hash        string // how the password is kept: argon2id or bcrypt
	ClientAttrs map[string]string
	Clients     int // connected now under that name
}

// Users returns all accounts by name.
func (e *Engine) Users() []User {
	connected := make(map[string]int)
	for _, c := range e.Clients() {
		connected[c.Username]++
	}
	var users []User
	for _, u := range e.access.Users() {
		kind := "bcrypt"
		if strings.HasPrefix(u.Hash, "$argon2id$") {
			kind = "argon2id"
		}
		users = append(users, User{u.Username, kind, maps.Clone(u.ClientAttrs), connected[u.Username]})
	}
	slices.SortFunc(users, func(a, b User) int { return cmp.Compare(a.Username, b.Username) })
	return users
}

// PutUser makes or changes an account: attrs take the place of those it had, and a nil password leaves that as it is. A
// user whose password or attributes change has to log in again. Like all changes of access it is on disk, and holds for
// clients and observers that are there already, when the method returns. The error is ErrNoUser for a new account without
// a password, settings.Errors, or the state file's.
func (e *Engine) PutUser(username string, password *string, attrs map[string]string) error {
	made := settings.User{Username: username, ClientAttrs: maps.Clone(attrs)}
	if password != nil {
		made.Password = *password
	}
	return e.changeAccess(func(a *settings.Access) error {
		i := slices.IndexFunc(a.Users, func(u settings.User) bool { return u.Username == username })
		switch {
		case i < 0 && password == nil:
			return ErrNoUser
		case i < 0:
			a.Users = append(a.Users, made)
		case password == nil:
			a.Users[i].ClientAttrs = made.ClientAttrs
		default:
			a.Users[i] = made
		}
		return nil
	})
}

// DeletedUser is what RestoreUser needs.
type DeletedUser struct {
	user settings.User
	at   int // its place among the accounts
}

// Username is the account's name.
func (d DeletedUser) Username() string { return d.user.Username }

// DeleteUser deletes an account. Its clients are ended, unless anonymous ones are let in. The error is ErrNoUser or the
// state file's.
func (e *Engine) DeleteUser(username string) (undo DeletedUser, err error) {
	err = e.changeAccess(func(a *settings.Access) error {
		i := slices.IndexFunc(a.Users, func(u settings.User) bool { return u.Username == username })
		if i < 0 {
			return ErrNoUser
		}
		undo = DeletedUser{a.Users[i], i}
		a.Users = slices.Delete(a.Users, i, i+1)
		return nil
	})
	return undo, err
}

// RestoreUser brings a deleted account back to its place, with its password. The error is ErrUserExists or the state file's.
func (e *Engine) RestoreUser(d DeletedUser) error {
	return e.changeAccess(func(a *settings.Access) error {
		if slices.ContainsFunc(a.Users, func(u settings.User) bool { return u.Username == d.user.Username }) {
			return ErrUserExists
		}
		a.Users = slices.Insert(a.Users, min(d.at, len(a.Users)), d.user)
		return nil
	})
}

// Anonymous reports whether clients without credentials, or with a name that nobody defined, are let in.
func (e *Engine) Anonymous() bool { return e.Settings().Access.Anonymous }

// SetAnonymous lets them in, or ends those that are there.
func (e *Engine) SetAnonymous(allowed bool) error {
	return e.changeAccess(func(a *settings.Access) error {
		a.Anonymous = allowed
		return nil
	})
}

// ClientIDRule says which client ID a client with a certificate may have.
func (e *Engine) ClientIDRule() settings.ClientID {
	return cmp.Or(e.Settings().Access.ClientID, settings.AnyClientID)
}

// SetClientIDRule changes that.
func (e *Engine) SetClientIDRule(id settings.ClientID) error {
	return e.changeAccess(func(a *settings.Access) error {
		a.ClientID = id
		return nil
	})
}

// Rules returns the rules in their order.
func (e *Engine) Rules() []settings.Rule { return e.Settings().Access.Rules }

// SetRules replaces all rules. Of rules that cannot be used the error is settings.Errors, each with a Key such as
// access.rule[1].who.
func (e *Engine) SetRules(rules []settings.Rule) error {
	return e.changeAccess(func(a *settings.Access) error {
		a.Rules = slices.Clone(rules)
		for i := range a.Rules {
			a.Rules[i].Topics = slices.Clone(a.Rules[i].Topics)
		}
		return nil
	})
}

// Throttled returns who is slowed down now because of wrong passwords.
func (e *Engine) Throttled() []access.Throttled { return e.access.Throttled() }

// LoginAttempts counts wrong passwords, and attempts refused because of those, since the program started.
func (e *Engine) LoginAttempts() access.Attempts { return e.access.Attempts() }

// changeAccess changes the access settings that are in force, keeps them, and judges anew whoever is there.
func (e *Engine) changeAccess(change func(*settings.Access) error) error {
	e.switching.Lock()
	defer e.switching.Unlock()
	s := e.Settings()
	if err := change(&s.Access); err != nil {
		return err
	}
	if err := s.Validate(); err != nil {
		return mistakes.Errorf("check access: %w", err)
	}
	return e.setAccess(s)
}

// setAccess keeps s and puts what it says of access in force. switching is held.
func (e *Engine) setAccess(s settings.Settings) error {
	s.Access.Users = e.access.Hashed(s.Access.Users)
	if _, err := access.New(s.Access); err != nil {
		return mistakes.Errorf("set up access: %w", err)
	}
	if err := e.keepSettings(s); err != nil {
		return err
	}
	if err := e.access.Set(s.Access); err != nil {
		return mistakes.Errorf("set up access: %w", err)
	}
	e.RecheckAccess()
	return nil
}

// RecheckAccess judges anew all clients and observers that are there: for when something changed that access asks for and
// does not hold itself, such as the client ID that a pre-shared key is bound to. Who would not be let in any more is ended,
// and who may not subscribe any more loses the stream.
func (e *Engine) RecheckAccess() {
	r := e.current()
	if r == nil {
		return
	}
	r.gateway.Recheck()
	if clients, subscriptions := r.broker.Recheck(); clients+subscriptions > 0 {
		e.log.Info("access has changed", "MQTT clients ended", clients, "subscriptions ended", subscriptions)
	}
	e.changes.Add(1)
}
