package store

import (
	"bytes"
	"encoding/json"

	"sluice/engine/mistakes"
	"sluice/engine/settings"
)

const keySettings = "settings"

// Settings returns the settings that were kept last, without users, and whether there are any.
func (s *Store) Settings() (settings.Settings, bool, error) {
	text, ok, err := s.get(bucketSettings, keySettings)
	if err != nil || !ok {
		return settings.Settings{}, false, err
	}
	base := settings.Default()
	base.Listeners = nil
	kept, err := settings.Decode(s.path, text, base)
	if err != nil {
		return settings.Settings{}, false, mistakes.Errorf("read settings: %w", err)
	}
	return kept, true, nil
}

// PutSettings keeps everything of v but its users, and returns when it is on disk.
func (s *Store) PutSettings(v settings.Settings) error {
	v.Access.Users = nil
	if err := v.Validate(); err != nil {
		return mistakes.Errorf("keep settings: %w", err)
	}
	return wait(func(done func(error)) { s.put(bucketSettings, keySettings, settings.Encode(v), done) })
}

// Users returns all users with their hashes, ordered by name.
func (s *Store) Users() ([]settings.User, error) {
	var users []settings.User
	err := s.each(bucketUsers, func(name string, value []byte) error {
		hash, attrs, found := bytes.Cut(value, []byte{'\n'})
		u := settings.User{Username: name, Hash: string(hash)}
		if found {
			if err := json.Unmarshal(attrs, &u.ClientAttrs); err != nil {
				return mistakes.Errorf("attributes of user %q: %w", name, err)
			}
		}
		users = append(users, u)
		return nil
	})
	return users, err
}

// PutUser keeps u and returns when it is on disk. A user with a Password is refused: only hashes are kept.
func (s *Store) PutUser(u settings.User) error {
	if u.Password != "" || u.Hash == "" {
		return mistakes.New("keep user: only a hashed password is kept")
	}
	value := []byte(u.Hash)
	if len(u.ClientAttrs) > 0 {
		attrs, err := json.Marshal(u.ClientAttrs)
		if err != nil {
			return mistakes.Errorf("keep the attributes of user %q: %w", u.Username, err)
		}
		value = append(append(value, '\n'), attrs...)
	}
	return wait(func(done func(error)) { s.put(bucketUsers, u.Username, value, done) })
}

// DeleteUser forgets a user, known or not, and returns when that is on disk.
func (s *Store) DeleteUser(name string) error {
	return wait(func(done func(error)) { s.remove(bucketUsers, name, done) })
}

// PutResource keeps a resource of the emqx4 dialect. value is copied. done, unless nil, is called exactly once with the
// outcome: when the resource is on disk, by the goroutine that writes the file, so it must not block; or, for a write
// that cannot even be queued, before PutResource returns. Writes take effect in the order of the calls.
func (s *Store) PutResource(topic string, value []byte, done func(error)) {
	s.put(bucketResources, topic, value, done)
}

// DeleteResource forgets a resource, known or not; done is called as by PutResource.
func (s *Store) DeleteResource(topic string, done func(error)) {
	s.remove(bucketResources, topic, done)
}

// Resources calls fn for every resource, ordered by topic, until fn returns an error. fn may keep value; it must not
// wait for a write.
func (s *Store) Resources(fn func(topic string, value []byte) error) error {
	return s.each(bucketResources, fn)
}

// PutRetained keeps a retained message; everything is as with PutResource.
func (s *Store) PutRetained(topic string, value []byte, done func(error)) {
	s.put(bucketRetained, topic, value, done)
}

// DeleteRetained forgets a retained message, known or not; done is called as by PutResource.
func (s *Store) DeleteRetained(topic string, done func(error)) {
	s.remove(bucketRetained, topic, done)
}

// Retained calls fn for every retained message as Resources does.
func (s *Store) Retained(fn func(topic string, value []byte) error) error {
	return s.each(bucketRetained, fn)
}

// PutTopic keeps a topic of the ietf dialect under its path; everything is as with PutResource.
func (s *Store) PutTopic(path string, value []byte, done func(error)) {
	s.put(bucketPubSub, path, value, done)
}

// DeleteTopic forgets a topic of the ietf dialect, known or not; done is called as by PutResource.
func (s *Store) DeleteTopic(path string, done func(error)) {
	s.remove(bucketPubSub, path, done)
}

// Topics calls fn for every topic of the ietf dialect as Resources does.
func (s *Store) Topics(fn func(path string, value []byte) error) error {
	return s.each(bucketPubSub, fn)
}

// PutRegistration keeps a registration of the resource directory under its location; everything is as with PutResource.
func (s *Store) PutRegistration(location string, value []byte, done func(error)) {
	s.put(bucketDirectory, location, value, done)
}

// DeleteRegistration forgets a registration, known or not; done is called as by PutResource.
func (s *Store) DeleteRegistration(location string, done func(error)) {
	s.remove(bucketDirectory, location, done)
}

// Registrations calls fn for every registration as Resources does.
func (s *Store) Registrations(fn func(location string, value []byte) error) error {
	return s.each(bucketDirectory, fn)
}

// Value returns what was kept under key by PutValue, and whether there is anything.
func (s *Store) Value(key string) ([]byte, bool, error) { return s.get(bucketValues, key) }

// PutValue keeps value under key, such as the layout of the window, and returns when it is on disk.
func (s *Store) PutValue(key string, value []byte) error {
	return wait(func(done func(error)) { s.put(bucketValues, key, value, done) })
}
