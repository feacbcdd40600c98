package engine

import (
	"reflect"
	"slices"

	"sluice/engine/access"
	"sluice/engine/broker"
	"sluice/engine/mistakes"
	"sluice/engine/secure"
	"sluice/engine/settings"
	"sluice/engine/store"
)

// withStoredUsers adds the users of the state file that the settings do not name.
func withStoredUsers(a settings.Access, s *store.Store) (settings.Access, error) {
	if s == nil {
		return a, nil
	}
	stored, err := s.Users()
	if err != nil {
		return a, mistakes.Errorf("read users: %w", err)
	}
	users := slices.Clone(a.Users)
	for _, u := range stored {
		if !slices.ContainsFunc(a.Users, func(named settings.User) bool { return named.Username == u.Username }) {
			users = append(users, u)
		}
	}
	a.Users = users
	return a, nil
}

// keepUsers makes the users of the state file those that are given, which have hashes.
func keepUsers(s *store.Store, users []settings.User) error {
	stored, err := s.Users()
	if err != nil {
		return mistakes.Errorf("read users: %w", err)
	}
	for _, u := range users {
		if slices.ContainsFunc(stored, func(kept settings.User) bool { return reflect.DeepEqual(kept, u) }) {
			continue
		}
		if err := s.PutUser(u); err != nil {
			return mistakes.Errorf("keep user %q: %w", u.Username, err)
		}
	}
	for _, u := range stored {
		if slices.ContainsFunc(users, func(kept settings.User) bool { return kept.Username == u.Username }) {
			continue
		}
		if err := s.DeleteUser(u.Username); err != nil {
			return mistakes.Errorf("delete user %q: %w", u.Username, err)
		}
	}
	return nil
}

// mqttAccess asks access.Control in the broker's words.
type mqttAccess struct{ control *access.Control }

func (a mqttAccess) ClientIDOf(proved secure.Identity) string {
	return a.control.DemandedClientID(proved)
}

func (a mqttAccess) Authenticate(l broker.Login) (broker.Verdict, func() bool) {
	proof := a.control.Proof(l.Username)
	stays := func() bool { return a.control.StillGood(l.Username, proof) && a.control.MayConnect(access.Who(l.Who)) }
	switch v := a.control.Authenticate(access.Login{Username: l.Username, Password: l.Password, From: l.From}); v.Result {
	case access.BadUsernameOrPassword:
		return broker.BadCredentials, nil
	case access.Banned:
		return broker.TooManyAttempts, nil
	case access.NotAuthorized:
		return broker.NotAuthorized, nil
	}
	if !a.control.MayConnect(access.Who(l.Who)) {
		return broker.NotAuthorized, nil
	}
	return broker.Accepted, stays
}

func (a mqttAccess) Allowed(who broker.Who, action broker.Action, topic string) bool {
	asked := settings.Publish
	if action == broker.ActionSubscribe {
		asked = settings.Subscribe
	}
	return a.control.Allowed(access.Who(who), asked, topic)
}

func (a mqttAccess) HasRules() bool { return a.control.HasRules() }
