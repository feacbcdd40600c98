package settings

import (
	"bytes"
	"slices"

	"github.com/BurntSushi/toml"
)

// Encode writes s as TOML that Decode reads. Passwords are never written, those of key files neither; a user that has no
// hash is left out.
func Encode(s Settings) []byte {
	kept := make([]User, 0, len(s.Access.Users))
	for _, u := range s.Access.Users {
		if u.Hash != "" {
			u.Password = ""
			kept = append(kept, u)
		}
	}
	s.Access.Users = kept
	s.Listeners = slices.Clone(s.Listeners)
	for i := range s.Listeners {
		l := &s.Listeners[i]
		l.DTLSOptions, l.SSLOptions = l.DTLSOptions.withoutPassword(), l.SSLOptions.withoutPassword()
	}
	var b bytes.Buffer
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(s); err != nil {
		// Settings is made of tables, strings, numbers and lists only, all of which TOML can hold.
		panic("settings: encode: " + err.Error())
	}
	return b.Bytes()
}
