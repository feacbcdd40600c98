package engine

import (
	"fmt"
	"slices"

	"sluice/engine/access"
	"sluice/engine/broker"
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
		return a, fmt.Errorf("read users: %w", err)
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

// withoutPasswords forgets the users: access.Control has their hashes, and nobody else needs them.
func withoutPasswords(s settings.Settings) settings.Settings {
	s.Access.Users = nil
	return s
}

// mqttAccess asks access.Control in the broker's words.
type mqttAccess struct{ control *access.Control }

func (a mqttAccess) Authenticate(username, password string, given bool) bool {
	return a.control.Authenticate(username, password, given).OK()
}

func (a mqttAccess) Allowed(clientID, username string, action broker.Action, topic string) bool {
	asked := settings.Publish
	if action == broker.ActionSubscribe {
		asked = settings.Subscribe
	}
	return a.control.Allowed(access.Who{ClientID: clientID, Username: username}, asked, topic)
}

func (a mqttAccess) HasRules() bool { return a.control.HasRules() }
