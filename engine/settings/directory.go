package settings

// Directory configures the resource directory (RFC 9176) of listeners whose dialect is auto or ietf.
type Directory struct {
	Enable bool `toml:"enable"`
	// FirstComeFirstRemembered lets an active registration be changed only by the client that made it (RFC 9176, section
	// 7.5); false: by everybody whom the access rules allow to publish to rd/NAME.
	FirstComeFirstRemembered bool `toml:"first_come_first_remembered"`
	// MaxRegistrations bounds the registrations, MaxRegistrationsClient those of one client.
	MaxRegistrations       int `toml:"max_registrations"`
	MaxRegistrationsClient int `toml:"max_registrations_client"`
	// MaxLinks and MaxRegistrationSize bound what one registration holds, MaxSize the memory of all.
	MaxLinks            int  `toml:"max_links"`
	MaxRegistrationSize Size `toml:"max_registration_size"`
	MaxSize             Size `toml:"max_size"`
	// MaxObservers bounds the observations of lookups, MaxFetches the simple registrations under way at a time.
	MaxObservers int `toml:"max_observers"`
	MaxFetches   int `toml:"max_fetches"`
}

func defaultDirectory() Directory {
	return Directory{
		Enable:                   true,
		FirstComeFirstRemembered: true,
		MaxRegistrations:         10_000,
		MaxRegistrationsClient:   1_000,
		MaxLinks:                 1_000,
		MaxRegistrationSize:      64 << 10,
		MaxSize:                  64 << 20,
		MaxObservers:             1_024,
		MaxFetches:               64,
	}
}

func (d *decoder) directory(path string, v any, to *Directory) {
	d.table(path, v,
		field{"enable", d.boolean(&to.Enable)},
		field{"first_come_first_remembered", d.boolean(&to.FirstComeFirstRemembered)},
		field{"max_registrations", d.integer(&to.MaxRegistrations)},
		field{"max_registrations_client", d.integer(&to.MaxRegistrationsClient)},
		field{"max_links", d.integer(&to.MaxLinks)},
		field{"max_registration_size", d.size(&to.MaxRegistrationSize)},
		field{"max_size", d.size(&to.MaxSize)},
		field{"max_observers", d.integer(&to.MaxObservers)},
		field{"max_fetches", d.integer(&to.MaxFetches)},
	)
}

func (v *validator) directory(key string, d Directory) {
	for _, n := range []struct {
		name  string
		value int
		most  int
	}{
		{"max_registrations", d.MaxRegistrations, 1_000_000},
		{"max_registrations_client", d.MaxRegistrationsClient, 1_000_000},
		{"max_links", d.MaxLinks, 100_000},
		{"max_observers", d.MaxObservers, 100_000},
		{"max_fetches", d.MaxFetches, 10_000},
	} {
		if n.value < 1 || n.value > n.most {
			v.problem(key+"."+n.name, "is %d", n.value)
		}
	}
	if d.MaxRegistrationSize < 1 || d.MaxRegistrationSize > 1<<20 {
		v.problem(key+".max_registration_size", "is %s", d.MaxRegistrationSize)
	}
	if d.MaxSize < 1 || d.MaxSize > gigabyte {
		v.problem(key+".max_size", "is %s", d.MaxSize)
	}
}

// directoryKeys describes the keys of [gateway.directory].
var directoryKeys = []describedKey{
	{"gateway.directory", "a table, [gateway.directory]"},
	{"gateway.directory.enable", allowedBool},
	{"gateway.directory.first_come_first_remembered", allowedBool},
	{"gateway.directory.max_registrations", "a whole number from 1 to 1000000"},
	{"gateway.directory.max_registrations_client", "a whole number from 1 to 1000000"},
	{"gateway.directory.max_links", "a whole number from 1 to 100000"},
	{"gateway.directory.max_registration_size", `a size from 1 to 1MB such as "64KB", or a whole number of bytes`},
	{"gateway.directory.max_size", `a size from 1 to 1GB such as "64MB", or a whole number of bytes`},
	{"gateway.directory.max_observers", "a whole number from 1 to 100000"},
	{"gateway.directory.max_fetches", "a whole number from 1 to 10000"},
}
