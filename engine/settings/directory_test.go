package settings

import (
	"strings"
	"testing"
)

func TestDirectory(t *testing.T) {
	const document = `[gateway.directory]
enable = false
first_come_first_remembered = false
max_registrations = 1
max_registrations_client = 2
max_links = 3
max_registration_size = "4KB"
max_size = "5MB"
max_observers = 6
max_fetches = 7
`
	s := decode(t, document)
	if got, want := s.Gateway.Directory, (Directory{false, false, 1, 2, 3, 4 << 10, 5 << 20, 6, 7}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	again, err := Decode("encoded", Encode(s), Default())
	if err != nil || again.Gateway.Directory != s.Gateway.Directory {
		t.Errorf("%+v %v", again.Gateway.Directory, err)
	}
	for line, want := range map[string]string{
		"max_registrations = 0":          "gateway.directory.max_registrations: is 0; allowed: a whole number from 1 to 1000000",
		"max_registrations_client = -1":  "gateway.directory.max_registrations_client: is -1; allowed: a whole number from 1 to 1000000",
		"max_links = 100001":             "gateway.directory.max_links: is 100001; allowed: a whole number from 1 to 100000",
		"max_registration_size = '2MB'":  `gateway.directory.max_registration_size: is 2MB; allowed: a size from 1 to 1MB such as "64KB", or a whole number of bytes`,
		"max_size = 0":                   `gateway.directory.max_size: is 0; allowed: a size from 1 to 1GB such as "64MB", or a whole number of bytes`,
		"max_observers = 0":              "gateway.directory.max_observers: is 0; allowed: a whole number from 1 to 100000",
		"max_fetches = 10001":            "gateway.directory.max_fetches: is 10001; allowed: a whole number from 1 to 10000",
		"enabled = true":                 "gateway.directory.enabled: unknown key, did you mean enable; allowed: enable, first_come_first_remembered,",
		"enable = 1":                     "gateway.directory.enable: is an integer; allowed: true or false",
		"first_come_first_remembered=''": "gateway.directory.first_come_first_remembered: is a string; allowed: true or false",
	} {
		_, err := Decode("f", []byte("[gateway.directory]\n"+line), Default())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
